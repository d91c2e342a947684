/** Which events of log kinds are the same one, and which of two came later. */

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */

/**
 * A text that no other event of the same key has; null where it can't be told from others.
 * @param {TickerEvent} event of a log kind
 * @returns {string | null}
 */
export function identityOf(event) {
  switch (event.T) {
    case "t": return event.i == null ? null : `t ${event.i}`;
    case "c": return `c ${event.oi} ${event.ci}`;
    case "x": return `x ${event.i}`;
    case "b": return `b ${event.t}`;
    case "u": return `u ${event.t} ${event.c} ${event.v} ${event.n}`;
    case "play": return `play ${event.id} ${event.op ?? "upsert"} ${event.t} ${event.text}`;
    default: return null;
  }
}

/**
 * Whether an event's time is before another's: RFC 3339 in UTC, compared to the last digit.
 * @param {string} one
 * @param {string} other
 */
export function isBefore(one, other) {
  return one.slice(0, -1) < other.slice(0, -1);
}
