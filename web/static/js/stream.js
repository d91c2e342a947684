/**
 * One subscription over Server-Sent Events, for as long as the page lives.
 *
 * An EventSource comes back by itself from a lost connection, but gives up for good on any answer but 200, and doesn't
 * notice a connection that died without a word. This one does both, and resumes from the last cursor.
 */

/** The server says something every 15 seconds at the latest. */
const SILENCE = 20_000;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/**
 * @typedef {object} Listener
 * @property {(events: import("./market.js").Event[]) => void} events
 * @property {(channels: string[] | undefined) => void} reset forget these channels, or all
 * @property {(status: Status) => void} status
 * @property {() => void} heard the server said something
 * @property {() => void} lost the connection is gone; it will be back
 */
/** @typedef {{t: string, feeds: Record<string, {state: "live" | "stale", since: string}>}} Status */

/**
 * Follow a subscription from a cursor on.
 * @param {URL} address without a cursor
 * @param {string} cursor
 * @param {Listener} listener
 */
export function follow(address, cursor, listener) {
  /** @type {EventSource} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let failures = 0;

  function connect() {
    if (cursor) address.searchParams.set("cursor", cursor);
    source = new EventSource(address);
    source.onerror = () => {
      listener.lost();
      if (source.readyState === EventSource.CLOSED) comeBack(backoff());
    };
    on("message", listener.events);
    on("snapshot", listener.events);
    on("reset", ({ channels }) => listener.reset(channels));
    on("gap", () => {});
    on("heartbeat", listener.status);
    on("status", listener.status);
    for (const name of ["shutdown", "unavailable"]) {
      source.addEventListener(name, (event) => leave(JSON.parse(event.data).delay));
    }
    expect();
  }

  /**
   * @param {string} name
   * @param {(data: any) => void} take
   */
  function on(name, take) {
    source.addEventListener(name, (event) => {
      failures = 0;
      expect();
      take(JSON.parse(event.data));
      cursor = event.lastEventId || cursor;
      listener.heard();
    });
  }

  /** Something is due within SILENCE; otherwise the connection is as good as gone. */
  function expect() {
    clearTimeout(timer);
    timer = setTimeout(() => leave(backoff()), SILENCE);
  }

  /** @param {number} delay milliseconds */
  function leave(delay) {
    source.close();
    listener.lost();
    comeBack(delay);
  }

  /** @param {number} delay milliseconds */
  function comeBack(delay) {
    clearTimeout(timer);
    timer = setTimeout(connect, delay);
  }

  /** Longer each time, and spread, so that not all pages come back at once. */
  function backoff() {
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures++) * (0.5 + Math.random());
  }

  connect();
}
