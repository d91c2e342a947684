/**
 * <ticker-quote symbol="AAPL">: one symbol's price, on anybody's page.
 *
 *   <script type="module" src="https://HOST/widgets/v1/ticker.js"></script>
 *   <ticker-quote symbol="AAPL" theme="auto" interval="2"></ticker-quote>
 *
 * Attributes: `symbol`; `theme` is `auto` (the default: as the viewer prefers), `light` or `dark`; `interval` is the
 * seconds between two looks (2 by default, 1 at least; of all the elements of a page the shortest counts).
 * Custom properties: --ticker-background, --ticker-color, --ticker-muted, --ticker-border, --ticker-up, --ticker-down,
 * --ticker-warning, --ticker-radius, --ticker-font. Parts: card, symbol, name, badge, last, change, percent, as-of.
 * The element says how it is in its attribute `data-state`: loading, live, stale, disconnected, unknown or invalid.
 *
 * All elements of a page share their requests, made where this script came from, and none are made while the page is
 * hidden.
 */

import { MARKUP, STYLE } from "./quote-look.js";
import { SYMBOL, lastOf, textsOf } from "./quote-text.js";

/** Of the URL's channels (three a symbol) a server takes 1,000. */
const SYMBOLS_PER_REQUEST = 300;
const DEFAULT_INTERVAL = 2;
const SHORTEST_INTERVAL = 1;
const LONGEST_DELAY = 60_000;
const TIMEOUT = 10_000;
const POLL = new URL("../../v1/poll", import.meta.url);

/** @typedef {import("./quote-text.js").Event} Event */
/** @typedef {import("./quote-text.js").Held} Held */
/** @typedef {import("./quote-text.js").Shown} Shown */

/* What the service says */

/** Looks after all elements of the page. */
class Poller {
  constructor() {
    /** @type {Set<TickerQuote>} */
    this.elements = new Set();
    /** @type {Map<string, Held>} */
    this.held = new Map();
    /** @type {Map<string, string>} the ETag of the newest answer of each address */
    this.tags = new Map();
    /** @type {Shown} */
    this.shown = { problem: null, answeredAt: 0, isFailing: false, offset: 0 };
    this.failures = 0;
    this.isAsking = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    document.addEventListener("visibilitychange", () => this.#plan(0));
    setInterval(() => this.show(), 1_000);
  }

  /** @param {TickerQuote} element new, or with another symbol or interval */
  add(element) {
    this.elements.add(element);
    element.show(this.held.get(element.symbol), this.shown);
    if (!this.held.has(element.symbol) || this.timer === undefined) this.#plan(0);
  }

  /** @param {TickerQuote} element */
  remove(element) {
    this.elements.delete(element);
  }

  show() {
    if (document.hidden) return;
    for (const element of this.elements) element.show(this.held.get(element.symbol), this.shown);
  }

  /** @param {number} delay milliseconds */
  #plan(delay) {
    clearTimeout(this.timer);
    if (!document.hidden && !this.isAsking) this.timer = setTimeout(() => this.#ask(), delay);
  }

  async #ask() {
    this.isAsking = true;
    this.timer = undefined;
    const symbols = new Set([...this.elements].map((element) => element.symbol).filter((symbol) => SYMBOL.test(symbol)));
    const sorted = [...symbols].sort();
    const addresses = [];
    for (let first = 0; first < sorted.length; first += SYMBOLS_PER_REQUEST) {
      addresses.push(addressOf(sorted.slice(first, first + SYMBOLS_PER_REQUEST)));
    }
    for (const known of this.tags.keys()) if (!addresses.includes(known)) this.tags.delete(known);
    for (const known of this.held.keys()) if (!symbols.has(known)) this.held.delete(known);
    try {
      for (const address of addresses) await this.#askOne(address);
      this.failures = 0;
      Object.assign(this.shown, { isFailing: false, problem: null, answeredAt: Date.now() });
    } catch (error) {
      this.failures += 1;
      this.shown.isFailing = true;
      this.shown.problem = error instanceof Refusal ? error.message : null;
    }
    this.isAsking = false;
    this.show();
    const isLate = [...this.elements].some((element) => SYMBOL.test(element.symbol) && !symbols.has(element.symbol));
    if (this.elements.size > 0) this.#plan(isLate && this.failures === 0 ? 0 : this.#delay());
  }

