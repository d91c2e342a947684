import { formatNumber, formatSize } from "./format.js";
import { beforePaint } from "./frame.js";
import { decimalsFor } from "./quote-row.js";
import { formatClock, instantOf } from "./time.js";

/** Trades that the table shows, as many as the server renders. */
const MOST = 30;

/** The last trades of one symbol, the newest first, as they were corrected. */
export class TradeTable {
  /**
   * @param {HTMLTableSectionElement} body
   * @param {string} symbol
   * @param {import("./market.js").Market} market
   */
  constructor(body, symbol, market) {
    this.body = body;
    this.symbol = symbol;
    this.market = market;
    this.paint = this.paint.bind(this);
    this.note();
  }

  /** Some trade came, or was corrected. */
  note() {
    beforePaint(this.paint);
  }

  paint() {
    const trades = (this.market.last.trades.get(this.symbol) ?? []).slice(-MOST).reverse();
    const decimals = decimalsFor(this.symbol, this.market.held);
    while (this.body.rows.length > trades.length) this.body.lastElementChild?.remove();
    trades.forEach((trade, number) => {
      const row = this.body.rows[number] ?? this.body.appendChild(blankRow());
      const [time, price, size] = row.cells;
      const shown = /** @type {HTMLTimeElement} */ (time.firstElementChild);
      shown.dateTime = trade.t;
      show(shown, formatClock(instantOf(trade.t)));
      row.toggleAttribute("data-corrected", Boolean(trade.isCorrected));
      show(price, formatNumber(trade.p, decimals) + (trade.isCorrected ? " corrected" : ""));
      show(size, formatSize(trade.s));
    });
  }
}

/** @returns {HTMLTableRowElement} */
function blankRow() {
  const row = document.createElement("tr");
  row.append(document.createElement("td"), document.createElement("td"), document.createElement("td"));
  row.cells[0].append(document.createElement("time"));
  return row;
}

/**
 * @param {Element} element
 * @param {string} text
 */
function show(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
