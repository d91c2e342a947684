/** One place in the page that holds one text, written only when the text differs. */
export class Cell {
  /** @param {Element} element what holds the text and nothing else */
  constructor(element) {
    this.element = element;
    this.node = element.firstChild ?? element.appendChild(document.createTextNode(""));
    this.text = this.node.nodeValue;
  }

  /**
   * @param {string} text
   * @returns {boolean} whether that was a change
   */
  show(text) {
    if (text === this.text) return false;
    this.text = this.node.nodeValue = text;
    return true;
  }
}

/**
 * The cells of all elements inside `root` that have a `data-field`, by its value.
 * @param {Element} root
 * @returns {Record<string, Cell>}
 */
export function cellsOf(root) {
  return Object.fromEntries(
    [...root.querySelectorAll("[data-field]")].map((element) => [element.getAttribute("data-field"), new Cell(element)]),
  );
}
