/** One game as texts, what its own page says of it: the same as web/game_texts.py makes. */

import { groupOf } from "./game-card.js";
import { UNKNOWN, capitalize } from "./format.js";
import { showsClock } from "./game-clock.js";
import { abbreviationOf, numberText, ordinal } from "./game-situation.js";
import { formatStart, instantOf } from "./time.js";

/** @typedef {import("./market.js").Event} Game */
/**
 * @typedef {object} SideTexts
 * @property {string} id
 * @property {string} abbreviation
 * @property {string} name
 * @property {string} color `#203731`; empty where that isn't known
 * @property {string} details rank and record
 * @property {string} score
 * @property {boolean} isWinner
 * @property {string} ball `In possession`, `Serving`; empty for those who don't
 * @property {number | null} timeouts
 * @property {string[]} periods
 * @property {string[]} totals
 */
/**
 * @typedef {object} GameTexts
 * @property {string} title
 * @property {string} phase
 * @property {string} badge the phase in a word, unless the headline says it
 * @property {string} headline
 * @property {string} reason
 * @property {string} group
 * @property {string} about venue and season
 * @property {SideTexts[]} sides
 * @property {string[]} periods the heads of the columns in which each side has a score by period
 * @property {string[]} totals
 */

const MOST_PERIODS = 40;
const MOST_SIDES = 64;
const MOST_TIMEOUTS = 9;
const MOST_NAMED = 4;
const MOST_COUNTED = 99;
/** @type {Record<string, string>} */
const PHASES = {
  pre: "Upcoming", live: "Live", break: "Break", final: "Final", closed: "Settled",
  postponed: "Postponed", delayed: "Delayed", suspended: "Suspended", cancelled: "Cancelled",
  abandoned: "Abandoned", forfeit: "Forfeit", unknown: "Status unknown",
};
const WITHOUT_SCORES = new Set(["pre", "postponed"]);
const REGULATION = new Map([["football", 4], ["basketball", 4], ["hockey", 3], ["soccer", 2], ["rugby", 2]]);
const PERIODS = new Map([
  ["football", "quarter"], ["basketball", "quarter"], ["hockey", "period"], ["soccer", "half"], ["rugby", "half"],
  ["baseball", "inning"], ["tennis", "set"], ["volleyball", "set"], ["cricket", "innings"],
]);
const ORDINARY = new Set(PERIODS.values());
const HAS_BALL = new Map([
  ["tennis", "Serving"], ["volleyball", "Serving"], ["baseball", "At bat"], ["cricket", "Batting"],
]);

/**
 * @param {Game} game
 * @returns {GameTexts}
 */
export function gameTexts(game) {
  const { phase, reason } = game.status;
  const headline = headlineOf(game);
  const numbers = periodNumbers(game);
  const totals = totalsOf(game);
  const isSaid = headline.toLowerCase().includes(PHASES[phase].toLowerCase());
  return {
    title: titleOf(game),
    phase,
    badge: isSaid ? "" : PHASES[phase],
    headline,
    reason: reason || "",
    group: groupOf(game),
    about: aboutOf(game),
    sides: game.sides.slice(0, MOST_SIDES).map((/** @type {any} */ side) => sideOf(side, game, numbers, totals)),
    periods: numbers.map((number) => periodHead(number, game)),
    totals: totals.map(([, head]) => head),
  };
}

/**
 * Whether there is anything to say by period.
 * @param {GameTexts} texts
 * @returns {boolean}
 */
export const hasLinescore = ({ sides, periods }) =>
  sides.some((side) => periods.length > 0 || side.totals.some((total) => total !== UNKNOWN));

/**
 * A period in words: `4th quarter`, `Overtime`.
 * @param {number} number
 * @param {Game} game
 * @returns {string}
 */
export function periodName(number, game) {
  const extra = extraOf(number, game);
  if (!extra) return `${ordinal(number)} ${periodKind(game)}`;
  const name = game.sport === "soccer" ? "extra time" : "overtime";
  return extra === 1 ? capitalize(name) : `${ordinal(extra)} ${name}`;
}

/**
 * Who plays whom.
 * @param {Game} game
 * @returns {string}
 */
function titleOf({ id, sides, neutral }) {
  const names = sides.map((/** @type {any} */ side) => side.name || side.short || side.id);
  if (names.length > MOST_NAMED) {
    return `${names.slice(0, MOST_NAMED).join(", ")} and ${names.length - MOST_NAMED} more`;
  }
  const isVisit = !neutral && sides.length === 2 && sides[0].role === "away" && sides[1].role === "home";
  return names.join(isVisit ? " at " : " v ") || id;
}

/**
 * @param {Game} game
 * @returns {string}
 */
function headlineOf(game) {
  const { phase, text } = game.status;
  if (phase === "pre") return game.start && !game.start_tbd ? formatStart(instantOf(game.start)) : "Time to be set";
  const label = game.period && (game.period.label || periodName(game.period.n, game));
  if (showsClock(game)) return label;
  return text || (phase === "live" && label) || (phase === "closed" ? "Final" : PHASES[phase]);
}

/**
 * @param {Game} game
 * @returns {string}
 */
function aboutOf({ venue, season }) {
  const week = season?.week == null ? "" : `Week ${season.week}`;
  return [venue, week, [season?.year, season?.type].filter(Boolean).join(" ")].filter(Boolean).join(" · ");
}

