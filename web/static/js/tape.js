import { QuoteTable } from "./quote-table.js";

/** `<ticker-tape>`: prices that scroll by, without an end; they stop when the button says so. */
export class Tape extends HTMLElement {
  /** @param {import("./market.js").Market} market */
  follow(market) {
    const list = /** @type {HTMLElement} */ (this.querySelector("ul"));
    const copy = /** @type {HTMLElement} */ (list.cloneNode(true));
    copy.inert = true;
    copy.ariaHidden = "true";
    list.after(copy);
    this.lists = [...this.querySelectorAll("ul")].map((list) => new QuoteTable(list, market));
    const button = /** @type {HTMLElement} */ (this.querySelector("button"));
    button.addEventListener("click", () => {
      button.ariaPressed = String(this.toggleAttribute("data-paused"));
    });
    // A link that got the focus may have been scrolled to.
    this.addEventListener("focusout", () => this.querySelector(".tape-window")?.scrollTo(0, 0));
  }

  /** @returns {string[]} what scrolls by */
  get symbols() {
    return [...(this.lists?.[0].rows.keys() ?? [])];
  }

  /** @param {string} symbol */
  note(symbol) {
    for (const list of this.lists ?? []) list.note(symbol);
  }

  /**
   * @param {{quotes: number, trades: number}} freshness seconds
   * @param {number} now milliseconds since 1970, by the server's clock
   */
  age(freshness, now) {
    for (const list of this.lists ?? []) list.age(freshness, now);
  }
}

customElements.define("ticker-tape", Tape);
