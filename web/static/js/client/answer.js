/** One poll, and its answer. */

import { addressOf } from "./request.js";

/** How long the server is asked to wait, in seconds. */
export const WAIT = 20;
const TIMEOUT = 10_000;

/**
 * @typedef {object} Answer
 * @property {number} status 0 where there was none
 * @property {any} body
 * @property {number} date the server's, milliseconds since 1970; NaN where it isn't known
 * @property {number} seconds how long it took
 * @property {number} [delay] milliseconds after which the server said to come back
 */

/**
 * One answer, of a server that may not be there.
 * @param {import("./transport.js").Settings} settings
 * @param {import("./request.js").Request} request
 * @param {number} history entries of each key of log kinds to begin with
 * @param {number} wait seconds
 * @param {AbortSignal} [signal]
 * @param {string} [stale] the kinds whose feeds are known to be, with commas between them
 * @returns {Promise<Answer>}
 */
export async function ask({ base, mode, interval }, request, history, wait, signal, stale = "") {
  const options = { mode, interval, history, wait, stale };
  const began = performance.now();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), wait * 1000 + TIMEOUT);
  const stop = () => late.abort();
  signal?.addEventListener("abort", stop);
  try {
    const address = addressOf(new URL("v1/poll", base), request, options);
    const answer = await fetch(address, { cache: "no-store", credentials: "omit", signal: late.signal });
    const seconds = (performance.now() - began) / 1000;
    const date = Date.parse(answer.headers.get("Date") ?? "");
    const delay = Number(answer.headers.get("Retry-After")) * 1000 || undefined;
    const body = answer.status === 304 ? null : await answer.json();
    return { status: answer.status, body, date, seconds, delay };
  } catch {
    // No connection, one that was cut, or a body that is none of ours.
    return { status: 0, body: null, date: NaN, seconds: (performance.now() - began) / 1000 };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/**
 * Why an answer that is neither events nor "nothing new" is the end.
 * @param {Answer} answer
 * @returns {import("./transport.js").End}
 */
export function endOf({ status, body, delay }) {
  const problem = [400, 401, 403].includes(status) ? body?.error?.message : undefined;
  return { problem, delay };
}
