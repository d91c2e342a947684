/** What is known: the newest event of each key, by kind. */

/** @typedef {Record<string, any> & {T: string}} Event an event as it is on the wire; docs/producers.md has the keys */
/** @typedef {"quotes" | "trades" | "instruments" | "daily_bars" | "games"} Kind */

/** @type {Record<string, Kind>} */
const KINDS = {
  q: "quotes", t: "trades", c: "trades", x: "trades", instrument: "instruments", d: "daily_bars", game: "games",
};

export class Market {
  constructor() {
    /** @type {(kind: Kind, key: string) => void} */
    this.changed = () => {};
    /** @type {Record<Kind, Map<string, Event>>} */
    this.held = {
      quotes: new Map(), trades: new Map(), instruments: new Map(), daily_bars: new Map(), games: new Map(),
    };
  }

  /** @param {(kind: Kind, key: string) => void} changed told from now on of each key whose event is another */
  watch(changed) {
    this.changed = changed;
  }

  /**
   * Take events in, in their order.
   * @param {Event[]} events
   */
  apply(events) {
    for (const event of events) {
      if (event.T === "delete") this.#drop(event.kind, event.key);
      else if (event.T in KINDS) this.#take(KINDS[event.T], event);
    }
  }

  /**
   * Forget what is held of some channels: fresh values follow.
   * @param {string[] | undefined} channels all of them, where undefined
   */
  forget(channels) {
    for (const [kind, events] of Object.entries(this.held)) {
      for (const key of events.keys()) {
        if (!channels || channels.some((channel) => holds(channel, kind, key))) this.#drop(kind, key);
      }
    }
  }

  /**
   * @param {Kind} kind
   * @param {Event} event
   */
  #take(kind, event) {
    const key = kind === "games" ? event.id : event.S;
    if (event.T === "c") {
      const trade = this.held.trades.get(key);
      if (trade?.i !== event.oi) return;
      event = { ...trade, T: "t", i: event.ci, p: event.cp, s: event.cs };
    } else if (event.T === "x") {
      if (this.held.trades.get(key)?.i === event.i) this.#drop("trades", key);
      return;
    }
    this.held[kind].set(key, event);
    this.changed(kind, key);
  }

  /**
   * @param {string} kind
   * @param {string} key
   */
  #drop(kind, key) {
    if (this.held[/** @type {Kind} */ (kind)]?.delete(key)) this.changed(/** @type {Kind} */ (kind), key);
  }
}

/**
 * Whether a channel holds a key: by its name, by its game's league, or because it holds the whole kind.
 * @param {string} channel `quotes/AAPL`, `games/nfl`, `trades/*`
 * @param {string} kind
 * @param {string} key
 * @returns {boolean}
 */
function holds(channel, kind, key) {
  const slash = channel.indexOf("/");
  const name = channel.slice(slash + 1);
  if (channel.slice(0, slash) !== kind) return false;
  return name === "*" || name === key || (kind === "games" && name === key.slice(0, key.lastIndexOf(".")));
}
