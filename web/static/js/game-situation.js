/** What is so in a game right now, as texts: the same as web/game_situation.py makes. */

import { UNKNOWN, decimalsOf, formatNumber } from "./format.js";

/** @typedef {{key: string, label: string, text: string}} Fact */
/** @typedef {{ball: number, line: number | null}} FieldMarks yards from the goal line of the side named first */
/** @typedef {import("./market.js").Event} Game */

const MOST_FACTS = 24;
const MOST_PARTS = 8;
const LONGEST_TEXT = 160;
const NOW = new Set(["live", "break", "delayed", "suspended"]);
const FIRST = [
  "down", "yard_line", "red_zone", "balls", "outs", "bases", "batter", "pitcher", "bonus", "fouls",
  "strength", "power_play", "shots", "cards", "aggregate", "server", "points", "sets", "innings", "target",
];
const LABELS = new Map([["yard_line", "Ball on"], ["server", "Serving"]]);
const IN_LINESCORE = new Set(["sets", "innings", "hits", "errors"]);
const BASES = ["1st", "2nd", "3rd"];
/** What is said with another key. */
const SAID_WITH = new Map([["distance", "down"], ["strikes", "balls"]]);

/**
 * What is so, in the order in which a sport's followers ask for it.
 * @param {Game} game
 * @returns {Fact[]}
 */
export function factsOf(game) {
  const names = namesOf(game);
  const situation = situationOf(game);
  const facts = inOrder(Object.keys(situation)).map((key) => factOf(key, situation, game, names));
  const extra = new Set(game.sides.flatMap((/** @type {any} */ side) => Object.keys(side.extra ?? {})));
  for (const key of inOrder([...extra])) {
    if (IN_LINESCORE.has(key)) continue;
    const said = Object.fromEntries(game.sides.map((/** @type {any} */ side) => [side.id, side.extra?.[key]]));
    facts.push({ key: `side-${key}`, label: labelOf(key), text: readable(said, names) });
  }
  return facts.filter((fact) => fact.text).slice(0, MOST_FACTS);
}

/**
 * Which of the three bases are taken; null where that isn't known.
 * @param {Game} game
 * @returns {boolean[] | null}
 */
export function basesOf(game) {
  const { bases } = situationOf(game);
  return Array.isArray(bases) && bases.length === BASES.length ? bases.map((base) => isSo(base)) : null;
}

/**
 * Where the ball is on a football field; null where that isn't known.
 * @param {Game} game
 * @returns {FieldMarks | null}
 */
export function fieldOf(game) {
  const situation = situationOf(game);
  const match = /^(?:(.{1,32}) )?([0-9]{1,2})$/.exec(readable(situation.yard_line, new Map()));
  if (game.sport !== "football" || game.sides.length !== 2 || !match || Number(match[2]) > 50) return null;
  const [first, second] = game.sides;
  const yards = Number(match[2]);
  const isFirst = match[1] !== undefined && [first.id, first.abbr].includes(match[1]);
  const isSecond = match[1] !== undefined && [second.id, second.abbr].includes(match[1]);
  if (!isFirst && !isSecond && yards !== 50) return null;
  const ball = isFirst ? yards : 100 - yards;
  const distance = whole(situation.distance);
  if (distance === null || ![first.id, second.id].includes(game.possession)) return { ball, line: null };
  return { ball, line: game.possession === first.id ? Math.min(100, ball + distance) : Math.max(0, ball - distance) };
}

/**
 * What a side is called in short: a person by name.
 * @param {Record<string, any>} side
 * @returns {string}
 */
export const abbreviationOf = (side) => side.abbr || side.short || side.name || side.id;

/**
 * A value of any form as text, as far as it can be read.
 * @param {any} value
 * @param {Map<string, string>} names the sides' by id
 * @returns {string}
 */
export function readable(value, names) {
  if (isMapping(value)) return pairs(value, names).join(", ");
  if (!Array.isArray(value)) return plain(value, names);
  const parts = value.slice(0, MOST_PARTS);
  return parts.map((part) => (isMapping(part) ? pairs(part, names).join(" ") : plain(part, names)))
    .filter(Boolean).join(", ");
}

/**
 * `1st`, `2nd`, `11th`.
 * @param {number} number
 * @returns {string}
 */
