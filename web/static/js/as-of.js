import { Cell } from "./cell.js";
import { beforePaint } from "./frame.js";
import { formatClock, instantOf } from "./time.js";

/** The time of the newest price shown: the data's own, not the clock's. */
export class AsOf {
  /** @param {HTMLTimeElement} element with the time when the page was made */
  constructor(element) {
    this.cell = new Cell(element);
    this.newest = (element.dateTime && instantOf(element.dateTime)) || 0;
    this.paint = this.paint.bind(this);
    this.paint();
  }

  /** @param {string} time of an event */
  note(time) {
    const instant = instantOf(time);
    if (!(instant > this.newest)) return;
    this.newest = instant;
    beforePaint(this.paint);
  }

  paint() {
    if (this.newest) this.cell.show(formatClock(this.newest));
  }
}
