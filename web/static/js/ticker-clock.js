import { clockText, runs, showsClock } from "./game-clock.js";
import { now } from "./page.js";
import { write } from "./repeat.js";

/** How often a clock that runs is looked at, in milliseconds. */
const TICK = 200;

/** A game's clock. It runs between two readings, for as long as the page hears of its game. */
export class TickerClock extends HTMLElement {
  /** @type {import("./market.js").Event | undefined} */
  #game;
  /** @type {{at: number, why: string} | null} since when nothing is heard, and why */
  #held = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  /** @param {import("./market.js").Event} game */
  show(game) {
    this.#game = game;
    this.#run();
  }

  /**
   * Stop where it is: what it does is unknown.
   * @param {number} at milliseconds since 1970, by the server's clock
   * @param {string} why for people; empty while nothing is to be said yet
   */
  hold(at, why) {
    this.#held = { at: this.#held?.at ?? at, why };
    this.#run();
  }

  /** Go on: the game is heard of again. */
  release() {
    this.#held = null;
    this.#run();
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
  }

  #run() {
    clearInterval(this.#ticking);
    const isRunning = this.#game !== undefined && !this.#held && runs(this.#game);
    if (isRunning) this.#ticking = setInterval(() => this.#paint(), TICK);
    this.toggleAttribute("data-runs", isRunning);
    this.#paint();
  }

  #paint() {
    const game = this.#game;
    if (!game) return;
    write(/** @type {Element} */ (this.querySelector("[data-field='clock']")), clockText(game, this.#held?.at ?? now()));
    write(/** @type {Element} */ (this.querySelector("[data-field='clock-note']")), this.#note(game));
  }

  /**
   * @param {import("./market.js").Event} game
   * @returns {string}
   */
  #note(game) {
    if (!showsClock(game)) return "";
    if (this.#held?.why && runs(game)) return this.#held.why;
    return runs(game) ? "" : "Stopped";
  }
}

customElements.define("ticker-clock", TickerClock);
