/**
 * The connection to a node: opens what works, and comes back when it is lost, from the last cursor.
 *
 * Which transport works is seen by what happens. One that is new here has to be heard within a few seconds; otherwise
 * the next one is opened beside it, and the first to be heard goes on alone. When none is, it is the node that is gone.
 */

import { WAIT, ask, endOf } from "./answer.js";
import { Ladder } from "./ladder.js";
import { openLater } from "./later.js";
import { isSettled, nextRequest } from "./request.js";
import { openStream } from "./sse.js";
import { beginning, changed, liveFeeds, staleKinds } from "./state.js";
import { instantOf } from "../time.js";

/** How long a transport that isn't known to work may take for its first message. */
const PATIENCE = 4_000;
/** Within how long several changes of channels are one. */
const CHANGE_DELAY = 50;
/** Channels that nobody wants any more may be wanted again. */
const REMOVAL_DELAY = 2_000;
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;
/** When to ask again after a refusal. */
const REFUSED_DELAY = 30_000;
/** The `Date` of an answer is in whole seconds, and as old as the way here is long. */
const COARSE = 1_500;

/** @typedef {import("./request.js").Place} Place */
/** @typedef {import("./request.js").Request} Request */
/** @typedef {import("./transport.js").End} End */
/** @typedef {import("./channels.js").TickerEvent} TickerEvent */
/** @typedef {import("./state.js").State} State */
/**
 * Whoever is told what comes.
 * @typedef {object} Taker
 * @property {(events: TickerEvent[], text: string | undefined, cursor: string | null,
 *   channels: ReadonlySet<string> | null) => void} events `channels` where they changed: those that the cursor is for
 * @property {(channels: string[]) => void} reset
 * @property {(channels: string[]) => void} gap
 * @property {(state: State) => void} state
 */

