import { beforePaint } from "./frame.js";
import { basesOf, factsOf, fieldOf, numberText } from "./game-situation.js";
import { gameTexts, hasLinescore } from "./game-texts.js";
import { light } from "./light.js";
import { repeat, write } from "./repeat.js";
import { MARKED } from "./ticker-plays.js";

/** @typedef {import("./market.js").Event} Event */
/** @typedef {import("./game-texts.js").GameTexts} GameTexts */

/** A yard's place in the drawing of a football field, behind the first end zone. */
const END_ZONE = 10;
const OUTSIDE = "-9";

/** One game: who plays, the score by period, what is so right now, its clock and its plays. */
export class TickerGame extends HTMLElement {
  /** @type {Map<string, {score: number, was: string}>} by side: scores, and what they had been before a correction */
  #scores = new Map();
  /** @type {GameTexts | undefined} */
  #texts;
  /** @type {Event | undefined} */
  #game;
  #isGone = false;
  /** @type {string[]} */
  #sentences = [];

  /**
   * @template {Element} Found
   * @param {string} selector
   * @returns {Found}
   */
  #find(selector) {
    return /** @type {Found} */ (this.querySelector(selector));
  }

  get clock() {
    return /** @type {import("./ticker-clock.js").TickerClock} */ (this.#find("ticker-clock"));
  }

  get plays() {
    return /** @type {import("./ticker-plays.js").TickerPlays} */ (this.#find("ticker-plays"));
  }

  /**
   * Show the game that the market holds, from now on whenever it changes.
   * @param {string} id
   * @param {import("./market.js").Market} market
   */
  follow(id, market) {
    const plays = this.plays;
    plays.speakBy((text) => this.#say(text));
    const note = () => {
      const game = market.held.games.get(id);
      if (game) this.#take(game);
      else this.#lose();
      if (this.#game) plays.show(this.#game, market.last.plays.get(id));
    };
    market.watch((_kind, key) => {
      if (key === id) note();
    });
    note();
  }

  /**
   * Every event counts, also of those of one frame: a score that goes down in one of them was corrected.
   * @param {Event} game
   */
  #take(game) {
    for (const side of game.sides) {
      const known = this.#scores.get(side.id);
      if (side.score == null || known?.score === side.score) continue;
      const isLower = known !== undefined && side.score < known.score;
      this.#scores.set(side.id, { score: side.score, was: isLower ? numberText(known.score) : "" });
      if (!isLower) continue;
      this.#say(`Corrected: ${side.name || side.short || side.id} ${numberText(side.score)}, it had been ${numberText(known.score)}`);
      setTimeout(() => this.#unmark(side.id, side.score), MARKED);
    }
    this.#game = game;
    this.#isGone = false;
    this.clock.show(game);
    beforePaint(this.#paint);
  }

  /** The feed no longer has the game, or begins anew: what was last known stays, and is said to be that. */
  #lose() {
    this.#scores.clear();
    this.#isGone = true;
    if (this.#game) this.clock.show({ ...this.#game, clock: { ...this.#game.clock, running: false } });
    beforePaint(this.#paint);
  }

  /**
   * @param {string} id
   * @param {number} score
   */
  #unmark(id, score) {
    if (this.#scores.get(id)?.score === score) this.#scores.set(id, { score, was: "" });
    beforePaint(this.#paint);
  }

  #paint = () => {
    if (!this.#game) return;
    const texts = gameTexts(this.#game);
    const before = this.#texts;
    this.#texts = texts;
    const header = /** @type {HTMLElement} */ (this.#find(".game-header"));
    header.dataset.phase = texts.phase;
    header.dataset.group = texts.group;
    header.dataset.count = String(texts.sides.length);
    for (const field of /** @type {const} */ (["title", "badge", "headline", "about"])) {
      write(this.#find(`.game-header [data-field='${field}']`), texts[field]);
    }
    write(this.#find("[data-field='reason']"), this.#isGone ? "No longer in the feed" : texts.reason);
    this.#paintSides(texts, before);
    this.#paintLinescore(texts);
    this.#paintSituation(this.#game, texts);
    this.dispatchEvent(new CustomEvent("title", { detail: titleOf(texts) }));
    if (before && before.group !== "over" && texts.group === "over") {
      this.#say(`${texts.headline}: ${texts.sides.map((side) => `${side.name || side.abbreviation} ${side.score}`).join(", ")}`);
    }
  };

  /**
   * @param {GameTexts} texts
   * @param {GameTexts | undefined} before
   */
  #paintSides(texts, before) {
    const blank = /** @type {HTMLTemplateElement} */ (this.#find("#game-side"));
    const make = () => /** @type {Element} */ (blank.content.children[0].cloneNode(true));
    repeat(this.#find("[data-sides]"), texts.sides.length, make).forEach((element, index) => {
      const side = texts.sides[index];
      const cell = (/** @type {string} */ field) => /** @type {HTMLElement} */ (element.querySelector(`[data-field='${field}']`));
      element.setAttribute("data-side", side.id);
      element.classList.toggle("is-winner", side.isWinner);
      element.classList.toggle("has-ball", side.ball !== "");
      paintFill(element.querySelector("rect"), side.color);
      for (const field of /** @type {const} */ (["abbreviation", "name", "details", "ball"])) write(cell(field), side[field]);
      const timeouts = cell("timeouts");
      timeouts.hidden = side.timeouts === null;
      write(timeouts, String(side.timeouts ?? ""));
      const was = this.#scores.get(side.id)?.was;
      write(cell("corrected"), was ? `Corrected, was ${was}` : "");
      const isSame = before?.sides[index]?.id === side.id;
      if (write(cell("score"), side.score) && isSame) light(cell("score"), "score");
    });
  }

  /** @param {GameTexts} texts */
  #paintLinescore(texts) {
    const columns = texts.periods.length + texts.totals.length;
    const headed = [...texts.periods, ...texts.totals];
    const head = () => Object.assign(document.createElement("th"), { scope: "col" });
    repeat(this.#find("[data-heads]"), columns, head, 1).forEach((element, index) => {
      write(element, headed[index]);
      element.classList.toggle("linescore-total", index >= texts.periods.length);
    });
    const rows = repeat(this.#find("[data-rows]"), texts.sides.length, () => {
      const row = document.createElement("tr");
      const name = Object.assign(document.createElement("th"), { scope: "row", className: "linescore-side" });
      row.append(name);
      return row;
    });
    rows.forEach((row, index) => {
      const side = texts.sides[index];
      row.classList.toggle("is-winner", side.isWinner);
      write(row.children[0], side.abbreviation);
      const values = [...side.periods, ...side.totals];
      repeat(row, columns, () => document.createElement("td"), 1).forEach((cell, place) => {
        write(cell, values[place]);
        cell.classList.toggle("linescore-total", place >= side.periods.length);
      });
    });
    /** @type {HTMLElement} */ (this.#find("[data-linescore]")).hidden = !hasLinescore(texts);
  }

  /**
   * @param {Event} game
   * @param {GameTexts} texts
   */
  #paintSituation(game, texts) {
    const facts = factsOf(game);
    const bases = basesOf(game);
    const marks = fieldOf(game);
    repeat(this.#find("[data-facts]"), facts.length, () => {
      const fact = Object.assign(document.createElement("div"), { className: "fact" });
      fact.append(document.createElement("dt"), document.createElement("dd"));
      return fact;
    }).forEach((element, index) => {
      element.setAttribute("data-fact", facts[index].key);
      write(element.children[0], facts[index].label);
      write(element.children[1], facts[index].text);
    });
    this.#find("[data-bases]").toggleAttribute("hidden", !bases);
    this.querySelectorAll(".base").forEach((base, index) => base.classList.toggle("is-taken", Boolean(bases?.[index])));
    this.#find("[data-field-marks]").toggleAttribute("hidden", !marks);
    this.#find("[data-mark='ball']").setAttribute("cx", marks ? String(marks.ball + END_ZONE) : OUTSIDE);
    this.#find("[data-mark='line']").setAttribute("x", marks?.line == null ? OUTSIDE : String(marks.line + END_ZONE - 0.4));
    this.querySelectorAll("[data-end]").forEach((end, index) => {
      const side = texts.sides.length === 2 ? texts.sides[index] : undefined;
      paintFill(end.children[0], side?.color ?? "");
      write(end.children[1], side?.abbreviation ?? "");
    });
    this.#find("[data-situation]").toggleAttribute("hidden", facts.length === 0 && !bases && !marks);
  }

  /**
   * Say something to those who listen, all that is to be said in one frame together.
   * @param {string} text
   */
  #say(text) {
    this.#sentences.push(text);
    beforePaint(this.#speak);
  }

  #speak = () => {
    this.#find("[data-spoken]").textContent = this.#sentences.splice(0).join(". ");
  };
}

/**
 * The score as a tab's title says it.
 * @param {GameTexts} texts
 * @returns {string}
 */
function titleOf({ sides, headline, title }) {
  const scores = sides.length === 2 ? sides.map((side) => `${side.abbreviation} ${side.score}`.trim()).join(", ") : title;
  return `${scores} · ${headline}`;
}

/**
 * @param {Element | null} element
 * @param {string} color empty for that of the style sheet
 */
function paintFill(element, color) {
  if (color) element?.setAttribute("fill", color);
  else element?.removeAttribute("fill");
}

customElements.define("ticker-game", TickerGame);
