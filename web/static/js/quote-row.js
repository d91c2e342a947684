import {
  MINUS, UNKNOWN, capitalize, decimalsOf, formatAge, formatNumber, formatSigned, formatVolume, signOf,
} from "./format.js";
import { instantOf } from "./time.js";

/**
 * One symbol as texts.
 * @typedef {object} QuoteRow
 * @property {string} name
 * @property {string} session `Halted`, `Closed`, `Pre` or `Post`; empty while it is open
 * @property {string} last
 * @property {string} change
 * @property {string} percent
 * @property {"up" | "down" | "flat"} direction of the change since the previous close
 * @property {string} bid
 * @property {string} ask
 * @property {string} spread
 * @property {string} volume
 */
/** @typedef {Record<"last" | "change" | "percent" | "bid" | "ask" | "spread" | "volume", number | null>} QuoteNumbers */

/** Status codes of a halt or a pause: `H` and `P` on the UTP tape, `2` on the CTA's. */
const HALTED = new Set(["H", "P", "2"]);

/** In place of a name, where there is nothing of a symbol at all. */
const NOT_KNOWN = "Unknown symbol";

/**
 * The texts of a symbol, as `quote_row` in web/quote_rows.py makes them.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @returns {QuoteRow}
 */
export function quoteRow(symbol, held) {
  const { last, change, percent, bid, ask, spread, volume } = quoteNumbers(symbol, held);
  const decimals = decimalsFor(symbol, held);
  const sign = signOf(change, decimals);
  const instrument = held.instruments.get(symbol);
  const isKnown = instrument || volume !== null || last !== null;
  return {
    name: instrument ? instrument.name : isKnown ? "" : NOT_KNOWN,
    session: sessionOf(symbol, held),
    last: formatNumber(last, decimals),
    change: formatSigned(change, decimals),
    percent: percent === null ? UNKNOWN : `${formatSigned(percent, 2)}%`,
    direction: sign === "+" ? "up" : sign === MINUS ? "down" : "flat",
    bid: formatNumber(bid, decimals),
    ask: formatNumber(ask, decimals),
    spread: formatNumber(spread, decimals),
    volume: formatVolume(volume),
  };
}

/**
 * The numbers of a symbol: last is the newest trade's price, or else the middle of the quote.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @returns {QuoteNumbers}
 */
export function quoteNumbers(symbol, held) {
  const quote = held.quotes.get(symbol);
  const last = lastPrice(quote, held.trades.get(symbol));
  const previous = held.instruments.get(symbol)?.previous_close;
  const change = last === null || previous == null ? null : last - previous;
  return {
    last,
    change,
    percent: change === null || !previous ? null : (change / Math.abs(previous)) * 100,
    bid: quote?.bp ?? null,
    ask: quote?.ap ?? null,
    spread: quote ? quote.ap - quote.bp : null,
    volume: held.daily_bars.get(symbol)?.v ?? null,
  };
}

/**
 * How many decimals a symbol's prices are written with: as its instrument says, or as its prices need.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @returns {number}
 */
export function decimalsFor(symbol, held) {
  const quote = held.quotes.get(symbol);
  const prices = [quote?.bp, quote?.ap, held.trades.get(symbol)?.p];
  return held.instruments.get(symbol)?.decimals ?? Math.max(...prices.map((price) => decimalsOf(price)));
}

/**
 * What keeps a symbol from being traded as usual, if anything does.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @returns {string}
 */
export function sessionOf(symbol, held) {
  if (HALTED.has(held.statuses.get(symbol)?.sc)) return "Halted";
  const session = held.instruments.get(symbol)?.session;
  return !session || session === "open" ? "" : capitalize(session);
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
 * How old the price shown of a symbol is, where that is more than its kind's limit and its market isn't closed; empty
 * otherwise.
 * @param {string} symbol
 * @param {import("./market.js").Market["held"]} held
 * @param {{quotes: number, trades: number}} freshness seconds
 * @param {number} now milliseconds since 1970, by the server's clock
 * @returns {string}
 */
export function ageOf(symbol, held, freshness, now) {
  const trade = held.trades.get(symbol);
  const shown = trade ?? held.quotes.get(symbol);
  if (!shown || held.instruments.get(symbol)?.session === "closed") return "";
  const age = now - instantOf(shown.t);
  return age > (trade ? freshness.trades : freshness.quotes) * 1000 ? formatAge(age) : "";
}
