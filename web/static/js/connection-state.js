import { formatClock, instantOf } from "./time.js";

/** @typedef {Record<string, {state: "live" | "stale", since: string}>} Feeds */
/**
 * How the client's connection is: see docs/client.md.
 * @typedef {{connection: string, since: number, transport: string, feeds: Feeds, problem?: string | null}} State
 */

const TRANSPORTS = /** @type {Record<string, string>} */ ({
  sse: "SSE", "long-poll": "long poll", poll: "poll", ws: "WebSocket",
});

/** What the page says of its connection: live, offline or reconnecting since when, or which feeds are stale since when. */
export class ConnectionState {
  /**
   * @param {HTMLElement} element
   * @param {Feeds} feeds how the feeds were when the page was made
   */
  constructor(element, feeds) {
    this.element = element;
    this.text = /** @type {HTMLElement} */ (element.querySelector("[data-connection-text]"));
    this.transport = /** @type {HTMLElement} */ (element.querySelector("[data-connection-transport]"));
    this.show({ connection: "connecting", since: 0, transport: "", feeds });
  }

  /** @param {State} state */
  show(state) {
    const { name, text } = describe(state);
    if (this.element.dataset.connectionState !== name) this.element.dataset.connectionState = name;
    if (this.text.textContent !== text) this.text.textContent = text;
    const transport = state.connection === "live" ? (TRANSPORTS[state.transport] ?? "") : "";
    if (this.transport.textContent !== transport) this.transport.textContent = transport;
  }
}

/**
 * @param {State} state
 * @returns {{name: "connecting" | "live" | "reconnecting" | "offline" | "stale", text: string}}
 */
function describe({ connection, since, feeds, problem }) {
  if (problem) return { name: "reconnecting", text: `Refused: ${problem}` };
  if (connection === "offline") return { name: "offline", text: `Offline since ${formatClock(since)}` };
  if (connection === "reconnecting") return { name: "reconnecting", text: `Reconnecting since ${formatClock(since)}` };
  const stale = Object.entries(feeds).filter(([, feed]) => feed.state === "stale");
  if (stale.length > 0) {
    const from = Math.min(...stale.map(([, feed]) => instantOf(feed.since)));
    const isAll = stale.length === Object.keys(feeds).length;
    const kinds = isAll ? "all feeds" : stale.map(([kind]) => kind.replace("_", " ")).join(", ");
    return { name: "stale", text: `Stale: ${kinds} since ${formatClock(from)}` };
  }
  return connection === "live" ? { name: "live", text: "Live" } : { name: "connecting", text: "Connecting…" };
}
