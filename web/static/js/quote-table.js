import { cellsOf } from "./cell.js";
import { flash } from "./flash.js";
import { beforePaint } from "./frame.js";
import { ageOf, lastPrice, quoteRow } from "./quote-row.js";

/** @typedef {{element: HTMLElement, cells: Record<string, import("./cell.js").Cell>, last: number | null}} Row */

const TEXTS = /** @type {const} */ (["name", "session", "change", "percent", "bid", "ask", "spread", "volume"]);

/** The rows that the server rendered, kept up to date: only rows that changed are looked at, once a frame. */
export class QuoteTable {
  /**
   * @param {HTMLElement} root what holds all rows
   * @param {import("./market.js").Market} market
   */
  constructor(root, market) {
    this.root = root;
    this.market = market;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** @type {Set<string>} */
    this.changed = new Set();
    this.paint = this.paint.bind(this);
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-symbol]"))) {
      const symbol = /** @type {string} */ (element.dataset.symbol);
      const last = lastPrice(market.held.quotes.get(symbol), market.held.trades.get(symbol));
      this.rows.set(symbol, { element, cells: cellsOf(element), last });
    }
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
      cells.age.show(age);
    }
  }

  /** @param {string} symbol */
  #paintRow(symbol) {
    const row = /** @type {Row} */ (this.rows.get(symbol));
    const { held } = this.market;
    const texts = quoteRow(symbol, held);
    const last = lastPrice(held.quotes.get(symbol), held.trades.get(symbol));
    for (const field of TEXTS) row.cells[field].show(texts[field]);
    if (row.element.dataset.direction !== texts.direction) row.element.dataset.direction = texts.direction;
    if (row.cells.last.show(texts.last) && last !== null && row.last !== null) {
      flash(row.cells.last.element, last > row.last ? "up" : "down");
    }
    row.last = last;
  }
}