/**
 * @param {Record<string, any>} side
 * @param {Game} game
 * @param {number[]} numbers
 * @param {[string, string][]} totals
 * @returns {SideTexts}
 */
function sideOf(side, game, numbers, totals) {
  const hasScores = !WITHOUT_SCORES.has(game.status.phase);
  const score = hasScores ? side.score_text || number(side.score) : "";
  const cells = hasScores ? periodCells(side) : [];
  const color = /^#?([0-9a-fA-F]{6})$/.exec(side.color ?? "");
  const name = side.name || side.short || "";
  const isCounted = side.timeouts != null && side.timeouts >= 0 && side.timeouts <= MOST_TIMEOUTS;
  const hasTimeouts = isCounted && groupOf(game) === "live";
  return {
    id: side.id,
    abbreviation: abbreviationOf(side),
    name: name === abbreviationOf(side) ? "" : name,
    color: color ? `#${color[1].toLowerCase()}` : "",
    details: [side.rank == null ? "" : `No. ${side.rank}`, side.record].filter(Boolean).join(" · "),
    score,
    isWinner: Boolean(side.winner),
    ball: ballOf(side, game),
    timeouts: hasTimeouts ? side.timeouts : null,
    periods: numbers.map((place) => cells[place - 1] ?? UNKNOWN),
    totals: totals.map(([key]) => (key === "score" ? score : number(side.extra?.[key])) || UNKNOWN),
  };
}

/**
 * @param {Record<string, any>} side
 * @param {Game} game
 * @returns {string}
 */
function ballOf(side, game) {
  const hasBall = groupOf(game) === "live" && [game.possession, game.situation?.server].includes(side.id);
  return hasBall ? HAS_BALL.get(game.sport) ?? "In possession" : "";
}

/**
 * A side's score in each period: games of sets, runs of innings, or points.
 * @param {Record<string, any>} side
 * @returns {string[]}
 */
function periodCells(side) {
  for (const [key, cell] of /** @type {const} */ ([["sets", setOf], ["innings", inningsOf]])) {
    const parts = side.extra?.[key];
    if (Array.isArray(parts)) {
      return parts.map((part) => {
        const isMapping = typeof part === "object" && part !== null && !Array.isArray(part);
        return isMapping ? cell(part) : number(part) || UNKNOWN;
      });
    }
  }
  return (side.by_period ?? []).map((/** @type {any} */ points) => number(points) || UNKNOWN);
}

/** @param {Record<string, any>} part */
function setOf({ games, tiebreak }) {
  return (number(games) || UNKNOWN) + (number(tiebreak) ? ` (${number(tiebreak)})` : "");
}

/** @param {Record<string, any>} part */
function inningsOf({ runs, wickets, declared }) {
  const out = number(wickets);
  return (number(runs) || UNKNOWN) + (out && out !== "10" ? `/${out}` : "") + (declared === true ? " d" : "");
}

/**
 * @param {any} value
 * @returns {string}
 */
const number = (value) => (typeof value === "number" ? numberText(value) : "");

/**
 * The periods in the table: those there are, and those that belong to every game.
 * @param {Game} game
 * @returns {number[]}
 */
function periodNumbers(game) {
  const played = Math.max(0, ...game.sides.map((/** @type {any} */ side) => periodCells(side).length));
  const current = game.period && game.period.n <= MOST_COUNTED ? game.period.n : 0;
  const planned = game.sport === "baseball" ? 9 : regulationOf(game) || 0;
  const most = Math.max(played, current, Math.min(planned, MOST_PERIODS));
  const first = Math.max(1, most - MOST_PERIODS + 1);
  return Array.from({ length: Math.max(0, most - first + 1) }, (_, index) => first + index);
}

/**
 * @param {number} place
 * @param {Game} game
 * @returns {string}
 */
function periodHead(place, game) {
  const extra = extraOf(place, game);
  if (!extra) return String(place);
  if (game.period?.n === place && game.period.kind === "shootout") return "SO";
  const name = game.sport === "soccer" ? "ET" : "OT";
  return extra === 1 ? name : name + extra;
}

/**
 * How many periods a game has unless it is level.
 * @param {Game} game
 * @returns {number | undefined}
 */
const regulationOf = (game) => game.period?.regulation || REGULATION.get(game.sport);

/**
 * Which period beyond the usual ones a period is; 0 for those, and in sports that go on counting.
 * @param {number} place
 * @param {Game} game
 * @returns {number}
 */
function extraOf(place, game) {
  const regulation = regulationOf(game);
  return regulation && game.sport !== "baseball" ? Math.max(0, place - regulation) : 0;
}

/**
 * @param {Game} game
 * @returns {string}
 */
function periodKind(game) {
  const kind = game.period?.kind;
  return ORDINARY.has(kind) ? kind : PERIODS.get(game.sport) ?? "period";
}

/**
 * The columns after the periods: key and head.
 * @param {Game} game
 * @returns {[string, string][]}
 */
function totalsOf({ sides }) {
  const counted = ["hits", "errors"].filter((key) => sides.some((/** @type {any} */ side) => key in (side.extra ?? {})));
  if (counted.length === 0) return [["score", "T"]];
  return [["score", "R"], .../** @type {[string, string][]} */ (counted.map((key) => [key, key.charAt(0).toUpperCase()]))];
}
