import { cellsOf } from "./cell.js";
import { beforePaint } from "./frame.js";
import { light } from "./light.js";
import { ageOf, lastPrice, quoteRow } from "./quote-row.js";

/** @typedef {{element: HTMLElement, cells: Record<string, import("./cell.js").Cell>, last: number | null}} Row */

/** A longer price is written smaller. */
const MOST_CHARACTERS = 9;

/** Elements with a `data-symbol` and a cell for each text they show: only those that changed are painted, once a frame. */
export class QuoteTable {
  /**
   * @param {ParentNode} root what holds the rows that the server rendered
   * @param {import("./market.js").Market} market
   */
  constructor(root, market) {
    this.market = market;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {Set<string>} */
    this.changed = new Set();
    this.paint = this.paint.bind(this);
    for (const row of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-symbol]"))) this.#take(row);
  }

  /** @param {HTMLElement} element a row without texts */
  add(element) {
    this.note(this.#take(element));
  }

  /** @param {string} symbol */
  remove(symbol) {
    this.rows.delete(symbol);
    this.changed.delete(symbol);
  }

  /** @param {string} symbol */
  note(symbol) {
    if (!this.rows.has(symbol)) return;
    this.changed.add(symbol);
    beforePaint(this.paint);
  }

  paint() {
    for (const symbol of this.changed) this.#paintRow(symbol);
    this.changed.clear();
  }

  /**
   * Grey the prices that are older than their kind may be.
   * @param {{quotes: number, trades: number}} freshness seconds
   * @param {number} now milliseconds since 1970, by the server's clock
   */
  age(freshness, now) {
    for (const [symbol, { element, cells }] of this.rows) {
      const age = ageOf(symbol, this.market.held, freshness, now);
      element.toggleAttribute("data-aged", age !== "");
      cells.age?.show(age);
    }
  }

  /**
   * @param {HTMLElement} element
   * @returns {string} its symbol
   */
  #take(element) {
    const symbol = /** @type {string} */ (element.dataset.symbol);
    const { quotes, trades } = this.market.held;
    this.rows.set(symbol, { element, cells: cellsOf(element), last: lastPrice(quotes.get(symbol), trades.get(symbol)) });
    return symbol;
  }

  /** @param {string} symbol */
  #paintRow(symbol) {
    const row = /** @type {Row} */ (this.rows.get(symbol));
    const { held } = this.market;
    const { last: price, direction, ...texts } = quoteRow(symbol, held);
    const last = lastPrice(held.quotes.get(symbol), held.trades.get(symbol));
    for (const [field, text] of Object.entries(texts)) row.cells[field]?.show(text);
    if (row.element.dataset.direction !== direction) row.element.dataset.direction = direction;
    if (row.cells.last.show(price)) {
      row.element.toggleAttribute("data-long", price.length > MOST_CHARACTERS);
      if (last !== null && row.last !== null) light(row.cells.last.element, last > row.last ? "up" : "down");
    }
    row.last = last;
  }
}
