/** What is held of the channels that are followed: of state kinds the newest of each key, of log kinds the last. */

import { isLog, keyOf, kindOf } from "./channels.js";
import { identityOf } from "./identity.js";

/** Events of log kinds, at most. Beyond it, of each key the older half is dropped. */
const MOST_ENTRIES = 50_000;

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */
/** @typedef {import("./channels.js").ChannelSet} ChannelSet */

export class Holdings {
  constructor() {
    /** @type {Map<string, Map<string, TickerEvent[]>>} by kind and key, oldest first */
    this.held = new Map();
    /** How many events of each key of log kinds are kept. */
    this.depth = 1;
    this.entries = 0;
    this.most = MOST_ENTRIES;
  }

  /** @param {TickerEvent} event */
  take(event) {
    const kind = kindOf(event);
    if (kind === undefined) return;
    let keys = this.held.get(kind);
    if (!keys) this.held.set(kind, (keys = new Map()));
    const key = keyOf(event);
    if (event.T === "delete") keys.delete(key);
    else if (!isLog(kind)) keys.set(key, [event]);
    else this.#append(keys, key, event);
  }

  /**
   * What some channels hold, in order per key.
   * @param {ChannelSet} channels
   * @param {number} history how many of each key of log kinds
   * @param {ChannelSet} [without] but not what these hold
   * @returns {TickerEvent[]}
   */
  of(channels, history, without) {
    const found = [];
    for (const [kind, keys] of this.held) {
      for (const [key, events] of keys) {
        if (!channels.holds(kind, key) || without?.holds(kind, key)) continue;
        found.push(...(isLog(kind) ? events.slice(events.length - Math.min(events.length, history)) : events));
      }
    }
    return found;
  }

  /** @returns {TickerEvent[]} all there is */
  all() {
    return [...this.held.values()].flatMap((keys) => [...keys.values()].flat());
  }

  /**
   * Drop what some channels hold.
   * @param {ChannelSet} channels
   */
  forget(channels) {
    this.#filter((kind, key) => !channels.holds(kind, key));
  }

  /**
   * Drop what none of the channels holds.
   * @param {ChannelSet} channels
   */
  keep(channels) {
    this.#filter((kind, key) => channels.holds(kind, key));
  }

  /**
   * Take in what was had from elsewhere, and goes back further. What is held already is as new, or newer.
   * @param {TickerEvent[]} events
   */
  extend(events) {
    /** @type {Map<string, Map<string, TickerEvent[]>>} */
    const given = new Map();
    for (const event of events) {
      const kind = kindOf(event);
      if (kind === undefined) continue;
      const keys = given.get(kind) ?? new Map();
      given.set(kind, keys);
      keys.set(keyOf(event), [...(keys.get(keyOf(event)) ?? []), event]);
    }
    for (const [kind, keys] of given) {
      const held = this.held.get(kind) ?? new Map();
      this.held.set(kind, held);
      for (const [key, older] of keys) held.set(key, held.has(key) ? joined(kind, older, held.get(key)) : older);
    }
    this.#count();
  }

  /**
   * @param {Map<string, TickerEvent[]>} keys
   * @param {string} key
   * @param {TickerEvent} event
   */
  #append(keys, key, event) {
    const events = keys.get(key);
    if (!events) keys.set(key, [event]);
    else if (events.push(event) > this.depth) return void events.shift();
    if (++this.entries > this.most) this.#halve();
  }

  #halve() {
    for (const [kind, keys] of this.held) {
      if (isLog(kind)) for (const events of keys.values()) events.splice(0, events.length >> 1);
    }
    this.#count();
    // Of keys that have one entry each there is nothing to halve.
    this.most = Math.max(MOST_ENTRIES, 2 * this.entries);
  }

  /** @param {(kind: string, key: string) => boolean} isKept */
  #filter(isKept) {
    for (const [kind, keys] of this.held) {
      for (const key of keys.keys()) if (!isKept(kind, key)) keys.delete(key);
    }
    this.#count();
  }

  #count() {
    this.entries = 0;
    for (const [kind, keys] of this.held) {
      if (isLog(kind)) for (const events of keys.values()) this.entries += events.length;
    }
  }
}

/**
 * One list of two of the same key, of which one goes back further and the other may be newer.
 * @param {string} kind
 * @param {TickerEvent[]} older
 * @param {TickerEvent[]} held
 * @returns {TickerEvent[]}
 */
function joined(kind, older, held) {
  if (!isLog(kind) || held.length === 0) return held.length > 0 ? held : older;
  const first = identityOf(held[0]);
  const at = older.findIndex((event) => identityOf(event) === first);
  return at < 0 ? held : [...older.slice(0, at), ...held];
}
