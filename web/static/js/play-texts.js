/** A game's plays as texts, the newest first, by period: the same as web/play_texts.py makes. */

import { abbreviationOf, numberText } from "./game-situation.js";
import { periodName } from "./game-texts.js";

/** @typedef {{id: string, clock: string, side: string, text: string, score: string, note: string}} PlayTexts */
/** @typedef {{key: string, name: string, plays: PlayTexts[]}} PeriodOfPlays */

/**
 * The plays that stand, the last period first.
 * @param {import("./market.js").Event[]} plays in order, with their corrections merged
 * @param {import("./market.js").Event} game
 * @returns {PeriodOfPlays[]}
 */
export function playsByPeriod(plays, game) {
  /** @type {Map<number, PlayTexts[]>} */
  const periods = new Map();
  let number = 0;
  for (const play of plays) {
    number = play.period ?? number;
    const those = periods.get(number) ?? [];
    periods.set(number, those);
    those.unshift(playTexts(play, game));
  }
  return [...periods].sort(([one], [other]) => other - one).map(([place, those]) => ({
    key: String(place), name: place > 0 ? periodName(place, game) : "Plays", plays: those,
  }));
}

/**
 * @param {import("./market.js").Event} play
 * @param {import("./market.js").Event} game
 * @returns {PlayTexts}
 */
function playTexts(play, game) {
  const side = game.sides.find((/** @type {any} */ those) => those.id === play.side);
  return {
    id: play.id,
    clock: play.clock || "",
    side: side ? abbreviationOf(side) : play.side || "",
    text: play.text,
    score: scoreAfter(play, game),
    note: play.isCorrected ? "Corrected" : "",
  };
}

/**
 * The score after a play that scored; empty for all others.
 * @param {import("./market.js").Event} play
 * @param {import("./market.js").Event} game
 * @returns {string}
 */
function scoreAfter(play, game) {
  if (!play.score_value || play.score_value < 0) return "";
  const known = game.sides.filter((/** @type {any} */ side) => play.score?.[side.id] != null);
  return known.map((/** @type {any} */ side) => `${abbreviationOf(side)} ${numberText(play.score[side.id])}`).join(", ")
    || `+${numberText(play.score_value)}`;
}
