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
/** A node refuses a URL with more than 1,000. */
const MOST_CHANNELS = 1_000;

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
 * @typedef {object} Reading
 * @property {string} cursor
 * @property {string[]} channels those that the cursor knows
 * @property {number} [history] how many entries of each key of log kinds an added channel begins with
 */

/** Follows a subscription from a cursor on. */
export class Stream {
  /**
   * @param {URL} address without a query
   * @param {Reading} reading
   * @param {Listener} listener
   */
  constructor(address, { cursor, channels, history }, listener) {
    this.address = address;
    this.cursor = cursor;
    this.history = history;
    this.listener = listener;
    /** What the cursor knows, and what the stream is to read. */
    this.known = this.wanted = new Set(channels);
    this.failures = 0;
    this.#connect();
  }

  /**
   * Read these channels too. Those that are read already and aren't among them are read on, as long as there is room:
   * without them all would begin anew.
   * @param {string[]} channels
   */
  change(channels) {
    if (channels.every((channel) => this.wanted.has(channel))) return;
    const all = new Set([...this.wanted, ...channels]);
    this.wanted = all.size > MOST_CHANNELS ? new Set(channels) : all;
    if (this.source?.readyState === EventSource.CLOSED) return;
    this.source?.close();
    this.#connect();
  }

  #connect() {
    const reads = this.wanted;
    const source = (this.source = new EventSource(this.#url()));
    source.onerror = () => {
      this.listener.lost();
      if (source.readyState === EventSource.CLOSED) this.#comeBack(this.#backoff());
    };
    /**
     * @param {string} name
     * @param {(data: any) => void} take
     */
    const on = (name, take) => {
      source.addEventListener(name, (event) => {
        this.failures = 0;
        this.#expect();
        take(JSON.parse(event.data));
        if (event.lastEventId) {
          this.cursor = event.lastEventId;
          this.known = reads;
        }
        this.listener.heard();
      });
    };
    on("message", this.listener.events);
    on("snapshot", this.listener.events);
    on("reset", ({ channels }) => this.listener.reset(channels));
    on("gap", () => {});
    on("heartbeat", this.listener.status);
    on("status", this.listener.status);
    for (const name of ["shutdown", "unavailable"]) {
      source.addEventListener(name, (event) => this.#leave(JSON.parse(event.data).delay));
    }
    this.#expect();
  }

  #url() {
    const url = new URL(this.address);
    for (const channel of this.wanted) {
      const [kind] = channel.split("/", 1);
      const names = url.searchParams.get(kind);
      const name = channel.slice(kind.length + 1);
      url.searchParams.set(kind, names ? `${names},${name}` : name);
    }
    if (this.history) url.searchParams.set("history", String(this.history));
    if (this.cursor) url.searchParams.set("cursor", this.cursor);
    const added = [...this.wanted].filter((channel) => !this.known.has(channel));
    if (this.cursor && added.length > 0) url.searchParams.set("added", added.join(","));
    return url;
  }

  /** Something is due within SILENCE; otherwise the connection is as good as gone. */
  #expect() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#leave(this.#backoff()), SILENCE);
  }

  /** @param {number} delay milliseconds */
  #leave(delay) {
    this.source?.close();
    this.listener.lost();
    this.#comeBack(delay);
  }

  /** @param {number} delay milliseconds */
  #comeBack(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#connect(), delay);
  }

  /** Longer each time, and spread, so that not all pages come back at once. */
  #backoff() {
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures++) * (0.5 + Math.random());
  }
}
