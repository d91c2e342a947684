/**
 * What one tab knows: where the stream is, what is held of its channels, and who in the tab is told of what comes.
 *
 * The tabs that share a connection each have one, and take in the same messages in the same order; so any of them can
 * take the connection over where it is.
 */

import { ChannelSet, covers, isLog, partsOf } from "./channels.js";
import { Holdings } from "./holdings.js";

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */
/** @typedef {import("./request.js").Place} Place */
/** @typedef {import("./subscription.js").Subscription} Subscription */
/**
 * One step of the stream.
 * @typedef {object} Step
 * @property {"events" | "reset" | "gap" | "extend"} is `extend`: of `channels`, what goes back `history` entries
 * @property {string} [text] the events, as JSON
 * @property {string | null} [cursor] with `events`
 * @property {string[] | null} [channels] with `events` those that the cursor is for, where they are others than before
 * @property {number} [history] how many entries of each log key channels that are new began with
 */
/**
 * @typedef {{place: {cursor: string, channels: string[]} | null, known: [string, number][], depth: number,
 *   text: string}} Copy
 */

export class Replica {
  constructor() {
    /** @type {Place | null} */
    this.place = null;
    this.holdings = new Holdings();
    /** @type {Map<string, number>} channels of which all is held, and how many entries they began with */
    this.known = new Map();
    /** @type {Set<Subscription>} */
    this.subscriptions = new Set();
  }

  /** The channels that the tab's subscriptions want. */
  get wanted() {
    return new Set([...this.subscriptions].flatMap((subscription) => [...subscription.channels]));
  }

  /** The most entries of a log key that one of them wants. */
  get history() {
    return Math.max(0, ...[...this.subscriptions].map((subscription) => subscription.history));
  }

  /** Go on from the cursor that the page of a subscription was made at, if one has such. */
  resume() {
    const subscription = [...this.subscriptions].find(({ cursor }) => cursor !== null);
    if (this.place || !subscription) return;
    const { channels, given, history } = subscription;
    this.place = { cursor: /** @type {string} */ (subscription.cursor), channels: new Set(channels) };
    this.deepen(history);
    for (const event of given ?? []) this.holdings.take(event);
    // Of a page that doesn't say what it shows, nothing is held.
    for (const channel of channels) this.known.set(channel, given ? history : -1);
    subscription.resume();
  }

  /** @param {number} history that somebody may ask for */
  deepen(history) {
    this.holdings.depth = Math.max(this.holdings.depth, history);
  }

  /**
   * Take in the next step.
   * @param {Step} step
   * @param {TickerEvent[]} events
   */
  apply(step, events) {
    const channels = step.channels ?? [];
    if (step.is === "events") this.#events(step, events);
    else if (step.is === "reset") this.#reset(channels);
    else if (step.is === "gap") this.#gap(channels);
    else this.#extend(channels, events, step.history ?? 0);
  }

  /** Begin what can begin of what subscriptions wait for. */
  begin() {
    for (const subscription of this.subscriptions) {
      const ready = subscription.pending.filter((channel) => this.#isDeep(channel, subscription.history));
      if (ready.length > 0) subscription.begin(ready, this.holdings);
    }
  }

  /** Channels that subscriptions wait for, and that are followed, but not held as far back as they want. */
  lacking() {
    const lacking = new Set();
    for (const subscription of this.subscriptions) {
      for (const channel of subscription.pending) {
        if (this.known.has(channel) && !this.#isDeep(channel, subscription.history)) lacking.add(channel);
      }
    }
    return [...lacking];
  }

  /** Everything, for another tab. */
  copy() {
    const { place, known, holdings } = this;
    return {
      place: place && { cursor: place.cursor, channels: [...place.channels] },
      known: /** @type {[string, number][]} */ ([...known]),
      depth: holdings.depth,
      text: JSON.stringify(holdings.all()),
    };
  }

  /**
   * Be as another tab was. What subscriptions were told until now is void.
   * @param {Copy} copy
   */
  become({ place, known, depth, text }) {
    const told = [...this.subscriptions].flatMap((subscription) => [...subscription.begun]);
    this.place = place && { cursor: place.cursor, channels: new Set(place.channels) };
    this.known = new Map(known);
    this.holdings = new Holdings();
    this.deepen(depth);
    for (const event of JSON.parse(text)) this.holdings.take(event);
    for (const subscription of this.subscriptions) subscription.reset(told);
    this.begin();
  }

  /**
   * @param {Step} step
   * @param {TickerEvent[]} events
   */
  #events({ cursor, channels, history = 0 }, events) {
    for (const event of events) this.holdings.take(event);
    for (const subscription of this.subscriptions) subscription.take(events);
    if (!cursor) return;
    if (!channels) {
      if (this.place) this.place = { cursor, channels: this.place.channels };
      return;
    }
    this.place = { cursor, channels: new Set(channels) };
    this.#follow(this.place.channels, history);
    this.begin();
  }

  /**
   * These channels are followed from now on, and no others.
   * @param {ReadonlySet<string>} channels
   * @param {number} history
   */
  #follow(channels, history) {
    const lost = [...this.known.keys()].filter((channel) => !channels.has(channel));
    for (const channel of lost) this.known.delete(channel);
    for (const channel of channels) if (!this.known.has(channel)) this.known.set(channel, history);
    if (lost.length > 0) this.holdings.keep(new ChannelSet(channels));
    for (const subscription of this.subscriptions) {
      const own = [...subscription.begun].filter((channel) => !channels.has(channel));
      if (own.length > 0) subscription.reset(own);
    }
  }

  /** @param {string[]} channels */
  #reset(channels) {
    for (const known of this.known.keys()) {
      if (channels.some((channel) => covers(channel, known))) this.known.delete(known);
    }
    this.holdings.forget(new ChannelSet(channels));
    for (const subscription of this.subscriptions) subscription.reset(channels);
  }

  /** @param {string[]} channels */
  #gap(channels) {
    this.holdings.forget(new ChannelSet(channels));
    for (const subscription of this.subscriptions) subscription.gap(channels);
  }

  /**
   * @param {string[]} channels
   * @param {TickerEvent[]} events
   * @param {number} history
   */
  #extend(channels, events, history) {
    this.deepen(history);
    this.holdings.extend(events);
    for (const channel of channels) if (this.known.has(channel)) this.known.set(channel, history);
    this.begin();
  }

  /**
   * @param {string} channel
   * @param {number} history
   */
  #isDeep(channel, history) {
    const depth = this.known.get(channel);
    return depth !== undefined && depth >= (isLog(partsOf(channel)[0]) ? history : 0);
  }
}
