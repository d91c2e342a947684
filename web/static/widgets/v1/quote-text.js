/** What a quote says on anybody's page: the texts of one symbol. */

/** A price older than this says its age. */
const FRESH = { quote: 60_000, trade: 300_000 };
export const SYMBOL = /^[^\s,*\x00-\x1f]{1,64}$/;
const UNKNOWN = "—";
const MINUS = "−";

/** @typedef {Record<string, any> & {T: string}} Event */
/** @typedef {{quote?: Event, trade?: Event, instrument?: Event}} Held what is known of one symbol */
/**
 * @typedef {object} Shown how the service is, as the elements say it
 * @property {string | null} problem what the service said that it won't do, if it did
 * @property {number} answeredAt when it last answered, in milliseconds since 1970; 0 for never
 * @property {boolean} isFailing whether the newest request failed
 * @property {number} offset the server's clock less this one, in milliseconds
 */

/**
 * @param {string} symbol
 * @param {Held | undefined} held
 * @param {Shown} shown
 */
export function textsOf(symbol, held, shown) {
  const nothing = { symbol, name: "", last: UNKNOWN, change: "", percent: "", direction: "flat", badge: "", asOf: "" };
  const silence = shown.answeredAt ? Date.now() - shown.answeredAt : 0;
  const offline = !shown.isFailing ? "" : shown.answeredAt ? `Offline ${formatAge(silence)}` : "Offline";
  if (!SYMBOL.test(symbol)) {
    const asOf = symbol ? "Not a symbol" : "No symbol given";
    return { ...nothing, symbol: symbol || UNKNOWN, state: "invalid", asOf };
  }
  if (!held) {
    const asOf = shown.problem ?? (shown.isFailing ? "Not available at the moment" : "Loading…");
    return { ...nothing, state: shown.isFailing ? "disconnected" : "loading", asOf, badge: offline };
  }
  const { quote, trade, instrument } = held;
  const price = trade ?? quote;
  const last = lastOf(held);
  if (!price || last === null) {
    const asOf = instrument ? "No price yet" : "Unknown symbol";
    return { ...nothing, name: instrument?.name ?? "", state: "unknown", asOf, badge: offline };
  }
  const decimals = instrument?.decimals ?? Math.max(...[quote?.bp, quote?.ap, trade?.p].map(decimalsOf));
  const previous = instrument?.previous_close;
  const change = previous == null ? null : last - previous;
  const percent = change === null || !previous ? null : (change / Math.abs(previous)) * 100;
  const sign = change === null ? "" : signOf(change, decimals);
  const age = Date.now() + shown.offset - instantOf(price.t);
  const isClosed = instrument?.session === "closed";
  const isStale = !isClosed && age > (trade ? FRESH.trade : FRESH.quote);
  return {
    symbol,
    name: instrument?.name ?? "",
    last: formatNumber(last, decimals),
    change: change === null ? "" : sign + formatNumber(Math.abs(change), decimals),
    percent: percent === null ? "" : `${signOf(percent, 2)}${formatNumber(Math.abs(percent), 2)}%`,
    direction: sign === "+" ? "up" : sign ? "down" : "flat",
    asOf: `As of ${formatTime(instantOf(price.t))}`,
    state: offline ? "disconnected" : isStale ? "stale" : "live",
    badge: offline || (isStale ? `Stale ${formatAge(age)}` : isClosed ? "Closed" : ""),
  };
}

/**
 * The newest trade's price, or else the middle of the quote.
 * @param {Held} held
 * @returns {number | null}
 */
export function lastOf({ quote, trade }) {
  if (trade) return trade.p;
  return quote ? (quote.bp + quote.ap) / 2 : null;
}

/* Texts */

/**
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
function formatNumber(value, decimals) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (Math.abs(value) >= 1e15) return value.toExponential(2).replace("-", MINUS);
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * The sign of a number as it is written: none before a zero.
 * @param {number} change
 * @param {number} decimals
 * @returns {string}
 */
function signOf(change, decimals) {
  if (!/[1-9]/.test(formatNumber(change, decimals))) return "";
  return change > 0 ? "+" : MINUS;
}

/**
 * How many decimals write a price out, where the instrument doesn't say: from 2 to 8.
 * @param {number | undefined} value
 * @returns {number}
 */
function decimalsOf(value) {
  let decimals = 2;
  while (value !== undefined && decimals < 8 && Number(value.toFixed(decimals)) !== value) decimals += 1;
  return decimals;
}

/**
 * Milliseconds since 1970 of an event's time, RFC 3339 in UTC with up to nine decimals.
 * @param {string} time
 * @returns {number}
 */
export function instantOf(time) {
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(`0${time.slice(19, -1)}`) * 1000;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const DATED = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * The time in the viewer's zone, with the date unless it is about today.
 * @param {number} instant
 * @returns {string}
 */
function formatTime(instant) {
  return (Math.abs(Date.now() - instant) < 86_400_000 ? CLOCK : DATED).format(instant);
}

/**
 * `12 s`, `5 min`, `3 h`, `9 d`.
 * @param {number} milliseconds
 * @returns {string}
 */
function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
