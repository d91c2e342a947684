/** The tab that holds the connection: what it hears is a step for all. */

import { Connection } from "./connection.js";
import { ask } from "./answer.js";
import { nextRequest } from "./request.js";

/** @typedef {import("./replica.js").Step} Step */
/** @typedef {import("./channels.js").TickerEvent} TickerEvent */

export class Lead {
  /**
   * @param {import("./transport.js").Settings & {transport: string}} settings
   * @param {import("./replica.js").Replica} replica
   * @param {(step: Step, events: TickerEvent[]) => void} publish told each step before it is taken in here
   * @param {(state: import("./state.js").State) => void} told
   */
  constructor(settings, replica, publish, told) {
    this.settings = settings;
    this.replica = replica;
    this.publish = publish;
    this.history = 0;
    /** @type {Set<string>} channels that are being fetched */
    this.fetching = new Set();
    this.connection = new Connection(settings, {
      events: (events, text, cursor, channels) => {
        this.#step({ is: "events", text, cursor, channels: channels && [...channels], history: this.history }, events);
      },
      reset: (channels) => this.#step({ is: "reset", channels }, []),
      gap: (channels) => this.#step({ is: "gap", channels }, []),
      state: told,
    });
  }

  /**
   * @param {ReadonlySet<string>} channels
   * @param {number} history
   */
  start(channels, history) {
    this.#deepen(history);
    this.connection.start(this.replica.place, channels, this.history);
  }

  /**
   * @param {ReadonlySet<string>} channels a new list
   * @param {number} history the most entries of a log key that anybody wants
   */
  want(channels, history) {
    this.#deepen(history);
    this.connection.want(channels, this.history);
  }

  /**
   * Have what channels held before the stream came to them.
   * @param {string[]} channels
   */
  async extend(channels) {
    const missing = channels.filter((channel) => !this.fetching.has(channel));
    if (missing.length === 0) return;
    for (const channel of missing) this.fetching.add(channel);
    const { history } = this;
    const { signal } = this.connection.listening;
    const answer = await ask(this.settings, nextRequest(null, new Set(missing)), history, 0, signal);
    for (const channel of missing) this.fetching.delete(channel);
    if (signal.aborted) return;
    // What can't be had is not waited for.
    this.#step({ is: "extend", channels: missing, history }, answer.status === 200 ? answer.body.events : []);
  }

  close() {
    this.connection.close();
  }

  /** @param {number} history */
  #deepen(history) {
    this.history = Math.max(this.history, history);
    this.replica.deepen(this.history);
  }

  /**
   * @param {Step} step
   * @param {TickerEvent[]} events
   */
  #step(step, events) {
    this.publish(step, events);
    this.replica.apply(step, events);
  }
}
