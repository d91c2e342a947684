import { cellsOf } from "./cell.js";
import { UNKNOWN, formatNumber, formatSize } from "./format.js";
import { beforePaint } from "./frame.js";
import { light } from "./light.js";
import { ageOf, decimalsFor, lastPrice, quoteRow } from "./quote-row.js";

/** @typedef {import("./market.js").Market} Market */

/** `<ticker-symbol>`: what is known of one symbol, around what the server rendered of it. */
export class SymbolSummary extends HTMLElement {
  /**
   * @param {string} symbol
   * @param {Market} market
   */
  follow(symbol, market) {
    this.symbol = symbol;
    this.market = market;
    this.cells = cellsOf(this);
    this.unknown = /** @type {HTMLElement | null} */ (this.querySelector("[data-unknown]"));
    this.meter = /** @type {HTMLMeterElement} */ (this.querySelector("meter"));
    this.last = lastPrice(market.held.quotes.get(symbol), market.held.trades.get(symbol));
    this.paint = this.paint.bind(this);
  }

  /** Something of the symbol changed. */
  note() {
    beforePaint(this.paint);
  }

  paint() {
    const { symbol, market, cells } = this;
    if (!market || !symbol || !cells) return;
    const { held } = market;
    const texts = { ...quoteRow(symbol, held), ...dayTexts(symbol, held), ...sizeTexts(symbol, held) };
    const { direction, last: shown, place, ...others } = texts;
    for (const [field, text] of Object.entries(others)) cells[field]?.show(text);
    if (this.dataset.direction !== direction) this.dataset.direction = direction;
    if (this.meter) this.meter.value = place ?? 0;
    const last = lastPrice(held.quotes.get(symbol), held.trades.get(symbol));
    if (this.unknown && last !== null) this.unknown.hidden = true;
    if (cells.last.show(shown) && last !== null && this.last != null) {
      light(cells.last.element, last > this.last ? "up" : "down");
    }
    this.last = last;
    document.title = `${symbol} ${shown}: ticker`;
  }

  /**
   * Grey the price where it is older than its kind may be.
   * @param {{quotes: number, trades: number}} freshness seconds
   * @param {number} now milliseconds since 1970, by the server's clock
   */
  age(freshness, now) {
    if (!this.market || !this.symbol || !this.cells) return;
    const age = ageOf(this.symbol, this.market.held, freshness, now);
    this.toggleAttribute("data-aged", age !== "");
    this.cells.age.show(age);
  }
}

/**
 * The day's range, as `day_of` in web/symbol_page.py makes it.
 * @param {string} symbol
 * @param {Market["held"]} held
 */
function dayTexts(symbol, held) {
  const bar = held.daily_bars.get(symbol);
  const instrument = held.instruments.get(symbol);
  const decimals = decimalsFor(symbol, held);
  const exchange = [instrument?.exchange, instrument?.currency].filter(Boolean).join(" · ");
  const previous = formatNumber(instrument?.previous_close, decimals);
  if (!bar) return { open: UNKNOWN, low: UNKNOWN, high: UNKNOWN, previous, exchange, place: null };
  const last = lastPrice(held.quotes.get(symbol), held.trades.get(symbol));
  const low = last === null ? bar.l : Math.min(bar.l, last);
  const high = last === null ? bar.h : Math.max(bar.h, last);
  const place = last === null || !(high > low) || !Number.isFinite(high - low) ? null : Math.floor(((last - low) / (high - low)) * 100 + 0.5);
  const [open, ...ends] = [bar.o, low, high].map((price) => formatNumber(price, decimals));
  return { open, low: ends[0], high: ends[1], previous, exchange, place };
}

/**
 * @param {string} symbol
 * @param {Market["held"]} held
 */
function sizeTexts(symbol, held) {
  const quote = held.quotes.get(symbol);
  return { bidSize: quote ? formatSize(quote.bs) : UNKNOWN, askSize: quote ? formatSize(quote.as) : UNKNOWN };
}

customElements.define("ticker-symbol", SymbolSummary);