export class Connection {
  /**
   * @param {import("./transport.js").Settings & {transport: string}} settings
   * @param {Taker} taker
   */
  constructor(settings, taker) {
    this.settings = settings;
    this.taker = taker;
    this.ladder = new Ladder(settings.transport, `ticker ${settings.base.href} ${settings.transport}`);
    /** @type {Place | null} */
    this.place = null;
    /** @type {ReadonlySet<string>} */
    this.wanted = new Set();
    this.history = 0;
    this.state = beginning(this.ladder.name);
    /** @type {Map<number, import("./transport.js").Transport>} by rung: one, but while it is found out what works */
    this.open = new Map();
    /** @type {Map<number, Request>} what each was last asked */
    this.requests = new Map();
    /** @type {ReadonlySet<string> | null} the channels last told to be those of the cursor */
    this.told = null;
    this.found = { wait: WAIT };
    this.openedAt = 0;
    /** Whether the server was heard since the connection was opened. */
    this.isHeard = false;
    this.failures = 0;
    /** Whether since then the node was seen to answer, though a transport failed. */
    this.isChecked = false;
    /** Counts the connections, so that what was begun for one does nothing to the next. */
    this.generation = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} until it comes back */
    this.returning = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} until the next transport is tried */
    this.trying = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} until other channels are asked for */
    this.changing = undefined;
    this.listening = new AbortController();
  }

  /**
   * Begin: where a place is known, there.
   * @param {Place | null} place
   * @param {ReadonlySet<string>} channels
   * @param {number} history entries of each key of log kinds that channels begin with
   */
  start(place, channels, history) {
    const { signal } = this.listening;
    addEventListener("online", () => this.#hurry(), { signal });
    addEventListener("offline", () => this.#connect(), { signal });
    const look = () => !document.hidden && this.returning && this.#hurry();
    document.addEventListener("visibilitychange", look, { signal });
    this.place = place;
    this.wanted = channels;
    this.history = history;
    this.#connect();
  }

  /**
   * @param {ReadonlySet<string>} channels a new list
   * @param {number} history
   */
  want(channels, history) {
    this.wanted = channels;
    this.history = history;
    this.#plan();
  }

  close() {
    this.listening.abort();
    this.#disconnect();
  }

  /* Changes of channels */

  /** See to it that what is wanted is asked for. */
  #plan() {
    clearTimeout(this.changing);
    const names = this.requests.get(this.ladder.rung)?.names ?? new Set();
    const isMore = [...this.wanted].some((channel) => !names.has(channel));
    const isLess = [...names].some((channel) => !this.wanted.has(channel));
    // Timers of a hidden tab may take a minute, and another tab may be waiting.
    if (isMore && document.hidden) queueMicrotask(() => this.#change());
    else if (isMore || isLess) this.changing = setTimeout(() => this.#change(), isMore ? CHANGE_DELAY : REMOVAL_DELAY);
  }

  #change() {
    if (this.listening.signal.aborted) return;
    const transport = this.open.get(this.ladder.rung);
    if (this.wanted.size === 0) this.#disconnect();
    else if (transport?.change && this.isHeard) transport.change(nextRequest(this.place, this.wanted));
    else if (!this.returning) this.#connect();
  }

  /**
   * A cursor came: what is it for?
   * @param {number} rung
   * @param {string} cursor
   * @returns {ReadonlySet<string> | null} the channels, where they are others than before
   */
  #settle(rung, cursor) {
    const request = /** @type {Request} */ (this.requests.get(rung));
    if (!isSettled(request, cursor)) {
      this.place = { cursor, channels: this.place?.channels ?? new Set() };
      return null;
    }
    this.place = { cursor, channels: request.names };
    if (this.told === request.names) return null;
    this.told = request.names;
    this.#plan();
    return request.names;
  }

  /* Opening and coming back */

  #connect() {
    this.#disconnect();
    if (this.listening.signal.aborted || this.wanted.size === 0) return;
    // What the browser says of the network may be wrong of a server on the same machine: it is tried all the same.
    if (!navigator.onLine || this.state.connection === "offline") this.#show({ connection: this.#missing() });
    this.#openRung(this.ladder.rung);
  }

  #disconnect() {
    for (const timer of [this.returning, this.trying, this.changing]) clearTimeout(timer);
    this.returning = undefined;
    for (const transport of this.open.values()) transport.close();
    this.open.clear();
    this.requests.clear();
    this.generation += 1;
    this.isHeard = this.isChecked = false;
  }

  /** @param {number} rung */
  #openRung(rung) {
    const { ladder, settings } = this;
    clearTimeout(this.trying);
    this.openedAt = Date.now();
    this.#show({ transport: ladder.names[rung] });
    const next = ladder.after(rung);
    if (!ladder.isProven && next !== null) this.trying = setTimeout(() => this.#openRung(next), PATIENCE);
    const listener = this.#listener(rung);
    const open = {
      sse: () => openStream(settings, listener),
      ws: () => openLater(import("./socket.js"), (script) => script.openSocket(settings, listener), listener),
      "long-poll": () =>
        openLater(import("./poll.js"), (script) => script.openLongPolls(settings, listener, this.found), listener),
      poll: () => openLater(import("./poll.js"), (script) => script.openShortPolls(settings, listener), listener),
    }[ladder.names[rung]];
    this.open.set(rung, open());
  }

  /**
   * What one transport tells.
   * @param {number} rung
   * @returns {import("./transport.js").Listener}
   */
  #listener(rung) {
    return {
      next: () => this.#next(rung),
      history: () => this.history,
      heard: () => this.#heard(rung),
      events: (events, cursor, text) => {
        this.taker.events(events, text, cursor, cursor === null ? null : this.#settle(rung, cursor));
      },
      reset: (channels) => {
        this.told = null;
        this.taker.reset(channels);
      },
      gap: (channels) => this.taker.gap(channels),
      stale: () => staleKinds(this.state.feeds),
      live: () => this.#show({ feeds: liveFeeds(this.wanted, this.state.feeds) }),
      status: ({ t, feeds }) => this.#show({ feeds, offset: instantOf(t) - Date.now() }),
      clock: (now) =>
        Math.abs(now - Date.now() - this.state.offset) > COARSE && this.#show({ offset: now - Date.now() }),
      forgotten: () => this.#forget(),
      changed: (request) => {
        this.requests.set(rung, { ...request, cursor: this.place?.cursor ?? null });
        this.#plan();
      },
      ended: (end) => this.#ended(rung, end),
    };
  }

  /** @param {number} rung */
  #next(rung) {
    // A connection that changes as it goes begins with what the cursor is for.
    const channels = this.ladder.names[rung] === "ws" && this.place ? this.place.channels : this.wanted;
    const request = nextRequest(this.place, channels);
    this.requests.set(rung, request);
    return request;
  }

  /** @param {number} rung */
  #heard(rung) {
    if (this.isHeard) return;
    this.isHeard = true;
    this.failures = 0;
    this.#prove(rung);
    this.#show({ connection: "live", problem: null, transport: this.ladder.name });
  }

  /**
   * A transport works: the others are not needed.
   * @param {number} rung
   */
  #prove(rung) {
    clearTimeout(this.trying);
    for (const [other, transport] of this.open) {
      if (other === rung) continue;
      transport.close();
      this.open.delete(other);
      this.requests.delete(other);
    }
    if (this.ladder.prove(rung)) this.#show({ feeds: {} });
  }

  /**
   * @param {number} rung
   * @param {End} end
   */
  #ended(rung, end) {
    this.open.delete(rung);
    const { ladder } = this, next = ladder.after(rung);
    if (end.isTold) this.#prove(rung);
    else if (!this.isHeard) ladder.isProven = false;
    else if (end.delay === undefined && !end.problem) ladder.cut(Date.now() - this.openedAt, end.isCut ?? false);
    if (this.isHeard || end.isTold || end.problem) this.#comeBack(end);
    else if (next !== null && !this.open.has(next)) this.#check(rung, next);
    else if (this.open.size === 0) this.#comeBack(end);
  }

  /**
   * A transport failed at once: does the node answer at all? Then it gets another chance, and after that the next one.
   * @param {number} rung
   * @param {number} next
   */
  async #check(rung, next) {
    if (this.isChecked) return this.#openRung(next);
    this.isChecked = true;
    clearTimeout(this.trying);
    const { generation } = this;
    const answer = await ask(this.settings, nextRequest(this.place, this.wanted), this.history, 0);
    if (this.generation !== generation) return;
    if (answer.status === 200 || answer.status === 304) this.#openRung(rung);
    else this.#comeBack(endOf(answer));
  }

  /** @param {End} end */
  #comeBack({ delay, problem }) {
    this.#disconnect();
    this.#show({ connection: this.#missing(), problem: problem ?? null });
    // Longer each time, and spread, so that not all come back at once.
    const spread = 0.5 + Math.random();
    const longer = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this.failures++) * spread;
    this.returning = setTimeout(() => this.#connect(), problem ? REFUSED_DELAY * spread : delay ?? longer);
  }

  /** How it is while the server isn't heard. */
  #missing() {
    if (!navigator.onLine) return "offline";
    return this.state.connection === "connecting" ? "connecting" : "reconnecting";
  }

  /** Whatever it waits for, it waits no longer. */
  #hurry() {
    this.failures = 0;
    this.#connect();
  }

  /** The cursor can't be used: everything begins anew. */
  #forget() {
    const channels = [...(this.place?.channels ?? [])];
    this.place = null;
    this.told = null;
    this.taker.reset(channels);
  }

  /** @param {Partial<State>} change */
  #show(change) {
    const state = changed(this.state, change);
    if (state !== this.state) this.taker.state((this.state = state));
  }
}
