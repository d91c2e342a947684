import { formatClock, instantOf } from "./time.js";

/** What the page says of its connection: live, reconnecting since when, or which feeds are stale since when. */
export class ConnectionState {
  /**
   * @param {HTMLElement} element
   * @param {import("./stream.js").Status["feeds"]} feeds how the feeds were when the page was made
   */
  constructor(element, feeds) {
    this.element = element;
    this.text = /** @type {HTMLElement} */ (element.querySelector("[data-connection-text]"));
    this.feeds = feeds;
    /** @type {"new" | "connected" | "lost"} */
    this.connection = "new";
    this.lostAt = 0;
    this.#show();
  }

  /** The server said something. */
  heard() {
    if (this.connection === "connected") return;
    this.connection = "connected";
    this.#show();
  }

  /** The connection is gone; of one that isn't back yet, the first time counts. */
  lost() {
    if (this.connection === "lost") return;
    this.connection = "lost";
    this.lostAt = Date.now();
    this.#show();
  }

  /** @param {import("./stream.js").Status} status */
  status(status) {
    this.feeds = status.feeds;
    this.#show();
  }

  #show() {
    const { state, text } = this.#describe();
    if (this.element.dataset.connectionState !== state) this.element.dataset.connectionState = state;
    if (this.text.textContent !== text) this.text.textContent = text;
  }

  /** @returns {{state: "live" | "reconnecting" | "stale", text: string}} */
  #describe() {
    if (this.connection === "lost") {
      return { state: "reconnecting", text: `Reconnecting since ${formatClock(this.lostAt)}` };
    }
    const stale = Object.entries(this.feeds).filter(([, feed]) => feed.state === "stale");
    if (stale.length > 0) {
      const since = Math.min(...stale.map(([, feed]) => instantOf(feed.since)));
      const isAll = stale.length === Object.keys(this.feeds).length;
      const kinds = isAll ? "all feeds" : stale.map(([kind]) => kind.replace("_", " ")).join(", ");
      return { state: "stale", text: `Stale: ${kinds} since ${formatClock(since)}` };
    }
    return this.connection === "new" ? { state: "reconnecting", text: "Connecting…" } : { state: "live", text: "Live" };
  }
}
