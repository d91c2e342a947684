/** What a connection asks for, given where it stands and what is wanted. */

import { absorb, listOf, queryOf } from "./channels.js";

/** Channels in a URL, at most: the server's own bound. */
export const MOST_CHANNELS = 1_000;

/** @typedef {{cursor: string, channels: ReadonlySet<string>}} Place a cursor, and the channels that it is for */
/**
 * @typedef {object} Request
 * @property {string | null} cursor
 * @property {ReadonlySet<string>} names the channels asked for
 * @property {ReadonlySet<string>} added those of them that the cursor doesn't know
 * @property {ReadonlySet<string>} removed those that the cursor knows and that are asked for no more
 */

/**
 * The next request on the way to `wanted`. It never adds and removes at once: while a client that added channels
 * catches up, it could not tell which channels its cursor is for. Channels stay until those added have come, or where
 * there would be too many, go first.
 * @param {Place | null} place
 * @param {ReadonlySet<string>} wanted
 * @returns {Request}
 */
export function nextRequest(place, wanted) {
  const none = new Set();
  if (!place) return { cursor: null, names: wanted, added: none, removed: none };
  const { cursor, channels } = place;
  const added = new Set([...wanted].filter((channel) => !channels.has(channel)));
  const removed = new Set([...channels].filter((channel) => !wanted.has(channel)));
  if (added.size === 0) return { cursor, names: wanted, added, removed };
  const both = new Set([...channels, ...wanted]);
  if (both.size <= MOST_CHANNELS) return { cursor, names: both, added, removed: none };
  const kept = new Set([...wanted].filter((channel) => channels.has(channel)));
  if (kept.size === 0) return { cursor: null, names: wanted, added: none, removed: none };
  return { cursor, names: kept, added: none, removed };
}

/**
 * Whether a cursor that came in answer to a request is for all of its channels. Cursors of the same channels have the
 * same text before their first dot.
 * @param {Request} request
 * @param {string} cursor
 */
export function isSettled({ cursor: old, names, added }, cursor) {
  if (old === null || added.size === 0 || headOf(cursor) !== headOf(old)) return true;
  const known = absorb([...names].filter((channel) => !added.has(channel)));
  return known.size === absorb(names).size && [...absorb(names)].every((channel) => known.has(channel));
}

/**
 * @param {URL} address of an interface
 * @param {Request} request
 * @param {Record<string, string | number>} options
 * @returns {string}
 */
export function addressOf(address, { cursor, names, added, removed }, options) {
  const parts = [queryOf(names), ...Object.entries(options).map(([name, value]) => `${name}=${value}`)];
  if (cursor !== null) {
    parts.push(`cursor=${encodeURIComponent(cursor)}`);
    if (added.size > 0) parts.push(`added=${listOf(added)}`);
    if (removed.size > 0) parts.push(`removed=${listOf(removed)}`);
  }
  return `${address.href}?${parts.join("&")}`;
}

/** @param {string} cursor */
function headOf(cursor) {
  return cursor.split(".", 1)[0];
}
