/** What is known: of state kinds the newest event of each key, of trades, bars and plays the last ones too. */

/** @typedef {Record<string, any> & {T: string}} Event an event as it is on the wire; docs/producers.md has the keys */
/** @typedef {"quotes" | "trades" | "instruments" | "daily_bars" | "statuses" | "games" | "bars" | "plays"} Kind */
/** @typedef {(kind: Kind, key: string) => void} Watcher */

/** @type {Record<string, Kind>} */
const KINDS = {
  q: "quotes", t: "trades", c: "trades", x: "trades", b: "bars", u: "bars", d: "daily_bars", s: "statuses",
  instrument: "instruments", game: "games", play: "plays",
};
/** How many events of each key are kept, of kinds of which more than the newest counts. */
export const MOST = { trades: 50, bars: 500, plays: 500 };

export class Market {
  constructor() {
    /** @type {Watcher[]} */
    this.watchers = [];
    /** @type {Record<Kind, Map<string, Event>>} the newest of each key; of trades, the newest that stands */
    this.held = {
      quotes: new Map(), trades: new Map(), instruments: new Map(), daily_bars: new Map(), statuses: new Map(),
      games: new Map(), bars: new Map(), plays: new Map(),
    };
    /** @type {Record<"trades" | "bars" | "plays", Map<string, Event[]>>} the last of each key, in order */
    this.last = { trades: new Map(), bars: new Map(), plays: new Map() };
  }

  /** @param {Watcher} watcher told from now on of each key whose events are others */
  watch(watcher) {
    this.watchers.push(watcher);
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
    const key = kind === "games" ? event.id : kind === "plays" ? event.game : event.S;
    if (kind === "trades" || kind === "bars" || kind === "plays") {
      const last = this.last[kind].get(key) ?? [];
      this.last[kind].set(key, last);
      MERGE[kind](last, event);
      if (last.length > MOST[kind]) last.splice(0, last.length - MOST[kind]);
      const newest = last.at(-1);
      if (newest) this.held[kind].set(key, newest);
      else this.held[kind].delete(key);
    } else {
      this.held[kind].set(key, event);
    }
    this.#tell(kind, key);
  }

  /**
   * @param {string} name
   * @param {string} key
   */
  #drop(name, key) {
    const kind = /** @type {Kind} */ (name);
    if (kind in this.last) this.last[/** @type {"trades"} */ (kind)].delete(key);
    if (this.held[kind]?.delete(key)) this.#tell(kind, key);
  }

  /**
   * @param {Kind} kind
   * @param {string} key
   */
  #tell(kind, key) {
    for (const watcher of this.watchers) watcher(kind, key);
  }
}

/**
 * How an event changes the last ones of its key.
 * @type {Record<"trades" | "bars" | "plays", (last: Event[], event: Event) => void>}
 */
const MERGE = {
  trades(last, event) {
    if (event.T === "t") {
      last.push(event);
      return;
    }
    const place = last.findLastIndex((trade) => trade.i === (event.T === "c" ? event.oi : event.i));
    if (place < 0) return;
    if (event.T === "x") last.splice(place, 1);
    else last[place] = { ...last[place], i: event.ci, p: event.cp, s: event.cs, isCorrected: true };
  },
  bars(last, event) {
    let place = last.length;
    while (place > 0 && last[place - 1].t > event.t) place -= 1;
    const before = last[place - 1];
    if (before?.t !== event.t) last.splice(place, 0, event);
    else if (event.T === "u" || before.T === "b") last[place - 1] = event;
  },
  plays(last, event) {
    const place = last.findIndex((play) => play.id === event.id);
    if (event.op === "delete") {
      if (place >= 0) last.splice(place, 1);
    } else if (place >= 0) last[place] = { ...event, isCorrected: last[place].isCorrected || isOther(last[place], event) };
    else last.push(event);
  },
};

/**
 * Whether a play isn't what was said of it before: after a gap it may also come a second time as it is.
 * @param {Event} before
 * @param {Event} play
 * @returns {boolean}
 */
function isOther(before, play) {
  const said = (/** @type {Event} */ { text, clock, period, score, score_value: value }) =>
    JSON.stringify([text, clock ?? null, period ?? null, score ?? null, value ?? null]);
  return said(before) !== said(play);
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
  const kindOf = channel.slice(0, slash);
  if ((kindOf === "updated_bars" ? "bars" : kindOf) !== kind) return false;
  if (name === "*" || name === key) return true;
  return (kind === "games" || kind === "plays") && name === key.slice(0, key.lastIndexOf("."));
}
