/** How a connection is, as everybody is told. */

/** Clocks differ by as much from one message to the next. */
const JITTER = 50;

/**
 * @typedef {object} State
 * @property {"connecting" | "live" | "reconnecting" | "offline"} connection
 * @property {number} since when it became so, milliseconds since 1970
 * @property {import("./ladder.js").TransportName} transport the one in use, or that is being tried
 * @property {import("./transport.js").Status["feeds"]} feeds those read, by kind; empty where the transport doesn't say
 * @property {number} offset the server's clock less this one, in milliseconds
 * @property {string | null} problem why the server refuses, where it does
 */

/**
 * @param {import("./ladder.js").TransportName} transport
 * @returns {State}
 */
export function beginning(transport) {
  return { connection: "connecting", since: Date.now(), transport, feeds: {}, offset: 0, problem: null };
}

/**
 * @param {State} state
 * @param {Partial<State>} change
 * @returns {State} the same one where nothing changed
 */
export function changed(state, change) {
  const next = { ...state, ...change };
  if (Math.abs(next.offset - state.offset) < JITTER) next.offset = state.offset;
  if (JSON.stringify(next) === JSON.stringify(state)) return state;
  if (next.connection !== state.connection) next.since = Date.now();
  return next;
}

/**
 * Whether a visible tab does better: timers of a hidden one, which polls and coming back need, may take a minute.
 * @param {State | null} state
 * @returns {boolean}
 */
export function isSlowWhenHidden(state) {
  return state !== null && (state.connection === "reconnecting" || state.transport.endsWith("poll"));
}

/**
 * The feeds of some channels, all live: those that were not are since now.
 * @param {Iterable<string>} channels
 * @param {State["feeds"]} before
 * @returns {State["feeds"]}
 */
export function liveFeeds(channels, before) {
  const since = new Date().toISOString();
  const kinds = [...new Set([...channels].map((channel) => channel.split("/", 1)[0]))].sort();
  return Object.fromEntries(
    kinds.map((kind) => [kind, before[kind]?.state === "live" ? before[kind] : { state: "live", since }]),
  );
}

/**
 * @param {State["feeds"]} feeds
 * @returns {string} the kinds of those that are stale, with commas between them
 */
export function staleKinds(feeds) {
  return Object.keys(feeds).filter((kind) => feeds[kind].state === "stale").join(",");
}
