/**
 * ticker's client: live events in a page, over whatever works, on one connection for all tabs. docs/client.md says how.
 *
 *   import { connect } from "https://HOST/static/js/client.js";
 *   const ticker = connect();
 *   ticker.subscribe(["quotes/AAPL"], { events: (events) => console.log(events) });
 */

import { checkChannels } from "./client/channels.js";
import { TRANSPORTS } from "./client/ladder.js";
import { Lead } from "./client/lead.js";
import { Replica } from "./client/replica.js";
import { MOST_CHANNELS } from "./client/request.js";
import { Sharing } from "./client/sharing.js";
import { beginning } from "./client/state.js";
import { Subscription } from "./client/subscription.js";

/** Where this script came from: `/static/js/client.js` below it, or one of a version. */
const NODE = new URL(import.meta.url.slice(0, import.meta.url.lastIndexOf("/static/") + 1));
const LONGEST_INTERVAL = 5_000;
const MOST_HISTORY = 500;

/** @typedef {import("./client/channels.js").TickerEvent} TickerEvent */
/** @typedef {import("./client/state.js").State & {isLeader: boolean}} TickerState */
/**
 * @typedef {object} Options
 * @property {string | URL} [base] address of the node; by default where this script came from
 * @property {"auto" | "sse" | "long-poll" | "poll" | "ws"} [transport]
 * @property {boolean} [share] one connection for all tabs of this origin
 * @property {"latest" | "every"} [mode]
 * @property {number} [interval] milliseconds between two batches
 */
/** @typedef {{change: (channels: Iterable<string>) => void, close: () => void}} Handle */

/**
 * A connection to a node, opened with the first subscription.
 * @param {Options} [options]
 * @returns {Ticker}
 * @throws {TypeError | RangeError} where an option is none
 */
export function connect(options = {}) {
  return new Ticker(options);
}

/** Tells how it is by events named `state`. */
export class Ticker extends EventTarget {
  /** @type {import("./client/transport.js").Settings & {transport: string}} */
  #settings;
  #isShared;
  #replica = new Replica();
  /** @type {Sharing | null} */
  #sharing = null;
  /** @type {Lead | null} where it has a connection of its own */
  #lead = null;
  /** @type {import("./client/state.js").State} */
  #state;
  #isPlanned = false;
  #isAway = false;
  #listening = new AbortController();

  /** @param {Options} options */
  constructor({ base = NODE, transport = "auto", share = true, mode = "latest", interval = 250 }) {
    super();
    if (!TRANSPORTS.includes(transport)) {
      throw new TypeError(`transport is ${JSON.stringify(transport)}: it is one of ${TRANSPORTS.join(", ")}`);
    }
    if (mode !== "latest" && mode !== "every") {
      throw new TypeError(`mode is ${JSON.stringify(mode)}: it is "latest" or "every"`);
    }
    checkWhole("interval", interval, LONGEST_INTERVAL);
    const address = new URL(base, document.baseURI);
    if (!address.pathname.endsWith("/")) address.pathname += "/";
    this.#settings = { base: address, mode, interval, transport };
    this.#isShared = share && typeof BroadcastChannel === "function";
    this.#state = beginning(transport === "auto" ? "sse" : transport);
    const { signal } = this.#listening;
    // A page that is kept for the back button must not hold what others wait for.
    addEventListener("pagehide", () => this.#leave(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#comeBack(), { signal });
  }

  /** @returns {TickerState} */
  get state() {
    return { ...this.#state, isLeader: this.#lead !== null || Boolean(this.#sharing?.isLeading) };
  }

  /**
   * Be told of some channels.
   * @param {Iterable<string>} channels `quotes/AAPL`, `games/nfl`, `trades/*`
   * @param {import("./client/subscription.js").Callbacks} callbacks
   * @param {import("./client/subscription.js").Options} [options]
   * @returns {Handle}
   * @throws {TypeError | RangeError} where a channel or an option is none, or there are too many channels
   */
  subscribe(channels, callbacks, options = {}) {
    if (typeof callbacks?.events !== "function") {
      throw new TypeError("a subscription needs a function for its events: { events(events) {} }");
    }
    checkWhole("history", options.history ?? 1, MOST_HISTORY);
    const subscription = new Subscription(checkChannels(channels), callbacks, options);
    this.#bound(subscription.channels);
    this.#replica.subscriptions.add(subscription);
    this.#plan();
    return {
      change: (other) => {
        const checked = checkChannels(other);
        if (!this.#replica.subscriptions.has(subscription)) return;
        this.#bound(checked, subscription);
        subscription.change(checked);
        this.#plan();
      },
      close: () => {
        if (this.#replica.subscriptions.delete(subscription)) this.#plan();
      },
    };
  }

  /** End it, with all its subscriptions. */
  close() {
    this.#listening.abort();
    this.#replica.subscriptions.clear();
    this.#leave();
  }

  /**
   * See that all subscriptions together are not too many.
   * @param {Set<string>} channels
   * @param {Subscription} [instead] whose channels they are to be
   */
  #bound(channels, instead) {
    const others = [...this.#replica.subscriptions].filter((subscription) => subscription !== instead);
    const { size } = new Set([...channels, ...others.flatMap((subscription) => [...subscription.channels])]);
    if (size > MOST_CHANNELS) {
      throw new RangeError(`${size} channels are more than ${MOST_CHANNELS}: use fewer, or all of a kind with *`);
    }
  }

  /** Subscriptions have changed: one look after the running script is enough. */
  #plan() {
    if (this.#isPlanned || this.#isAway) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      if (!this.#isAway && !this.#listening.signal.aborted) this.#look();
    });
  }

  #look() {
    if (!this.#sharing && !this.#lead) {
      if (this.#replica.subscriptions.size === 0) return;
      if (this.#isShared) this.#share();
      else this.#goAlone();
    } else if (this.#sharing) {
      this.#sharing.want();
    } else {
      this.#lead?.want(this.#replica.wanted, this.#replica.history);
    }
    this.#replica.begin();
    if (this.#lead) this.#lead.extend(this.#replica.lacking());
  }

  #share() {
    this.#sharing = new Sharing(this.#settings, this.#replica, (state) => this.#told(state), () => {
      this.#isShared = false;
      this.#sharing?.leave();
      this.#sharing = null;
      this.#goAlone();
    });
  }

  /** Have a connection of its own, from where it is. */
  #goAlone() {
    this.#replica.resume();
    this.#lead = new Lead(this.#settings, this.#replica, () => {}, (state) => this.#told(state));
    this.#lead.start(this.#replica.wanted, this.#replica.history);
    this.#told(this.#lead.connection.state);
  }

  #leave() {
    this.#isAway = true;
    this.#sharing?.leave();
    this.#lead?.close();
    this.#sharing = this.#lead = null;
  }

  #comeBack() {
    this.#isAway = false;
    this.#plan();
  }

  /** @param {import("./client/state.js").State | null} state */
  #told(state) {
    if (state) this.#state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/**
 * @param {string} name
 * @param {number} value
 * @param {number} most
 */
function checkWhole(name, value, most) {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${name} is ${value}: it is a whole number from 0 to ${most}`);
  }
}
