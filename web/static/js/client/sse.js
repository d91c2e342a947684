/** Server-Sent Events. */

import { addressOf } from "./request.js";
import { SILENCE, alarm } from "./transport.js";

/**
 * An EventSource gives up for good on any answer but 200, doesn't notice a connection that died without a word, and
 * repeats its old URL. So each is used for one connection only, and whoever listens opens the next.
 * @param {import("./transport.js").Settings} settings
 * @param {import("./transport.js").Listener} listener
 * @returns {import("./transport.js").Transport}
 */
export function openStream({ base, mode, interval }, listener) {
  const options = { mode, interval, history: listener.history() };
  const source = new EventSource(addressOf(new URL("v1/stream", base), listener.next(), options));
  const silence = alarm(SILENCE, () => end({}));

  function close() {
    silence.stop();
    source.close();
  }

  /** @param {import("./transport.js").End} why */
  function end(why) {
    close();
    listener.ended(why);
  }

  /**
   * @param {string} name
   * @param {(data: any, event: MessageEvent) => void} take
   */
  function on(name, take) {
    source.addEventListener(name, (event) => {
      silence.putOff();
      listener.heard();
      take(JSON.parse(event.data), event);
    });
  }

  for (const name of ["message", "snapshot"]) {
    on(name, (events, event) => listener.events(events, event.lastEventId || null, event.data));
  }
  on("reset", ({ channels }) => listener.reset(channels));
  on("gap", ({ channels }) => listener.gap(channels));
  on("status", (status) => listener.status(status));
  on("heartbeat", (status, event) => {
    listener.status(status);
    if (event.lastEventId) listener.events([], event.lastEventId);
  });
  source.addEventListener("shutdown", ({ data }) => end({ delay: JSON.parse(data).delay, isTold: true }));
  source.addEventListener("unavailable", ({ data }) => {
    const { delay, reason } = JSON.parse(data);
    end({ delay, problem: FINAL[reason], isTold: true });
  });
  source.onerror = () => end({});
  silence.putOff();
  return { close };
}

/** @type {Record<string, string>} */
const FINAL = {
  too_much: "the beginning asked for is too large: ask for less history",
  revoked: "the key has been revoked",
  not_allowed: "the key may no longer read all that was asked for",
};
