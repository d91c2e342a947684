/** Polls: one after the other, each waiting until there is something; or where that doesn't work, every 2 seconds. */

import { addressOf } from "./request.js";

/** How long the server is asked to wait, in seconds. */
export const WAIT = 20;
/** Waits shorter than this are no better than polls without one, in seconds. */
const SHORTEST_WAIT = 2;
/** Of what is cut off after a time, so much is safe to wait. */
const MARGIN = 0.8;
const PAUSE = 2_000;
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
 * Polls that wait, for as long as they are let.
 * @param {import("./transport.js").Settings} settings
 * @param {import("./transport.js").Listener} listener
 * @param {{wait: number}} found what is known of how long one may wait, kept by the caller
 * @returns {import("./transport.js").Transport}
 */
export function openLongPolls(settings, listener, found) {
  return poll(settings, listener, found);
}

/**
 * Polls every 2 seconds.
 * @param {import("./transport.js").Settings} settings
 * @param {import("./transport.js").Listener} listener
 * @returns {import("./transport.js").Transport}
 */
export function openShortPolls(settings, listener) {
  return poll(settings, listener, null);
}

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

/**
 * @param {import("./transport.js").Settings} settings
 * @param {import("./transport.js").Listener} listener
 * @param {{wait: number} | null} found null for polls that don't wait
 * @returns {import("./transport.js").Transport}
 */
function poll(settings, listener, found) {
  const closing = new AbortController();
  /** What a wait was cut to, which one without any has yet to show isn't the server's fault. */
  let suspected = 0;
  run();
  return { close: () => closing.abort() };

  async function run() {
    // The first doesn't wait: it shows that polls work at all.
    for (let wait = 0; ; wait = suspected || !found ? 0 : found.wait) {
      const began = performance.now();
      const answer = await ask(settings, listener.next(), listener.history(), wait, closing.signal, listener.stale());
      if (closing.signal.aborted) return;
      if (answer.status === 200 || answer.status === 304) {
        if (suspected && found) found.wait = suspected;
        suspected = 0;
        take(answer);
      } else if (answer.status === 400 && answer.body?.error?.code === "invalid_cursor") {
        listener.forgotten();
      } else if (found && wait > 0 && answer.seconds > 1 && [0, 502, 504].includes(answer.status)) {
        suspected = Math.floor(answer.seconds * MARGIN);
        if (suspected < SHORTEST_WAIT) return listener.ended({ isCut: true });
      } else {
        return listener.ended(endOf(answer));
      }
      if (closing.signal.aborted) return;
      const pause = found ? Math.max(settings.interval, 100) - (performance.now() - began) : PAUSE;
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      if (closing.signal.aborted) return;
    }
  }

  /** @param {Answer} answer */
  function take({ body, date }) {
    listener.heard();
    if (date) listener.clock(date);
    // Where feeds are stale, the server says so also where there is nothing new.
    if (body?.feeds) listener.status(body);
    else if (!body) listener.live();
    if (!body) return;
    if (body.reset) listener.reset(body.reset.channels);
    if (body.gap.length > 0) listener.gap(body.gap);
    listener.events(body.events, body.cursor);
  }
}
