/**
 * What a page shows already, when it joins a connection that was made without it. The page may be newer than what comes
 * first, or older; nothing older is shown after something newer, and no entry twice.
 */

import { isLog, keyOf, kindOf } from "./channels.js";
import { identityOf, isBefore } from "./identity.js";

/** How much newer a page may be than the connection that its tab joins. */
const HEAD_START = 2_000;

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */

export class Shown {
  /**
   * @param {TickerEvent[]} events what the page shows
   * @param {(events: TickerEvent[]) => void} late told what was put aside, and is taken in after all
   */
  constructor(events, late) {
    this.late = late;
    /** @type {Map<string, TickerEvent>} of state kinds, by kind and key */
    this.states = new Map();
    /** @type {Map<string, {newest: TickerEvent, identities: Set<string | null>}>} of log kinds */
    this.logs = new Map();
    /** @type {Map<string, TickerEvent>} */
    this.aside = new Map();
    for (const event of events) {
      const kind = kindOf(event);
      if (kind === undefined) continue;
      const name = `${kind}/${keyOf(event)}`;
      if (!isLog(kind)) {
        this.states.set(name, event);
        continue;
      }
      const log = this.logs.get(name) ?? { newest: event, identities: new Set() };
      if (isBefore(log.newest.t, event.t)) log.newest = event;
      log.identities.add(identityOf(event));
      this.logs.set(name, log);
    }
  }

  /**
   * Channels begin with these events. From now on the page's head start runs.
   * @param {import("./channels.js").ChannelSet} channels
   * @param {TickerEvent[]} events
   * @returns {{events: TickerEvent[], gap: Set<string>}} what is news to the page, and the kind/key of logs of which
   *   something may be missing before it
   */
  begin(channels, events) {
    /** @type {TickerEvent[]} */
    const news = [];
    /** @type {Map<string, TickerEvent[]>} */
    const logs = new Map();
    const gone = new Map(this.states);
    for (const event of events) {
      const kind = /** @type {string} */ (kindOf(event));
      const name = `${kind}/${keyOf(event)}`;
      gone.delete(name);
      if (isLog(kind) && this.logs.has(name)) logs.set(name, [...(logs.get(name) ?? []), event]);
      else if (!this.#isEarly(name, event)) news.push(event);
    }
    for (const [name, event] of gone) {
      const kind = /** @type {string} */ (kindOf(event));
      const key = keyOf(event);
      if (channels.holds(kind, key)) this.aside.set(name, { T: "delete", kind, key });
    }
    setTimeout(() => this.#end(), HEAD_START);
    const gap = new Set();
    for (const [name, entries] of logs) {
      const after = this.#after(name, entries);
      if (after.isGap) gap.add(name);
      news.push(...after.events);
    }
    return { events: news, gap };
  }

  /**
   * @param {TickerEvent} event that has come
   * @returns {boolean} whether it is news to the page
   */
  isNews(event) {
    const kind = kindOf(event);
    if (kind === undefined) return true;
    const name = `${kind}/${keyOf(event)}`;
    if (!isLog(kind)) return !this.#isEarly(name, event);
    const identity = identityOf(event);
    return identity === null || !this.logs.get(name)?.identities.has(identity);
  }

  /**
   * Whether an event of a state kind looks older than what is shown. Then it is put aside, as long as no other comes.
   * @param {string} name
   * @param {TickerEvent} event
   */
  #isEarly(name, event) {
    const shown = this.states.get(name);
    this.aside.delete(name);
    if (!shown) return false;
    const isEarly = event.T === "delete" || isBefore(event.t, shown.t);
    if (isEarly) this.aside.set(name, event);
    else this.states.set(name, event);
    return isEarly;
  }

  /**
   * What of a log comes after the entries that are shown.
   * @param {string} name
   * @param {TickerEvent[]} entries
   */
  #after(name, entries) {
    const { newest, identities } = /** @type {{newest: TickerEvent, identities: Set<string | null>}} */ (
      this.logs.get(name)
    );
    const last = entries.findLastIndex((entry) => {
      const identity = identityOf(entry);
      return identity !== null && identities.has(identity);
    });
    if (last >= 0) return { events: entries.slice(last + 1), isGap: false };
    const later = entries.filter((entry) => isBefore(newest.t, entry.t));
    return { events: later, isGap: later.length > 0 && later.length === entries.length };
  }

  #end() {
    const events = [...this.aside.values()];
    this.aside.clear();
    this.states.clear();
    if (events.length > 0) this.late(events);
  }
}
