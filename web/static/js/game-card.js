import { capitalize, decimalsOf, formatNumber } from "./format.js";
import { formatStart, instantOf } from "./time.js";

/** @typedef {"live" | "next" | "over"} Group */
/**
 * @typedef {object} SideRow
 * @property {string} id
 * @property {string} abbreviation
 * @property {string} name
 * @property {string} score
 * @property {boolean} isWinner
 * @property {boolean} hasBall
 * @property {boolean} isFavourite
 */
/** @typedef {{id: string, league: string, group: Group, status: string, sides: SideRow[], note: string}} GameCard */
/** @typedef {(league: string, side: string) => boolean} IsFavourite */

/** @type {Record<string, Group>} */
const GROUPS = {
  live: "live", break: "live", delayed: "live", suspended: "live", pre: "next", unknown: "next", postponed: "next",
};

/**
 * The cards in their order, as `game_cards` in web/game_cards.py makes them: those being played, those to come, those
 * that are over (the newest first). In each group those of a favourite come first, of which the server knows nothing.
 * @param {Iterable<import("./market.js").Event>} games
 * @param {number} most
 * @param {IsFavourite} isFavourite
 * @returns {GameCard[]}
 */
export function gameCards(games, most, isFavourite) {
  /** @type {Record<Group, import("./market.js").Event[]>} */
  const byGroup = { live: [], next: [], over: [] };
  for (const game of [...games].sort((one, other) => compare(one.id, other.id))) byGroup[groupOf(game)].push(game);
  byGroup.live.sort((one, other) => compare(one.start ?? "", other.start ?? ""));
  byGroup.next.sort((one, other) => compare(one.start ?? "", other.start ?? ""));
  byGroup.over.sort((one, other) => compare(other.start ?? "", one.start ?? ""));
  const cards = [byGroup.live, byGroup.next, byGroup.over].flatMap((group) => {
    const all = group.map((game) => gameCard(game, isFavourite));
    const isFirst = (/** @type {GameCard} */ card) => card.sides.some((side) => side.isFavourite);
    return [...all.filter(isFirst), ...all.filter((card) => !isFirst(card))];
  });
  return cards.slice(0, most);
}

/**
 * @param {import("./market.js").Event} game
 * @param {IsFavourite} isFavourite
 * @returns {GameCard}
 */
function gameCard(game, isFavourite) {
  const group = groupOf(game);
  return {
    id: game.id,
    league: game.league,
    group,
    status: statusOf(game),
    sides: game.sides.map((/** @type {Record<string, any>} */ side) => ({
      ...sideRow(side, game, group),
      isFavourite: isFavourite(game.league, side.id),
    })),
    note: (group === "live" && game.last_play?.text) || game.venue || "",
  };
}

/**
 * @param {import("./market.js").Event} game
 * @returns {Group}
 */
export function groupOf(game) {
  return GROUPS[game.status.phase] ?? "over";
}

/**
 * @param {import("./market.js").Event} game
 * @returns {string}
 */
function statusOf({ status, start, start_tbd: isToBeSet, period, clock }) {
  if (status.phase === "pre") return start && !isToBeSet ? formatStart(instantOf(start)) : "Time to be set";
  if (status.text) return status.text;
  const running = status.phase === "live" ? [period?.label, clock?.display].filter(Boolean).join(" ") : "";
  return running || capitalize(status.phase);
}

/**
 * @param {Record<string, any>} side
 * @param {import("./market.js").Event} game
 * @param {Group} group
 * @returns {Omit<SideRow, "isFavourite">}
 */
function sideRow(side, game, group) {
  const score = side.score_text || formatNumber(side.score, side.score == null ? 0 : decimalsOf(side.score, 0));
  return {
    id: side.id,
    abbreviation: side.abbr || side.short || side.id,
    name: side.short || side.name || "",
    score: group === "next" ? "" : score,
    isWinner: Boolean(side.winner),
    hasBall: group === "live" && game.possession === side.id,
  };
}

/**
 * @param {string} one
 * @param {string} other
 * @returns {number}
 */
function compare(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}
