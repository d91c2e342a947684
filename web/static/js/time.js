/** Times as text, in the viewer's zone. */

import { UNKNOWN } from "./format.js";

const DAY = 86_400_000;
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DATED = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const START = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const START_DATED = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit",
});

const DAY_NAME = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/**
 * Milliseconds since 1970 of an event's time, RFC 3339 in UTC with up to nine decimals (browsers agree on three only).
 * @param {string} time
 * @returns {number}
 */
export function instantOf(time) {
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(`0${time.slice(19, -1)}`) * 1000;
}

/**
 * `14:03:05`, with the date unless it is about today.
 * @param {number} instant milliseconds since 1970
 * @returns {string}
 */
export function formatClock(instant) {
  if (Number.isNaN(instant)) return UNKNOWN;
  return (Math.abs(Date.now() - instant) < DAY ? SECONDS : DATED).format(instant);
}

/**
 * When something begins, in the viewer's own way: `7:30 PM`, with the date unless it is about today.
 * @param {number} instant milliseconds since 1970
 * @returns {string}
 */
export function formatStart(instant) {
  if (Number.isNaN(instant)) return "Time to be set";
  return (Math.abs(Date.now() - instant) < DAY / 2 ? START : START_DATED).format(instant);
}

/**
 * The viewer's day of an instant: `2021-01-08`; empty where that is no instant.
 * @param {number} instant milliseconds since 1970
 * @returns {string}
 */
export function localDate(instant) {
  if (Number.isNaN(instant)) return "";
  const date = new Date(instant);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/**
 * The viewer's day of an instant in words; empty where that is no instant.
 * @param {number} instant milliseconds since 1970
 * @returns {string}
 */
export function formatDay(instant) {
  return Number.isNaN(instant) ? "" : DAY_NAME.format(instant);
}