  /**
   * Ask, and take in what is new. The browser itself keeps the last answer and sends its ETag along (`no-cache`), so that
   * an unchanged one is a 304 on the wire; a header of ours would double the requests, each with a CORS preflight.
   * @param {string} address
   */
  async #askOne(address) {
    const answer = await fetch(address, {
      cache: "no-cache",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const date = Date.parse(answer.headers.get("Date") ?? "");
    if (date) this.shown.offset = date - Date.now();
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      throw new Refusal((await answer.json()).error.message);
    }
    if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
    const tag = answer.headers.get("ETag");
    if (tag && tag === this.tags.get(address)) return;
    this.#take(new URL(address).searchParams.get("quotes")?.split(",") ?? [], (await answer.json()).events);
    this.tags.set(address, tag ?? "");
  }

  /**
   * An answer holds all that is known of its symbols; of one whose newest trade was changed, the change alone.
   * @param {string[]} symbols
   * @param {Event[]} events
   */
  #take(symbols, events) {
    const before = new Map(symbols.map((symbol) => [symbol, this.held.get(symbol)?.trade]));
    for (const symbol of symbols) this.held.set(symbol, {});
    for (const event of events) {
      const held = this.held.get(event.S);
      const trade = before.get(event.S);
      if (!held) continue;
      if (event.T === "q") held.quote = event;
      else if (event.T === "t") held.trade = event;
      else if (event.T === "instrument") held.instrument = event;
      else if (event.T === "c" && trade) held.trade = trade.i === event.oi ? { ...trade, i: event.ci, p: event.cp } : trade;
      else if (event.T === "x" && trade && trade.i !== event.i) held.trade = trade;
    }
  }

  /** Milliseconds until the next look: longer after failures, and spread, so that not all pages ask at once. */
  #delay() {
    const interval = Math.min(...[...this.elements].map((element) => element.interval)) * 1_000;
    if (this.failures === 0) return interval * (0.95 + Math.random() / 10);
    return Math.min(LONGEST_DELAY, interval * 2 ** Math.min(this.failures, 10)) * (0.5 + Math.random() / 2);
  }
}

/** The service won't answer such a request, now or later. */
class Refusal extends Error {}

/**
 * @param {string[]} symbols
 * @returns {string}
 */
function addressOf(symbols) {
  const address = new URL(POLL);
  for (const kind of ["quotes", "trades", "instruments"]) address.searchParams.set(kind, symbols.join(","));
  return address.href;
}

/* What an element shows */

class TickerQuote extends HTMLElement {
  static observedAttributes = ["symbol", "interval"];
  static #sheet = new CSSStyleSheet();
  static {
    TickerQuote.#sheet.replaceSync(STYLE);
  }

  #internals = this.attachInternals();
  /** @type {number | null} */
  #last = null;
  #lastSymbol = "";

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [TickerQuote.#sheet];
    root.innerHTML = MARKUP;
    this.#internals.role = "group";
  }

  get symbol() {
    return (this.getAttribute("symbol") ?? "").trim();
  }

  /** Seconds between two looks. */
  get interval() {
    const seconds = Number(this.getAttribute("interval") ?? DEFAULT_INTERVAL);
    return Number.isFinite(seconds) ? Math.max(SHORTEST_INTERVAL, seconds) : DEFAULT_INTERVAL;
  }

  connectedCallback() {
    poller.add(this);
  }

  disconnectedCallback() {
    poller.remove(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) poller.add(this);
  }

  /**
   * @param {Held | undefined} held undefined where the service hasn't answered yet
   * @param {Shown} shown
   */
  show(held, shown) {
    const texts = textsOf(this.symbol, held, shown);
    const card = /** @type {HTMLElement} */ (this.#part("card"));
    if (this.dataset.state !== texts.state) this.dataset.state = texts.state;
    if (card.dataset.direction !== texts.direction) card.dataset.direction = texts.direction;
    this.#internals.ariaLabel = `${this.symbol} quote`;
    for (const part of /** @type {const} */ (["symbol", "name", "last", "change", "percent", "asOf", "badge"])) {
      const element = this.#part(part === "asOf" ? "as-of" : part);
      if (element.textContent !== texts[part]) element.textContent = texts[part];
    }
    const price = held ? lastOf(held) : null;
    if (this.#lastSymbol === this.symbol && price !== null && this.#last !== null && price !== this.#last) {
      const way = price > this.#last ? "up" : "down";
      const { dataset } = /** @type {HTMLElement} */ (this.#part("last"));
      dataset.flash = dataset.flash === way ? `${way}-again` : way;
    }
    this.#last = price;
    this.#lastSymbol = this.symbol;
  }

  /**
   * @param {string} name
   * @returns {Element}
   */
  #part(name) {
    return /** @type {Element} */ (this.shadowRoot?.querySelector(`.${name}`));
  }
}

const poller = new Poller();
if (!customElements.get("ticker-quote")) customElements.define("ticker-quote", TickerQuote);
