/** The last hour of a symbol as a line. web/sparkline.py makes the same points of the same bars. */

import { beforePaint } from "./frame.js";
import { instantOf } from "./time.js";

const MINUTE = 60_000;
const MINUTES = 60;
const HEIGHT = 44;
const MARGIN = 2;

/** The lines in the rows of a table, of the bars that the market holds. */
export class Sparklines {
  /**
   * @param {ParentNode} root what holds all rows
   * @param {import("./market.js").Market} market
   */
  constructor(root, market) {
    this.root = root;
    this.market = market;
    /** @type {Set<string>} */
    this.changed = new Set();
    this.paint = this.paint.bind(this);
  }

  /** @param {string} symbol */
  note(symbol) {
    this.changed.add(symbol);
    beforePaint(this.paint);
  }

  paint() {
    for (const symbol of this.changed) {
      const line = this.root.querySelector(`[data-symbol="${CSS.escape(symbol)}"] polyline`);
      line?.setAttribute("points", pointsOf(this.market.last.bars.get(symbol) ?? []));
    }
    this.changed.clear();
  }
}

/**
 * A polyline's points, the newest bar at the right end; empty for fewer than two.
 * @param {import("./market.js").Event[]} bars
 * @returns {string}
 */
export function pointsOf(bars) {
  const all = new Map(bars.map((bar) => [Math.floor(instantOf(bar.t) / MINUTE), bar.c]));
  const first = Math.max(...all.keys()) - MINUTES + 1;
  const shown = [...all].filter(([minute]) => minute >= first).sort(([one], [other]) => one - other);
  if (shown.length < 2) return "";
  const closes = shown.map(([, close]) => close);
  const low = Math.min(...closes);
  const high = Math.max(...closes);
  return shown
    .map(([minute, close]) => {
      const depth = high > low ? (high - close) / (high - low) : 0.5;
      return `${minute - first},${Math.floor(depth * HEIGHT + MARGIN + 0.5)}`;
    })
    .join(" ");
}

/**
 * The bars that a page begins with, as far as a line needs them.
 * @param {Record<string, [number, ...(number | null)[]]>} closes of each symbol the first minute, then each minute's close
 * @returns {import("./market.js").Event[]}
 */
export function barsOf(closes) {
  return Object.entries(closes).flatMap(([symbol, [first, ...minutes]]) =>
    minutes.flatMap((close, index) => (close === null ? [] : [{ T: "b", S: symbol, t: timeOf(first + index), c: close }])),
  );
}

/** @param {number} minute */
const timeOf = (minute) => `${new Date(minute * MINUTE).toISOString().slice(0, 19)}Z`;
