/**
 * One connection for all tabs of a browser. One tab leads: it holds the connection, for the channels of all, and tells
 * the others each step of the stream; they follow, and take in the same steps. When it closes, another goes on from the
 * step that all have taken in.
 */

import { electByLock, electByMessages } from "./election.js";
import { Lead } from "./lead.js";
import { MOST_CHANNELS } from "./request.js";
import { isSlowWhenHidden } from "./state.js";
import { Tabs } from "./tabs.js";
import { Watch } from "./watch.js";

/** How often a tab looks after the others. In a hidden tab it is once a minute at worst. */
const BEAT = 2_000;
/** How much time lies between two questions of a leader to all, at least: who is there? */
const ROUND = 5_000;
/** How long a tab that takes over waits for the others to say what they have. */
const TAKEOVER = 1_000;
/** Steps that are kept for one that takes over and has not had them. */
const MOST_RECENT = 20;

/** @typedef {import("./replica.js").Step} Step */
/** @typedef {import("./state.js").State} State */
/** @typedef {{leader: string, seq: number}} At whose steps a tab takes in, and how many it has */
/** @typedef {{type: string, from: string, to?: string, since: number} & Record<string, any>} Message */

export class Sharing {
  /**
   * @param {import("./transport.js").Settings & {transport: string}} settings
   * @param {import("./replica.js").Replica} replica
   * @param {(state: State | null) => void} told how the connection is; null when only this tab's part changed
   * @param {() => void} full there are too many channels for one connection
   */
  constructor(settings, replica, told, full) {
    this.settings = settings;
    this.replica = replica;
    this.told = told;
    this.full = full;
    this.id = Array.from(crypto.getRandomValues(new Uint32Array(3)), (number) => number.toString(36)).join("");
    const { base, mode, interval, transport } = settings;
    const name = `ticker 1 ${base.href} ${mode} ${interval} ${transport}`;
    /** @type {string | null} the tab that leads */
    this.leader = null;
    /** When it began to, milliseconds since 1970: of two that lead, the later one does. */
    this.since = 0;
    /** @type {At | null} */
    this.at = null;
    /** @type {Lead | null} */
    this.lead = null;
    this.isTaking = false;
    /** @type {State | null} */
    this.state = null;
    /** @type {Message[]} the last steps, from the one after the last tab that led began */
    this.recent = [];
    this.tabs = new Tabs();
    /** @type {Set<string>} of whom an answer is expected */
    this.unanswered = new Set();
    this.askedAt = Date.now();
    this.watch = new Watch();
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = ({ data }) => this.#receive(data);
    this.election = navigator.locks
      ? electByLock(navigator.locks, name, () => this.#take(), () => this.#stepDown())
      : electByMessages(this.id, (message) => this.#post(message), () => this.isLeading, () => this.#take());
    this.timer = setInterval(() => this.#beat(), BEAT);
    this.isOfHidden = false;
    this.want();
    this.election.start();
  }

  get isLeading() {
    return this.lead !== null;
  }

  /** The tab's subscriptions are others than before. */
  want() {
    if (this.lead) this.#plan();
    else this.#post({ type: "want", ...this.#wants() });
  }

  leave() {
    clearInterval(this.timer);
    this.isTaking = false;
    this.lead?.close();
    this.#post({ type: this.lead ? "left" : "bye" });
    this.lead = null;
    this.election.leave();
    this.channel.close();
  }

  #wants() {
    const { wanted, history } = this.replica;
    return { channels: [...wanted], history, lacking: this.replica.lacking(), at: this.at };
  }

  /** @param {{type: string} & Record<string, any>} message */
  #post(message) {
    this.channel.postMessage({ ...message, from: this.id, since: this.since, isHidden: document.hidden });
  }

  /* What every tab does */

  /** @param {Message} message */
  #receive(message) {
    if (message.to !== undefined && message.to !== this.id) return;
    this.election.heard(message);
    const { type, from } = message;
    if (type === "want") this.#admit(message);
    else if (type === "ping") this.lead && this.#post({ type: "pong", to: from });
    else if (type === "bye" || type === "left") this.#forget(from);
    else if (type === "takeover") this.#answer(message);
    else if (type === "answer") this.#answered(message);
    else if (type === "step") this.#step(message);
    else if (type !== "claim" && this.#isOfLeader(message)) this.#follow(message);
  }

  #beat() {
    if (this.lead) {
      if (Date.now() - this.askedAt < ROUND) return;
      this.askedAt = Date.now();
      for (const tab of this.tabs.next()) this.#forget(tab);
      this.#post({ type: "who", state: this.state });
      return;
    }
    const isSlow = this.isOfHidden && !document.hidden && isSlowWhenHidden(this.state);
    const next = isSlow ? "suspect" : this.watch.look(this.leader !== null);
    if (next === "ask") this.#post({ type: "ping" });
    if (next !== "suspect") return;
    this.watch.hear();
    this.election.suspect();
  }

