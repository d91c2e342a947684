/** One subscription of a page: which channels have begun, and what it is told of them. */

import { ChannelSet, covers, isLog, keyOf, kindOf, partsOf } from "./channels.js";
import { Shown } from "./shown.js";

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */
/**
 * What a subscription tells.
 * @typedef {object} Callbacks
 * @property {(events: TickerEvent[]) => void} events
 * @property {(channels: string[]) => void} [reset]
 * @property {(channels: string[]) => void} [gap]
 */
/**
 * @typedef {object} Options
 * @property {string} [cursor] the one that the page was made at
 * @property {number} [history] entries of each key of log kinds to begin with
 * @property {TickerEvent[]} [events] what the page shows already: all that its channels held at the cursor
 */

export class Subscription {
  /**
   * @param {Set<string>} channels
   * @param {Callbacks} callbacks
   * @param {Options} options
   */
  constructor(channels, callbacks, { cursor, history = 1, events }) {
    this.channels = channels;
    this.callbacks = callbacks;
    this.history = history;
    /** Where its page was made, as long as the channels are those of then. */
    this.cursor = cursor ?? null;
    this.given = events ?? null;
    this.shown = events ? new Shown(events, (late) => this.take(late)) : null;
    /** @type {Set<string>} those of its channels that have begun */
    this.begun = new Set();
    this.live = new ChannelSet([]);
  }

  /** Those of its channels that have yet to begin. */
  get pending() {
    return [...this.channels].filter((channel) => !this.begun.has(channel));
  }

  /** @param {Set<string>} channels a new list */
  change(channels) {
    this.channels = channels;
    this.cursor = null;
    this.#begun([...this.begun].filter((channel) => channels.has(channel)));
  }

  /** It goes on from its own cursor: its page shows all there was. */
  resume() {
    this.shown = null;
    this.#begun(this.channels);
  }

  /**
   * Some channels begin.
   * @param {string[]} channels
   * @param {import("./holdings.js").Holdings} holdings
   */
  begin(channels, holdings) {
    const beginning = new ChannelSet(channels);
    const events = holdings.of(beginning, this.history, this.live);
    this.#begun([...this.begun, ...channels]);
    if (!this.shown) return this.#tell(events);
    const { events: news, gap } = this.shown.begin(beginning, events);
    if (gap.size > 0) this.gap([...gap]);
    this.#tell(news);
  }

  /** @param {TickerEvent[]} events that have come, of these channels or others */
  take(events) {
    const { live, shown } = this;
    this.#tell(events.filter((event) => {
      const kind = kindOf(event);
      return kind !== undefined && live.holds(kind, keyOf(event)) && (!shown || shown.isNews(event));
    }));
  }

  /**
   * What was told of some channels is void: they begin again.
   * @param {string[]} channels
   */
  reset(channels) {
    const told = this.#concerned(channels);
    if (told.length === 0) return;
    this.shown = null;
    this.#begun([...this.begun].filter((channel) => !channels.some((wide) => covers(wide, channel))));
    this.#call(() => this.callbacks.reset?.(told));
  }

  /** @param {string[]} channels */
  gap(channels) {
    const told = this.#concerned(channels).filter((channel) => isLog(partsOf(channel)[0]));
    if (told.length > 0) this.#call(() => this.callbacks.gap?.(told));
  }

  /**
   * The begun channels that others cover, and those others that a begun channel covers.
   * @param {string[]} channels
   * @returns {string[]}
   */
  #concerned(channels) {
    const told = new Set();
    for (const channel of channels) {
      for (const own of this.begun) {
        if (covers(channel, own)) told.add(own);
        else if (covers(own, channel)) told.add(channel);
      }
    }
    return [...told];
  }

  /** @param {Iterable<string>} channels */
  #begun(channels) {
    this.begun = new Set(channels);
    this.live = new ChannelSet(this.begun);
  }

  /** @param {TickerEvent[]} events */
  #tell(events) {
    if (events.length > 0) this.#call(() => this.callbacks.events(events));
  }

  /**
   * What fails in a page must not fail here.
   * @param {() => void} call
   */
  #call(call) {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  }
}
