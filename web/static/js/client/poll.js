/** Polls: one after the other, each waiting until there is something; or where that doesn't work, every 2 seconds. */

import { ask, endOf } from "./answer.js";

/** Waits shorter than this are no better than polls without one, in seconds. */
const SHORTEST_WAIT = 2;
/** Of what is cut off after a time, so much is safe to wait. */
const MARGIN = 0.8;
const PAUSE = 2_000;

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

  /** @param {import("./answer.js").Answer} answer */
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
