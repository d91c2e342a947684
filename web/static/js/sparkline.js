/** The last hour of a symbol as a line. web/sparkline.py makes the same path of the same bars. */

import { beforePaint } from "./frame.js";
import { instantOf } from "./time.js";

const MINUTE = 60_000;
const MINUTES = 60;
const HEIGHT = 44;
const MARGIN = 2;
/** Beyond it is no price. */
const LARGEST = 1e15;

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
      const line = this.root.querySelector(`[data-symbol="${CSS.escape(symbol)}"] path`);
      line?.setAttribute("d", lineOf(this.market.last.bars.get(symbol) ?? []));
    }
    this.changed.clear();
  }
}

/**
 * A path's data, the newest bar at the right end; empty for fewer than two.
 * @param {import("./market.js").Event[]} bars
 * @returns {string}
 */
export function lineOf(bars) {
  const possible = bars.filter((bar) => Math.abs(bar.c) < LARGEST && !Number.isNaN(instantOf(bar.t)));
  const all = new Map(possible.map((bar) => [Math.floor(instantOf(bar.t) / MINUTE), bar.c]));
  const first = Math.max(...all.keys()) - MINUTES + 1;
  const shown = [...all].filter(([minute]) => minute >= first).sort(([one], [other]) => one - other);
  if (shown.length < 2) return "";
  const closes = shown.map(([, close]) => close);
  const low = Math.min(...closes);
  const high = Math.max(...closes);
  let [x, y] = [0, 0];
  const steps = shown.map(([minute, close]) => {
    const depth = high > low ? (high - close) / (high - low) : 0.5;
    const [right, down] = [minute - first - x, Math.floor(depth * HEIGHT + MARGIN + 0.5) - y];
    [x, y] = [x + right, y + down];
    return `${right} ${down}`;
  });
  return `m${steps.join(" ")}`;
}

/**
 * The bars that a page begins with, as far as a line needs them.
 * @param {Record<string, [number, number, ...(number | null)[]]>} closes of each symbol as `compact` in
 *   web/sparkline.py makes them
 * @returns {import("./market.js").Event[]}
 */
export function barsOf(closes) {
  return Object.entries(closes).flatMap(([symbol, [first, decimals, ...changes]]) => {
    let ticks = 0;
    return changes.flatMap((change, index) => {
      if (change === null) return [];
      ticks += change;
      return [{ T: "b", S: symbol, t: timeOf(first + index), c: ticks / 10 ** decimals }];
    });
  });
}

/** @param {number} minute */
const timeOf = (minute) => `${new Date(minute * MINUTE).toISOString().slice(0, 19)}Z`;
