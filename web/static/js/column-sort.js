import { keep, kept } from "./keeping.js";

/** How often rows may change places, in milliseconds. */
const PAUSE = 1_000;
const WAYS = /** @type {const} */ (["descending", "ascending"]);

/** @typedef {"ascending" | "descending"} Way */
/**
 * What is sorted.
 * @typedef {object} Rows
 * @property {(symbol: string, column: string) => string | number | null} valueOf
 * @property {() => string[]} ownOrder
 */

/** Sorts a table's rows by the column whose heading was pressed, and again while their values change. */
export class ColumnSort {
  /**
   * @param {HTMLElement} table
   * @param {Rows} rows
   * @param {(sentence: string) => void} say
   */
  constructor(table, rows, say) {
    /** @type {HTMLElement} */
    this.table = table;
    this.body = /** @type {HTMLElement} */ (table.querySelector("tbody"));
    this.rows = rows;
    this.say = say;
    /** @type {string} */
    this.column = "";
    /** @type {Way} */
    this.way = "descending";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.sortAgain = this.sortAgain.bind(this);
    for (const button of table.querySelectorAll("[data-sort]")) button.addEventListener("click", () => this.#press(button));
    const [column, way] = (kept("sort") ?? "").split(":");
    if (this.#heading(column)) this.#set(column, way === "ascending" ? "ascending" : "descending");
  }

  /** A value changed, or a row came. */
  note() {
    if (this.column) this.timer ??= setTimeout(this.sortAgain, PAUSE);
  }

  /** Rows are moved by hand from now on. */
  clear() {
    if (this.column) this.#set("", "descending");
  }

  /** Put the rows in order. */
  sort() {
    const order = this.rows.ownOrder();
    const values = new Map(order.map((symbol) => [symbol, this.column && this.rows.valueOf(symbol, this.column)]));
    const sign = this.way === "ascending" ? 1 : -1;
    const sorted = !this.column
      ? order
      : order.toSorted((one, other) => compare(values.get(one) ?? null, values.get(other) ?? null, sign));
    const rows = new Map([...this.body.children].map((row) => [row.getAttribute("data-symbol"), row]));
    let place = this.body.firstElementChild;
    for (const symbol of sorted) {
      const row = rows.get(symbol);
      if (!row) continue;
      if (row === place) place = place.nextElementSibling;
      else this.body.insertBefore(row, place);
    }
  }

  /** Rows don't move away under a pointer or a focus. */
  sortAgain() {
    this.timer = undefined;
    const isPointedAt = matchMedia("(hover: hover)").matches && this.body.matches(":hover");
    if (isPointedAt || this.body.contains(document.activeElement)) this.note();
    else this.sort();
  }

  /** @param {Element} button */
  #press(button) {
    const column = /** @type {string} */ (button.getAttribute("data-sort"));
    const ways = column === "symbol" ? WAYS.toReversed() : WAYS;
    const next = this.column === column ? ways[ways.indexOf(this.way) + 1] : ways[0];
    this.#set(next ? column : "", next ?? "descending");
    this.sort();
    this.say(next ? `Sorted by ${button.textContent}, ${next}` : "In your own order");
  }

  /**
   * @param {string} column
   * @param {Way} way
   */
  #set(column, way) {
    this.#heading(this.column)?.removeAttribute("aria-sort");
    this.#heading(column)?.setAttribute("aria-sort", way);
    this.column = column;
    this.way = way;
    keep("sort", column && `${column}:${way}`);
  }

  /** @param {string} column */
  #heading(column) {
    return column ? this.table.querySelector(`[data-sort="${CSS.escape(column)}"]`)?.closest("th") : null;
  }
}

/**
 * What has no value comes last, either way.
 * @param {string | number | null} one
 * @param {string | number | null} other
 * @param {number} sign
 * @returns {number}
 */
function compare(one, other, sign) {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return (one < other ? -1 : one > other ? 1 : 0) * sign;
}
