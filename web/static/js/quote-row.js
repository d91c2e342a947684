import { UNKNOWN, MINUS, capitalize, decimalsOf, formatNumber, formatSigned, formatVolume, signOf } from "./format.js";
import { instantOf } from "./time.js";

/**
 * One symbol as texts.
 * @typedef {object} QuoteRow
 * @property {string} name
 * @property {string} session
 * @property {string} last
 * @property {string} change
 * @property {string} percent
 * @property {"up" | "down" | "flat"} direction of the change since the previous close
 * @property {string} bid
 * @property {string} ask
 * @property {string} volume
 */

/**
 * The texts of a symbol, as `quote_row` in web/rendering.py makes them: last is the newest trade's price, or else the
 * middle of the quote.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @returns {QuoteRow}
 */
export function quoteRow(symbol, held) {
  const quote = held.quotes.get(symbol);
  const trade = held.trades.get(symbol);
  const instrument = held.instruments.get(symbol);
  const last = lastPrice(quote, trade);
  const previous = instrument?.previous_close;
  const decimals =
    instrument?.decimals ?? Math.max(decimalsOf(quote?.bp), decimalsOf(quote?.ap), decimalsOf(trade?.p));
  const change = last === null || previous == null ? null : last - previous;
  const sign = signOf(change, decimals);
  const percent = change === null || !previous ? null : (change / Math.abs(previous)) * 100;
  return {
    name: instrument?.name ?? "",
    session: !instrument?.session || instrument.session === "open" ? "" : capitalize(instrument.session),
    last: formatNumber(last, decimals),
    change: formatSigned(change, decimals),
    percent: percent === null ? UNKNOWN : `${formatSigned(percent, 2)}%`,
    direction: sign === "+" ? "up" : sign === MINUS ? "down" : "flat",
    bid: formatNumber(quote?.bp, decimals),
    ask: formatNumber(quote?.ap, decimals),
    volume: formatVolume(held.daily_bars.get(symbol)?.v),
  };
}

/**
 * @param {import("./market.js").Event | undefined} quote
 * @param {import("./market.js").Event | undefined} trade
 * @returns {number | null}
 */
export function lastPrice(quote, trade) {
  if (trade) return trade.p;
  return quote ? (quote.bp + quote.ap) / 2 : null;
}

/**
 * Whether the price shown of a symbol is older than its kind may be, though its market isn't closed.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @param {{quotes: number, trades: number}} freshness seconds
 * @param {number} now milliseconds since 1970, by the server's clock
 * @returns {boolean}
 */
export function isAged(symbol, held, freshness, now) {
  const trade = held.trades.get(symbol);
  const shown = trade ?? held.quotes.get(symbol);
  if (held.instruments.get(symbol)?.session === "closed") return false;
  return shown !== undefined && now - instantOf(shown.t) > (trade ? freshness.trades : freshness.quotes) * 1000;
}
