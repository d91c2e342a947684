/** How near the window's edge a dragged row scrolls the page, and how far at once, in pixels. */
const EDGE = 72;
const SCROLL = 16;

/** Lets the rows of a table be moved by their handles: dragged, or with the arrow keys. */
export class RowMoves {
  /**
   * @param {HTMLElement} body what holds the rows; each has a `[data-move]`
   * @param {(row: Element) => void} moved told when a row has a new place
   */
  constructor(body, moved) {
    this.body = body;
    this.moved = moved;
    /** @type {Element | null} */
    this.dragged = null;
    body.addEventListener("keydown", (event) => this.#press(event));
    body.addEventListener("pointerdown", (event) => this.#grab(event));
    body.addEventListener("pointermove", (event) => this.#drag(event));
    body.addEventListener("lostpointercapture", () => this.#drop());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const row = rowOf(event.target);
    const last = this.body.children.length - 1;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = [...this.body.children].indexOf(row);
    const wanted = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: last }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    const there = this.body.children[Math.max(0, Math.min(last, wanted))];
    if (there === row) return;
    bring(row, there);
    row.scrollIntoView({ block: "nearest" });
    this.moved(row);
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    const row = rowOf(event.target);
    if (!row || event.button !== 0) return;
    event.preventDefault();
    const handle = /** @type {HTMLElement} */ (event.target);
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    this.dragged = row;
    this.next = row.nextElementSibling;
    row.setAttribute("data-dragged", "");
  }

  /** @param {PointerEvent} event */
  #drag({ clientY }) {
    const row = this.dragged;
    if (!row) return;
    for (let above = row.previousElementSibling; above && clientY < middleOf(above); above = row.previousElementSibling) {
      bring(row, above);
    }
    for (let below = row.nextElementSibling; below && clientY > middleOf(below); below = row.nextElementSibling) {
      bring(row, below);
    }
    if (clientY < EDGE) scrollBy(0, -SCROLL);
    else if (clientY > innerHeight - EDGE) scrollBy(0, SCROLL);
  }

  #drop() {
    const row = this.dragged;
    this.dragged = null;
    row?.removeAttribute("data-dragged");
    if (row && row.nextElementSibling !== this.next) this.moved(row);
  }
}

/**
 * The row whose handle an event is about.
 * @param {EventTarget | null} target
 * @returns {Element | null}
 */
function rowOf(target) {
  return target instanceof Element && target.matches("[data-move]") ? target.closest("tr") : null;
}

/** @param {Element} row */
function middleOf(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}

/**
 * Bring a row to another's place, by moving what lies between: an element that is moved itself loses focus and pointer.
 * @param {Element} row
 * @param {Element} there
 */
function bring(row, there) {
  const isAbove = row.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_PRECEDING;
  for (;;) {
    const passed = isAbove ? row.previousElementSibling : row.nextElementSibling;
    if (!passed) return;
    if (isAbove) row.after(passed);
    else row.before(passed);
    if (passed === there) return;
  }
}
