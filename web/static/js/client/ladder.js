/** Which transport to use: the first of a list that is seen to work here. */

/** @typedef {"sse" | "long-poll" | "poll" | "ws"} TransportName */

/** @type {Record<string, TransportName[]>} what is tried, in this order */
const LADDERS = {
  auto: ["sse", "long-poll", "poll"], ws: ["ws", "sse", "long-poll", "poll"],
  sse: ["sse"], "long-poll": ["long-poll"], poll: ["poll"],
};
/** A connection that lived as long has seen a heartbeat: nothing on the way ends those that are quiet. */
const LIFE = 15_000;
/** After how many connections in a row that were cut before, the next transport is tried. */
const MOST_CUTS = 3;

/** The names that `connect` takes. */
export const TRANSPORTS = Object.keys(LADDERS);

export class Ladder {
  /**
   * @param {string} transport what was asked for
   * @param {string} memory the name under which it is remembered for the session what works
   */
  constructor(transport, memory) {
    this.names = LADDERS[transport];
    this.memory = memory;
    /** The one in use, or to begin with. */
    this.rung = Math.max(0, this.names.indexOf(/** @type {TransportName} */ (recall(memory))));
    /** Whether the one in use was heard the last time that it was opened. */
    this.isProven = false;
    this.cuts = 0;
  }

  get name() {
    return this.names[this.rung];
  }

  /**
   * @param {number} rung
   * @returns {number | null} the one to try after it
   */
  after(rung) {
    return rung + 1 < this.names.length ? rung + 1 : null;
  }

  /**
   * One was heard.
   * @param {number} rung
   * @returns {boolean} whether that is news
   */
  prove(rung) {
    if (this.isProven && rung === this.rung) return false;
    if (rung !== this.rung) this.cuts = 0;
    this.rung = rung;
    this.isProven = true;
    if (this.names.length > 1) remember(this.memory, this.name);
    return true;
  }

  /**
   * The one in use was heard, and then cut.
   * @param {number} lived milliseconds
   * @param {boolean} isCut whether waiting is known not to work
   */
  cut(lived, isCut) {
    this.cuts = lived < LIFE ? this.cuts + 1 : 0;
    const next = this.after(this.rung);
    if ((isCut || this.cuts >= MOST_CUTS) && next !== null) {
      this.rung = next;
      this.cuts = 0;
      this.isProven = false;
    }
  }
}

/** @param {string} name */
function recall(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null; // Storage is forbidden here.
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function remember(name, value) {
  try {
    sessionStorage.setItem(name, value);
  } catch {
    // It is found out again on the next page.
  }
}
