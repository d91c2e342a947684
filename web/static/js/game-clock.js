/** A game's clock as text, run on from when it was last read: the same texts as web/game_clock.py makes. */

import { instantOf } from "./time.js";

/** Milliseconds. A reading that is older is shown as it was: nobody knows what the clock has done since. */
const LONGEST_RUN = 3_600_000;
/** @type {Record<string, number[]>} minutes that a clock which counts up shows at the end of each period */
const PERIOD_ENDS = { soccer: [45, 90, 105, 120], rugby: [40, 80] };

/**
 * Whether a clock stands beside the period: between periods and outside of a game there is none to run.
 * @param {import("./market.js").Event} game
 * @returns {boolean}
 */
export function showsClock({ clock, period, status }) {
  return Boolean(clock && period && status.phase === "live" && (clock.display || clock.seconds != null));
}

/**
 * Whether the clock was running when it was read, in a way that it can be run on.
 * @param {import("./market.js").Event} game
 * @returns {boolean}
 */
export function runs(game) {
  const { clock } = game;
  return showsClock(game) && clock.running === true && ["up", "down"].includes(clock.dir) && !clock.stoppage;
}

/**
 * What the clock shows, as far as its last reading tells.
 * @param {import("./market.js").Event} game
 * @param {number} now milliseconds since 1970, by the server's clock
 * @returns {string}
 */
export function clockText(game, now) {
  if (!showsClock(game)) return "";
  const { clock } = game;
  const shown = clock.display || minutesAndSeconds(Math.trunc(clock.seconds), 1);
  const passed = passedSince(game, now);
  if (!passed) return shown;
  const both = /^([0-9]{1,3}):([0-9]{2})$/.exec(shown);
  if (both) return minutesAndSeconds(runOn(game, Number(both[1]) * 60 + Number(both[2]), passed, 60), both[1].length);
  const minute = /^([0-9]{1,3})['′’]$/.exec(shown);
  if (!minute || clock.seconds == null || clock.dir !== "up") return shown;
  const begun = Math.floor((Math.trunc(clock.seconds % 60) + passed) / 60);
  return runOn(game, Number(minute[1]), begun, 1) + shown.slice(-1);
}

/**
 * Whole seconds since the clock was read, if it runs.
 * @param {import("./market.js").Event} game
 * @param {number} now
 * @returns {number}
 */
function passedSince(game, now) {
  if (!runs(game)) return 0;
  const passed = now - instantOf(game.clock.as_of || game.t);
  return passed > 0 && passed <= LONGEST_RUN ? Math.floor(passed / 1000) : 0;
}

/**
 * A count `passed` later, never below nothing and never beyond its period's end.
 * @param {import("./market.js").Event} game
 * @param {number} before
 * @param {number} passed
 * @param {number} perMinute
 * @returns {number}
 */
function runOn(game, before, passed, perMinute) {
  if (game.clock.dir === "down") return Math.max(0, before - passed);
  const end = PERIOD_ENDS[game.sport]?.[game.period.n - 1];
  return Math.min(Math.max(end === undefined ? Infinity : end * perMinute, before), before + passed);
}

/**
 * @param {number} seconds
 * @param {number} digits of the minutes
 * @returns {string}
 */
function minutesAndSeconds(seconds, digits) {
  return `${String(Math.floor(seconds / 60)).padStart(digits, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