export function ordinal(number) {
  const isTeen = [11, 12, 13].includes(number % 100);
  return number + (isTeen ? "th" : { 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th");
}

/**
 * A number with as many decimals as it needs.
 * @param {number} value
 * @returns {string}
 */
export const numberText = (value) => (Number.isFinite(value) ? formatNumber(value, decimalsOf(value, 0)) : UNKNOWN);

/**
 * @param {Game} game
 * @returns {Record<string, any>}
 */
const situationOf = (game) => (NOW.has(game.status.phase) ? game.situation ?? {} : {});

/**
 * @param {Game} game
 * @returns {Map<string, string>}
 */
const namesOf = (game) => new Map(game.sides.map((/** @type {any} */ side) => [side.id, abbreviationOf(side)]));

/**
 * @param {string} key
 * @param {Record<string, any>} situation
 * @param {Game} game
 * @param {Map<string, string>} names
 * @returns {Fact}
 */
function factOf(key, situation, game, names) {
  const number = whole(situation[key]);
  if (key === "down" && number !== null) {
    return { key, label: "Down", text: downAndDistance(number, situation.distance, game) };
  }
  if (key === "balls" && number !== null) {
    const strikes = whole(situation.strikes);
    return { key, label: "Count", text: strikes === null ? String(number) : `${number}–${strikes}` };
  }
  const bases = key === "bases" ? basesOf(game) : null;
  if (bases) return { key, label: "Runners", text: runners(bases) };
  return { key, label: labelOf(key), text: readable(situation[key], names) };
}

/**
 * @param {number} down
 * @param {any} distance
 * @param {Game} game
 * @returns {string}
 */
function downAndDistance(down, distance, game) {
  const yards = whole(distance);
  if (yards === null) return ordinal(down);
  const line = fieldOf(game)?.line;
  return `${ordinal(down)} & ${line === 0 || line === 100 ? "Goal" : yards}`;
}

/**
 * @param {boolean[]} bases
 * @returns {string}
 */
function runners(bases) {
  if (bases.every(Boolean)) return "Bases loaded";
  return BASES.filter((_, index) => bases[index]).join(" and ") || "Bases empty";
}

/**
 * The keys that say something of their own: those known in their order, then the others by name.
 * @param {string[]} keys
 * @returns {string[]}
 */
function inOrder(keys) {
  const alone = keys.filter((key) => !keys.includes(SAID_WITH.get(key) ?? ""));
  return [...FIRST.filter((key) => alone.includes(key)), ...alone.filter((key) => !FIRST.includes(key)).sort()];
}

/**
 * Name and value of each part, the sides first; a part that says which side it is of begins with that.
 * @param {Record<string, any>} value
 * @param {Map<string, string>} names
 * @returns {string[]}
 */
function pairs(value, names) {
  const known = [...names.keys()].filter((key) => Object.hasOwn(value, key));
  const others = Object.keys(value).filter((key) => !names.has(key)).sort();
  const keys = [...known, ...others.filter((key) => key === "side"), ...others.filter((key) => key !== "side")];
  return keys.slice(0, MOST_PARTS).flatMap((key) => {
    const text = isMapping(value[key]) ? inner(value[key], names).join(" ") : plain(value[key], names);
    if (!text) return [];
    return key === "side" ? text : `${names.get(key) || labelOf(key).toLowerCase()} ${text}`;
  });
}

/**
 * A part's own parts, as deep as is looked.
 * @param {Record<string, any>} value
 * @param {Map<string, string>} names
 * @returns {string[]}
 */
function inner(value, names) {
  const texts = Object.keys(value).sort().slice(0, MOST_PARTS).map((key) => [key, plain(value[key], names)]);
  return texts.filter(([, text]) => text).map(([key, text]) => `${labelOf(key).toLowerCase()} ${text}`);
}

/**
 * @param {any} value
 * @param {Map<string, string>} names
 * @returns {string}
 */
function plain(value, names) {
  if (typeof value === "boolean") return value ? "Yes" : "";
  if (typeof value === "number") return numberText(value);
  return typeof value === "string" ? cut(names.get(value) ?? value) : "";
}

/**
 * @param {string} key
 * @returns {string}
 */
function labelOf(key) {
  const text = LABELS.get(key) ?? cut(key.replaceAll("_", " "));
  const [first = ""] = text;
  return first.toUpperCase() + text.slice(first.length);
}

/** @param {string} text */
const cut = (text) => (text.length > LONGEST_TEXT ? [...text].slice(0, LONGEST_TEXT).join("") : text);

/** @param {any} value */
const isMapping = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Whether a value says that something is so: not null, not 0, nothing empty.
 * @param {any} value
 */
const isSo = (value) => (value && typeof value === "object" ? Object.keys(value).length > 0 : Boolean(value));

/**
 * A number between 0 and 999 as a whole one.
 * @param {any} value
 * @returns {number | null}
 */
function whole(value) {
  return typeof value === "number" && value >= 0 && value < 1000 ? Math.trunc(value) : null;
}
