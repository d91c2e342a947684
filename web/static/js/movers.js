import { cellsOf } from "./cell.js";
import { MINUS, decimalsOf, formatNumber, formatSigned, formatVolume, signOf } from "./format.js";
import { repeat } from "./repeat.js";

/** How often they are asked for while the page is looked at, in milliseconds. */
const EVERY = 15_000;
const MOST = 5;

/**
 * @typedef {object} Mover
 * @property {string} symbol
 * @property {string} name
 * @property {number | null} decimals
 * @property {number} last
 * @property {number} change
 * @property {number} percent
 * @property {number | null} volume
 */

/** `<ticker-movers>`: what gained, lost and was traded most, around what the server rendered of it. */
export class Movers extends HTMLElement {
  /** @type {WeakMap<Element, Record<string, import("./cell.js").Cell>>} */
  cells = new WeakMap();
  tag = "";

  /** @param {(symbol: string) => string} link the address of a symbol's page */
  follow(link) {
    this.link = link;
    this.asked = Date.now();
    const ask = () => {
      if (document.visibilityState === "visible" && Date.now() - (this.asked ?? 0) >= EVERY) this.#ask();
    };
    setInterval(ask, EVERY);
    document.addEventListener("visibilitychange", ask);
  }

  async #ask() {
    this.asked = Date.now();
    try {
      const headers = this.tag ? { "If-None-Match": this.tag } : undefined;
      const answer = await fetch(`${this.dataset.address}?limit=${MOST}`, { headers, cache: "no-store" });
      if (answer.status !== 200) return;
      const movers = await answer.json();
      this.tag = answer.headers.get("ETag") ?? "";
      this.#show(movers);
    } catch {
      // The connection's state is said elsewhere, and the next time is near.
    }
  }

  /** @param {Record<string, Mover[]>} movers */
  #show(movers) {
    const blank = /** @type {HTMLTemplateElement} */ (this.querySelector("template"));
    const make = () => /** @type {Element} */ (blank.content.querySelector("li")?.cloneNode(true));
    for (const list of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-movers]"))) {
      const found = movers[list.dataset.movers ?? ""] ?? [];
      repeat(list, found.length, make).forEach((row, index) => this.#paint(row, found[index]));
    }
    this.hidden = Object.values(movers).every((found) => found.length === 0);
  }

  /**
   * @param {Element} row
   * @param {Mover} mover
   */
  #paint(row, mover) {
    const cells = this.cells.get(row) ?? cellsOf(row);
    this.cells.set(row, cells);
    const { direction, ...texts } = textsOf(mover);
    for (const [field, text] of Object.entries(texts)) cells[field].show(text);
    row.setAttribute("data-direction", direction);
    cells.symbol.element.setAttribute("href", this.link?.(mover.symbol) ?? "");
  }
}

/**
 * The texts of a mover, as web/mover_rows.py makes them.
 * @param {Mover} mover
 */
function textsOf({ symbol, name, decimals, last, change, percent, volume }) {
  const places = decimals ?? decimalsOf(last);
  const sign = signOf(change, places);
  return {
    symbol,
    name,
    last: formatNumber(last, places),
    percent: `${formatSigned(percent, 2)}%`,
    direction: sign === "+" ? "up" : sign === MINUS ? "down" : "flat",
    volume: `Vol ${formatVolume(volume)}`,
  };
}

customElements.define("ticker-movers", Movers);
