import { beforePaint } from "./frame.js";
import { MOST } from "./market.js";
import { playsByPeriod } from "./play-texts.js";
import { write } from "./repeat.js";

/** @typedef {import("./play-texts.js").PlayTexts} PlayTexts */
/** @typedef {import("./market.js").Event} Event */

/** How long it is marked what a correction changed, in milliseconds. */
export const MARKED = 60_000;
const TEXTS = /** @type {const} */ (["clock", "side", "text", "score"]);

/** A game's plays, the newest first. What was corrected or taken back is marked, with what had been said. */
export class TickerPlays extends HTMLElement {
  /** @type {Map<string, HTMLElement>} */
  #elements = new Map();
  /** @type {Map<string, PlayTexts>} what is shown, the oldest first */
  #shown = new Map();
  /** @type {Map<string, string>} what had been said of plays that were corrected just now */
  #before = new Map();
  /** @type {{game: Event, plays: Event[]} | undefined} */
  #next;
  /** Whether what comes next is a beginning, which corrects nothing. */
  #isBeginning = true;
  /** @type {(text: string) => void} */
  #say = () => {};

  /** @param {(text: string) => void} say for those who listen */
  speakBy(say) {
    this.#say = say;
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-play]"))) {
      this.#elements.set(/** @type {string} */ (element.dataset.play), element);
    }
  }

  /**
   * @param {Event} game
   * @param {Event[] | undefined} plays in order, with their corrections merged; undefined where none are known
   */
  show(game, plays) {
    this.#isBeginning ||= plays === undefined && this.#shown.size > 0;
    this.#next = { game, plays: plays ?? [] };
    beforePaint(this.#paint);
  }

  #paint = () => {
    if (!this.#next) return;
    const { game, plays } = this.#next;
    const periods = playsByPeriod(plays, game);
    const texts = new Map(periods.flatMap((period) => period.plays).map((play) => [play.id, play]));
    const shown = new Map(plays.map((play) => [/** @type {string} */ (play.id), /** @type {PlayTexts} */ (texts.get(play.id))]));
    if (!this.#isBeginning) this.#compare(shown);
    for (const [id, element] of this.#elements) {
      if (shown.has(id) || (!this.#isBeginning && element.classList.contains("is-removed"))) continue;
      element.remove();
      this.#elements.delete(id);
    }
    const isFirst = this.#isBeginning;
    this.#isBeginning = false;
    this.#shown = shown;
    this.#place(periods, isFirst);
  };

  /**
   * Mark and say what is other than it was.
   * @param {Map<string, PlayTexts>} next
   */
  #compare(next) {
    const dropped = this.#dropped(next);
    for (const [id, before] of this.#shown) {
      const after = next.get(id);
      if (!after && !dropped.has(id)) this.#takeBack(before);
      if (!after || TEXTS.every((field) => before[field] === after[field])) continue;
      this.#before.set(id, before.text === after.text ? [before.clock, before.score].join(" ").trim() : before.text);
      this.#later(() => this.#before.delete(id));
      this.#say(`Corrected: ${after.text}${after.score ? `, ${after.score}` : ""}. It had been: ${before.text}`);
    }
    for (const [id, play] of next) {
      if (!this.#shown.has(id) && play.score) this.#say(`${play.text}. ${play.score}`);
    }
  }

  /**
   * The oldest plays, which make room for new ones: nobody took them back.
   * @param {Map<string, PlayTexts>} next
   * @returns {Set<string>}
   */
  #dropped(next) {
    if (next.size < MOST.plays) return new Set();
    const ids = [...this.#shown.keys()];
    const first = ids.findIndex((id) => next.has(id));
    return new Set(first < 0 ? ids : ids.slice(0, first));
  }

  /** @param {PlayTexts} play */
  #takeBack(play) {
    this.#say(`Taken back: ${play.text}`);
    const element = this.#elements.get(play.id);
    if (!element) return;
    element.classList.add("is-removed");
    write(/** @type {Element} */ (element.querySelector("[data-field='note']")), "Taken back");
    this.#later(() => element.classList.remove("is-removed"));
  }

  /** @param {() => void} unmark */
  #later(unmark) {
    setTimeout(() => {
      unmark();
      beforePaint(this.#paint);
    }, MARKED);
  }

  /**
   * @param {import("./play-texts.js").PeriodOfPlays[]} periods
   * @param {boolean} isFirst
   */
  #place(periods, isFirst) {
    const all = /** @type {Element} */ (this.querySelector("[data-periods]"));
    let place = all.firstElementChild;
    for (const { key, name, plays } of periods) {
      const section = all.querySelector(`[data-period="${key}"]`) ?? sectionOf(key);
      write(/** @type {Element} */ (section.querySelector("h3")), name);
      if (section === place) place = place.nextElementSibling;
      else all.insertBefore(section, place);
      this.#placePlays(/** @type {Element} */ (section.querySelector("ol")), plays, isFirst);
    }
    for (const section of [...all.children].slice(periods.length)) {
      if (!section.querySelector(".play")) section.remove();
    }
    /** @type {HTMLElement} */ (this.querySelector("[data-no-plays]")).hidden = periods.length > 0;
  }

  /**
   * @param {Element} list
   * @param {PlayTexts[]} plays
   * @param {boolean} isFirst
   */
  #placePlays(list, plays, isFirst) {
    let place = list.firstElementChild;
    for (const play of plays) {
      while (place?.classList.contains("is-removed")) place = place.nextElementSibling;
      const element = this.#elements.get(play.id) ?? this.#add(play.id, isFirst);
      this.#write(element, play);
      if (element === place) place = place.nextElementSibling;
      else list.insertBefore(element, place);
    }
  }

  /**
   * @param {string} id
   * @param {boolean} isFirst
   * @returns {HTMLElement}
   */
  #add(id, isFirst) {
    const blank = /** @type {HTMLTemplateElement} */ (this.querySelector("template"));
    const element = /** @type {HTMLElement} */ (blank.content.children[0].cloneNode(true));
    element.dataset.play = id;
    element.classList.toggle("is-new", !isFirst);
    this.#elements.set(id, element);
    return element;
  }

  /**
   * @param {HTMLElement} element
   * @param {PlayTexts} play
   */
  #write(element, play) {
    const before = this.#before.get(play.id);
    const note = before === undefined ? play.note : `Corrected; it had been: ${before}`;
    for (const field of TEXTS) write(/** @type {Element} */ (element.querySelector(`[data-field='${field}']`)), play[field]);
    write(/** @type {Element} */ (element.querySelector("[data-field='note']")), note);
    element.classList.remove("is-removed");
    element.classList.toggle("is-score", play.score !== "");
    element.classList.toggle("is-corrected", before !== undefined);
  }
}

/**
 * @param {string} key
 * @returns {HTMLElement}
 */
function sectionOf(key) {
  const section = document.createElement("section");
  section.className = "plays-period";
  section.dataset.period = key;
  const head = section.appendChild(document.createElement("h3"));
  head.className = "plays-period-name";
  section.appendChild(document.createElement("ol")).className = "plays-list";
  return section;
}

customElements.define("ticker-plays", TickerPlays);
