/** Channels (`quotes/AAPL`, `games/nfl`, `trades/*`), and which events they hold. */

/** @typedef {Record<string, any> & {T: string}} TickerEvent an event as on the wire; docs/producers.md has its keys */

/** @type {Record<string, string>} */
const KIND_OF_TAG = {
  q: "quotes", t: "trades", c: "trades", x: "trades", b: "bars", u: "updated_bars", d: "daily_bars", s: "statuses",
  instrument: "instruments", game: "games", play: "plays",
};
const KINDS = new Set(Object.values(KIND_OF_TAG));
const LOG_KINDS = new Set(["trades", "bars", "updated_bars", "plays"]);
const NAME = /^(\*|[^\s,*\x00-\x1f]{1,129})$/;

/**
 * The kind of an event; undefined for one of a kind that isn't known here.
 * @param {TickerEvent} event
 * @returns {string | undefined}
 */
export function kindOf(event) {
  return event.T === "delete" ? event.kind : KIND_OF_TAG[event.T];
}

/**
 * What an event is of: a symbol, or a game.
 * @param {TickerEvent} event
 * @returns {string}
 */
export function keyOf(event) {
  if (event.T === "game") return event.id;
  if (event.T === "play") return event.game;
  return event.T === "delete" ? event.key : event.S;
}

/**
 * Whether of a kind every event counts, not the newest of each key alone.
 * @param {string} kind
 */
export function isLog(kind) {
  return LOG_KINDS.has(kind);
}

/**
 * The kind and the name of a channel.
 * @param {string} channel
 * @returns {[kind: string, name: string]}
 */
export function partsOf(channel) {
  const slash = channel.indexOf("/");
  return [channel.slice(0, slash), channel.slice(slash + 1)];
}

/**
 * The channels, each once.
 * @param {Iterable<string>} channels
 * @returns {Set<string>}
 * @throws {TypeError} where one is none
 */
export function checkChannels(channels) {
  if (typeof channels === "string" || typeof channels?.[Symbol.iterator] !== "function") {
    throw new TypeError('channels are a list, such as ["quotes/AAPL", "games/nfl"]');
  }
  const checked = new Set(channels);
  for (const channel of checked) {
    const [kind, name] = typeof channel === "string" ? partsOf(channel) : ["", ""];
    if (!KINDS.has(kind) || !NAME.test(name)) {
      throw new TypeError(`${JSON.stringify(channel)} is no channel: write a kind, a slash and a name: "quotes/AAPL"`);
    }
  }
  return checked;
}

/**
 * Whether all that one channel holds is in another too.
 * @param {string} wide
 * @param {string} narrow
 */
export function covers(wide, narrow) {
  if (wide === narrow) return true;
  const [kind, name] = partsOf(narrow);
  return wide === `${kind}/*` || (isOfGames(kind) && wide === `${kind}/${leagueOf(name)}`);
}

/**
 * Channels as the server counts them: without those beside a `*` of their kind.
 * @param {Iterable<string>} channels
 * @returns {Set<string>}
 */
export function absorb(channels) {
  const given = new Set(channels);
  return new Set([...given].filter((channel) => {
    const everything = `${partsOf(channel)[0]}/*`;
    return channel === everything || !given.has(everything);
  }));
}

/**
 * Channels as the query of a URL says them: `quotes=AAPL,MSFT&games=nfl`.
 * @param {Iterable<string>} channels
 * @returns {string}
 */
export function queryOf(channels) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const channel of [...channels].sort()) {
    const [kind, name] = partsOf(channel);
    names.set(kind, [...(names.get(kind) ?? []), encode(name)]);
  }
  return [...names].map(([kind, ofKind]) => `${kind}=${ofKind.join(",")}`).join("&");
}

/**
 * A list of channels as the value of an option: `quotes/AAPL,games/nfl`.
 * @param {Iterable<string>} channels
 * @returns {string}
 */
export function listOf(channels) {
  return [...channels].sort().map(encode).join(",");
}

/** Channels, asked again and again whether one of them holds an event. */
export class ChannelSet {
  /** @param {Iterable<string>} channels */
  constructor(channels) {
    /** @type {Map<string, Set<string>>} */
    this.names = new Map();
    for (const channel of channels) {
      const [kind, name] = partsOf(channel);
      const names = this.names.get(kind) ?? new Set();
      this.names.set(kind, names.add(name));
    }
  }

  /**
   * @param {string} kind
   * @param {string} key
   */
  holds(kind, key) {
    const names = this.names.get(kind);
    if (!names) return false;
    return names.has(key) || names.has("*") || (isOfGames(kind) && names.has(leagueOf(key)));
  }
}

/** @param {string} kind */
function isOfGames(kind) {
  return kind === "games" || kind === "plays";
}

/** @param {string} game */
function leagueOf(game) {
  return game.slice(0, Math.max(0, game.lastIndexOf(".")));
}

/** @param {string} text */
function encode(text) {
  return encodeURIComponent(text).replaceAll("%2F", "/");
}