  /**
   * Another tab is there, and wants something.
   * @param {Message} message
   */
  #admit({ from, channels, history, lacking, at }) {
    const { wanted } = this.replica;
    if (this.lead && this.tabs.union(wanted, from, channels).size > MOST_CHANNELS) {
      this.tabs.delete(from);
      this.#post({ type: "full", to: from });
      return this.#plan();
    }
    const isNew = this.tabs.set(from, channels, history);
    if (!this.lead) return;
    if (at?.leader !== this.id || (isNew && at?.seq !== this.at?.seq)) {
      this.#post({ type: "copy", to: from, seq: this.at?.seq, copy: this.replica.copy(), state: this.state });
    }
    this.#plan();
    this.lead.extend(lacking);
  }

  /** @param {string} tab that has gone */
  #forget(tab) {
    this.tabs.delete(tab);
    this.unanswered.delete(tab);
    if (tab === this.leader) this.leader = null;
    if (this.lead) this.#plan();
    else if (this.isTaking) this.#lookAround();
  }

  /* Following */

  /**
   * Whether a message is of the tab that leads.
   * @param {Message} message
   */
  #isOfLeader({ from, since, type, isHidden }) {
    if (from !== this.leader) {
      const isLater = since > this.since || (since === this.since && from > (this.lead ? this.id : this.leader ?? ""));
      if (!isLater) {
        // One that led, was thought gone and is back has to hear of it.
        if (this.lead) this.#post({ type: "who", state: this.state });
        return false;
      }
      if (this.lead) this.#stepDown();
      this.leader = from;
      this.since = since;
      if (type !== "lead" && type !== "copy") this.want();
    }
    this.watch.hear();
    this.isOfHidden = isHidden;
    return true;
  }

  /** @param {Message} message */
  #follow(message) {
    const { type, from, state } = message;
    if (state) this.#show(state);
    if (type === "who") this.want();
    else if (type === "full") this.full();
    else if (type === "lead") {
      const { at } = this;
      const isLevel = at && message.was && at.leader === message.was.leader && at.seq === message.was.seq;
      this.at = isLevel ? { leader: from, seq: 0 } : null;
      this.recent = [];
      this.want();
    } else if (type === "copy") {
      if (this.at?.leader === from && this.at.seq === message.seq) return;
      this.replica.become(message.copy);
      this.at = { leader: from, seq: message.seq };
      this.recent = [];
      if (this.replica.lacking().length > 0) this.want();
    }
  }

  /**
   * The next step: of the tab that leads, or of the last one that did.
   * @param {Message} message
   */
  #step(message) {
    if (!this.at || this.at.leader !== message.leader || message.seq <= this.at.seq) return;
    this.watch.hear();
    if (message.seq > this.at.seq + 1) {
      this.at = null;
      return this.want();
    }
    this.at = { leader: message.leader, seq: message.seq };
    this.recent = [...this.recent, message].slice(-MOST_RECENT);
    this.replica.apply(message.step, message.step.text ? JSON.parse(message.step.text) : []);
  }

  /**
   * A tab takes over: tell it what it has not had.
   * @param {Message} message
   */
  #answer({ from, since, at }) {
    if (this.lead) this.#stepDown();
    this.isTaking = false;
    this.leader = null;
    this.since = Math.max(this.since, since - 1);
    this.watch.hear();
    const isSame = at && this.at && at.leader === this.at.leader;
    const steps = isSame ? this.recent.filter(({ seq }) => seq > at.seq) : [];
    const copy = !at && this.at ? this.replica.copy() : null;
    this.#post({ type: "answer", to: from, ...this.#wants(), steps, copy });
  }

  /* Leading */

  /** This tab is to lead: first it hears what the others have. */
  #take() {
    if (this.lead || this.isTaking) return;
    this.isTaking = true;
    this.since = Math.max(Date.now(), this.since + 1);
    this.#post({ type: "takeover", at: this.at });
    this.unanswered = this.tabs.names;
    if (this.leader !== null) this.unanswered.delete(this.leader);
    setTimeout(() => this.isTaking && this.#begin(), TAKEOVER);
    this.#lookAround();
  }

  #lookAround() {
    if (this.isTaking && this.unanswered.size === 0) this.#begin();
  }

  /** @param {Message} message */
  #answered({ from, channels, history, steps, copy, at }) {
    this.tabs.set(from, channels, history);
    if (!this.isTaking) return this.lead ? this.#plan() : undefined;
    if (copy && !this.at) {
      this.replica.become(copy);
      this.at = at;
    }
    for (const step of steps) this.#step(step);
    this.unanswered.delete(from);
    this.#lookAround();
  }

  #begin() {
    this.isTaking = false;
    this.leader = this.id;
    this.#post({ type: "lead", was: this.at, state: this.state });
    this.at = { leader: this.id, seq: 0 };
    this.recent = [];
    this.replica.resume();
    this.lead = new Lead(this.settings, this.replica, (step, events) => this.#publish(step, events), (state) => {
      this.#show(state);
      this.#post({ type: "state", state });
    });
    this.lead.start(this.tabs.union(this.replica.wanted), this.#history());
    this.told(this.lead.connection.state);
    this.#plan();
  }

  /**
   * @param {Step} step
   * @param {import("./channels.js").TickerEvent[]} events
   */
  #publish(step, events) {
    const seq = (this.at?.seq ?? 0) + 1;
    this.at = { leader: this.id, seq };
    if (this.tabs.size === 0) return void (this.recent = []);
    const text = step.text ?? (events.length > 0 ? JSON.stringify(events) : undefined);
    const message = { type: "step", leader: this.id, seq, step: { ...step, text } };
    this.recent = [...this.recent, { ...message, from: this.id, since: this.since }].slice(-MOST_RECENT);
    this.#post(message);
  }

  /** See to it that the stream has what all tabs want, and no more. */
  #plan() {
    const union = this.tabs.union(this.replica.wanted);
    if (union.size > MOST_CHANNELS) return this.full();
    this.lead?.want(union, this.#history());
    this.replica.begin();
    this.lead?.extend(this.replica.lacking());
  }

  /** Another tab leads now. */
  #stepDown() {
    this.lead?.close();
    this.lead = null;
    this.isTaking = false;
    if (this.leader === this.id) this.leader = null;
    this.election.resign();
    this.told(null);
  }

  #history() {
    return Math.max(this.replica.history, this.tabs.history);
  }

  /** @param {State} state */
  #show(state) {
    if (JSON.stringify(state) === JSON.stringify(this.state)) return;
    this.state = state;
    this.told(state);
  }
}
