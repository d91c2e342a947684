import { ColumnSort } from "./column-sort.js";
import { light } from "./light.js";
import { quoteNumbers, sessionOf } from "./quote-row.js";
import { QuoteTable } from "./quote-table.js";
import { RowMoves } from "./row-moves.js";
import { Sparklines } from "./sparkline.js";

/**
 * `<ticker-watchlist>`: the rows that the server rendered, and what the viewer does with them. It tells by the event
 * `symbols` that there are others, or in another order; the event's detail is the list.
 */
export class Watchlist extends HTMLElement {
  /** @type {string[]} in the viewer's own order, whatever the rows are sorted by */
  symbols = [];

  /**
   * @param {import("./market.js").Market} market
   * @param {(symbol: string) => string} link the address of a symbol's page
   */
  follow(market, link) {
    this.market = market;
    this.link = link;
    this.most = Number(this.dataset.most);
    this.body = /** @type {HTMLElement} */ (this.querySelector("tbody"));
    this.blank = /** @type {HTMLTemplateElement} */ (this.querySelector("template"));
    this.symbols = this.#shown();
    /** What keeps each symbol from being traded, as it was last known. */
    this.sessions = new Map(this.symbols.map((symbol) => [symbol, sessionOf(symbol, market.held)]));
    this.table = new QuoteTable(this.body, market);
    this.lines = new Sparklines(this.body, market);
    this.moves = new RowMoves(this.body, (row) => this.#moved(row));
    this.sort = new ColumnSort(
      /** @type {HTMLElement} */ (this.querySelector("[data-quotes]")),
      {
        ownOrder: () => this.symbols,
        valueOf: (symbol, column) =>
          column === "symbol"
            ? symbol
            : quoteNumbers(symbol, market.held)[/** @type {keyof import("./quote-row.js").QuoteNumbers} */ (column)],
      },
      (sentence) => this.#say(sentence),
    );
    this.sort.sort();
    this.body.addEventListener("click", ({ target }) => {
      if (target instanceof Element && target.matches("[data-remove]")) this.drop(symbolOf(target.closest("tr")));
    });
  }

  /**
   * Something changed in the market.
   * @param {import("./market.js").Kind} kind
   * @param {string} symbol
   */
  note(kind, symbol) {
    if (kind === "bars") {
      this.lines?.note(symbol);
    } else {
      this.table?.note(symbol);
      this.sort?.note();
      if (kind === "statuses" || kind === "instruments") this.#sayWhetherTraded(symbol);
    }
  }

  /**
   * Add a row, on top of the others.
   * @param {string} symbol
   */
  add(symbol) {
    const { body, blank, table, link } = this;
    if (!body || !blank || !table || !link) return;
    if (this.symbols.includes(symbol)) {
      this.#say(`${symbol} is in the list already`);
      const there = body.querySelector(`[data-symbol="${CSS.escape(symbol)}"]`);
      there?.scrollIntoView({ block: "nearest" });
      if (there) light(there, "score");
      return;
    }
    if (this.symbols.length >= (this.most ?? 0)) {
      this.#say(`The list is full: remove a symbol before you add ${symbol}`);
      return;
    }
    const row = /** @type {HTMLElement} */ (blank.content.querySelector("tr")?.cloneNode(true));
    row.dataset.symbol = symbol;
    const name = /** @type {HTMLAnchorElement} */ (row.querySelector(".symbol"));
    name.textContent = symbol;
    name.href = link(symbol);
    for (const button of row.querySelectorAll("button")) button.ariaLabel += symbol;
    body.prepend(row);
    table.add(row);
    table.paint();
    this.lines?.note(symbol);
    this.symbols = [symbol, ...this.symbols];
    this.sort?.sort();
    this.#changed(`${symbol} added`);
  }

  /**
   * Take a row out.
   * @param {string} symbol
   */
  drop(symbol) {
    const row = /** @type {HTMLElement | null} */ (this.body?.querySelector(`[data-symbol="${CSS.escape(symbol)}"]`));
    if (!row) return;
    if (row.contains(document.activeElement)) {
      const neighbour = row.nextElementSibling ?? row.previousElementSibling;
      /** @type {HTMLElement | null | undefined} */ (neighbour?.querySelector("[data-remove]"))?.focus();
    }
    row.remove();
    this.table?.remove(symbol);
    this.sessions?.delete(symbol);
    this.symbols = this.symbols.filter((other) => other !== symbol);
    this.#changed(`${symbol} removed`);
  }

  /**
   * Say when a symbol is halted, or its market closes or opens; not how it is when it is first heard of.
   * @param {string} symbol
   */
  #sayWhetherTraded(symbol) {
    if (!this.market || !this.sessions || !this.symbols.includes(symbol)) return;
    const { held } = this.market;
    // After a reset nothing is known for a moment.
    if (!held.statuses.has(symbol) && !held.instruments.has(symbol)) return;
    const session = sessionOf(symbol, held);
    const before = this.sessions.get(symbol);
    this.sessions.set(symbol, session);
    if (before !== undefined && before !== session) this.#say(`${symbol}: ${session || "Open"}`);
  }

  /** @param {Element} row */
  #moved(row) {
    this.sort?.clear();
    this.symbols = this.#shown();
    const symbol = symbolOf(row);
    this.#changed(`${symbol} is number ${this.symbols.indexOf(symbol) + 1} of ${this.symbols.length}`);
  }

  /** @param {string} sentence */
  #changed(sentence) {
    this.#say(sentence);
    /** @type {HTMLElement} */ (this.querySelector("[data-count]")).textContent = String(this.symbols.length);
    /** @type {HTMLElement} */ (this.querySelector("[data-empty]")).hidden = this.symbols.length > 0;
    this.dispatchEvent(new CustomEvent("symbols", { detail: this.symbols }));
  }

  /** @returns {string[]} */
  #shown() {
    return [...(this.body?.children ?? [])].map(symbolOf);
  }

  /** @param {string} sentence */
  #say(sentence) {
    /** @type {HTMLElement} */ (this.querySelector("[data-said]")).textContent = sentence;
  }
}

/**
 * @param {Element | null} row
 * @returns {string}
 */
function symbolOf(row) {
  return row?.getAttribute("data-symbol") ?? "";
}

customElements.define("ticker-watchlist", Watchlist);
