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

/** Of the URL's channels (three a symbol) a server takes 1,000. */
const SYMBOLS_PER_REQUEST = 300;
const DEFAULT_INTERVAL = 2;
const SHORTEST_INTERVAL = 1;
const LONGEST_DELAY = 60_000;
const TIMEOUT = 10_000;
/** A price older than this says its age. */
const FRESH = { quote: 60_000, trade: 300_000 };
const SYMBOL = /^[^\s,*\x00-\x1f]{1,64}$/;
const POLL = new URL("../../v1/poll", import.meta.url);
const UNKNOWN = "—";
const MINUS = "−";

const STYLE = `
  :host {
    --background: var(--ticker-background, #ffffff);
    --color: var(--ticker-color, #131722);
    --muted: var(--ticker-muted, #5d6675);
    --border: var(--ticker-border, #e1e5eb);
    --up: var(--ticker-up, #08795a);
    --down: var(--ticker-down, #bf1f38);
    --warning: var(--ticker-warning, #8f5200);
    display: inline-block;
    vertical-align: top;
    width: 272px;
    max-width: 100%;
  }
  :host([theme="dark"]) {
    --background: var(--ticker-background, #131722);
    --color: var(--ticker-color, #e6e9ef);
    --muted: var(--ticker-muted, #939cac);
    --border: var(--ticker-border, #2c3342);
    --up: var(--ticker-up, #2fcf94);
    --down: var(--ticker-down, #ff7381);
    --warning: var(--ticker-warning, #f3b65c);
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme="light"])) {
      --background: var(--ticker-background, #131722);
      --color: var(--ticker-color, #e6e9ef);
      --muted: var(--ticker-muted, #939cac);
      --border: var(--ticker-border, #2c3342);
      --up: var(--ticker-up, #2fcf94);
      --down: var(--ticker-down, #ff7381);
      --warning: var(--ticker-warning, #f3b65c);
    }
  }
  :host([hidden]) { display: none; }
  .card {
    box-sizing: border-box;
    padding: 12px 14px 10px;
    border: 1px solid var(--border);
    border-radius: var(--ticker-radius, 10px);
    background: var(--background);
    color: var(--color);
    font: 400 14px/1.35 var(--ticker-font, Inter, "Segoe UI", Roboto, "Helvetica Neue", Arial, system-ui, sans-serif);
    font-variant-numeric: tabular-nums;
    text-align: start;
  }
  .head, .price, .foot { display: flex; align-items: baseline; gap: 6px; min-width: 0; white-space: nowrap; }
  .symbol { flex: none; max-width: 100%; overflow: hidden; font-weight: 700; text-overflow: ellipsis; }
  .name { min-width: 0; overflow: hidden; color: var(--muted); font-size: 12px; text-overflow: ellipsis; }
  .price { height: 32px; margin-top: 2px; }
  .last { padding: 0 3px; margin: 0 -3px; border-radius: 4px; font-size: 20px; font-weight: 700; letter-spacing: -0.01em; }
  .moves { display: flex; gap: 6px; margin-inline-start: auto; color: var(--muted); font-size: 12.5px; font-weight: 600; }
  .card[data-direction="up"] .moves { color: var(--up); }
  .card[data-direction="down"] .moves { color: var(--down); }
  .card[data-direction="up"] .change::before { content: "▲ " / ""; font-size: 9px; }
  .card[data-direction="down"] .change::before { content: "▼ " / ""; font-size: 9px; }
  .foot { height: 18px; margin-top: 2px; color: var(--muted); font-size: 11px; }
  .as-of { overflow: hidden; text-overflow: ellipsis; }
  .badge { margin-inline-start: auto; padding: 0 6px; border-radius: 999px; font-weight: 600; }
  .badge:empty { display: none; }
  .badge { background: color-mix(in srgb, var(--warning) 16%, transparent); color: var(--warning); }
  :host([data-state="live"]) .badge { background: color-mix(in srgb, var(--muted) 16%, transparent); color: var(--muted); }
  :host(:is([data-state="stale"], [data-state="disconnected"])) :is(.last, .moves) { opacity: 0.55; }
  :host(:is([data-state="loading"], [data-state="unknown"], [data-state="invalid"])) .last { color: var(--muted); }
  @media (prefers-reduced-motion: no-preference) {
    .last[data-flash="up"] { animation: up 900ms ease-out; }
    .last[data-flash="up-again"] { animation: up-again 900ms ease-out; }
    .last[data-flash="down"] { animation: down 900ms ease-out; }
    .last[data-flash="down-again"] { animation: down-again 900ms ease-out; }
  }
  @keyframes up { from { background: color-mix(in srgb, var(--up) 22%, transparent); color: var(--up); } }
  @keyframes up-again { from { background: color-mix(in srgb, var(--up) 22%, transparent); color: var(--up); } }
  @keyframes down { from { background: color-mix(in srgb, var(--down) 22%, transparent); color: var(--down); } }
  @keyframes down-again { from { background: color-mix(in srgb, var(--down) 22%, transparent); color: var(--down); } }
`;

const MARKUP = `
  <div class="card" part="card">
    <div class="head">
      <span class="symbol" part="symbol"></span>
      <span class="name" part="name"></span>
    </div>
    <div class="price">
      <span class="last" part="last">${UNKNOWN}</span>
      <span class="moves"><span class="change" part="change"></span><span class="percent" part="percent"></span></span>
    </div>
    <div class="foot">
      <span class="as-of" part="as-of">Loading…</span>
      <span class="badge" part="badge"></span>
    </div>
  </div>
`;

/** @typedef {Record<string, any> & {T: string}} Event */
/** @typedef {{quote?: Event, trade?: Event, instrument?: Event}} Held what is known of one symbol */
/**
 * @typedef {object} Shown how the service is, as the elements say it
 * @property {string | null} problem what the service said that it won't do, if it did
 * @property {number} answeredAt when it last answered, in milliseconds since 1970; 0 for never
 * @property {boolean} isFailing whether the newest request failed
 * @property {number} offset the server's clock less this one, in milliseconds
 */

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

/**
 * @param {string} symbol
 * @param {Held | undefined} held
 * @param {Shown} shown
 */
function textsOf(symbol, held, shown) {
  const nothing = { symbol, name: "", last: UNKNOWN, change: "", percent: "", direction: "flat", badge: "", asOf: "" };
  const silence = shown.answeredAt ? Date.now() - shown.answeredAt : 0;
  const offline = !shown.isFailing ? "" : shown.answeredAt ? `Offline ${formatAge(silence)}` : "Offline";
  if (!SYMBOL.test(symbol)) {
    const asOf = symbol ? "Not a symbol" : "No symbol given";
    return { ...nothing, symbol: symbol || UNKNOWN, state: "invalid", asOf };
  }
  if (!held) {
    const asOf = shown.problem ?? (shown.isFailing ? "Not available at the moment" : "Loading…");
    return { ...nothing, state: shown.isFailing ? "disconnected" : "loading", asOf, badge: offline };
  }
  const { quote, trade, instrument } = held;
  const price = trade ?? quote;
  const last = lastOf(held);
  if (!price || last === null) {
    const asOf = instrument ? "No price yet" : "Unknown symbol";
    return { ...nothing, name: instrument?.name ?? "", state: "unknown", asOf, badge: offline };
  }
  const decimals = instrument?.decimals ?? Math.max(...[quote?.bp, quote?.ap, trade?.p].map(decimalsOf));
  const previous = instrument?.previous_close;
  const change = previous == null ? null : last - previous;
  const percent = change === null || !previous ? null : (change / Math.abs(previous)) * 100;
  const sign = change === null ? "" : signOf(change, decimals);
  const age = Date.now() + shown.offset - instantOf(price.t);
  const isClosed = instrument?.session === "closed";
  const isStale = !isClosed && age > (trade ? FRESH.trade : FRESH.quote);
  return {
    symbol,
    name: instrument?.name ?? "",
    last: formatNumber(last, decimals),
    change: change === null ? "" : sign + formatNumber(Math.abs(change), decimals),
    percent: percent === null ? "" : `${signOf(percent, 2)}${formatNumber(Math.abs(percent), 2)}%`,
    direction: sign === "+" ? "up" : sign ? "down" : "flat",
    asOf: `As of ${formatTime(instantOf(price.t))}`,
    state: offline ? "disconnected" : isStale ? "stale" : "live",
    badge: offline || (isStale ? `Stale ${formatAge(age)}` : isClosed ? "Closed" : ""),
  };
}

/**
 * The newest trade's price, or else the middle of the quote.
 * @param {Held} held
 * @returns {number | null}
 */
function lastOf({ quote, trade }) {
  if (trade) return trade.p;
  return quote ? (quote.bp + quote.ap) / 2 : null;
}

/* Texts */

/**
 * @param {number} value
 * @param {number} decimals
 * @returns {string}
 */
function formatNumber(value, decimals) {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (Math.abs(value) >= 1e15) return value.toExponential(2).replace("-", MINUS);
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * The sign of a number as it is written: none before a zero.
 * @param {number} change
 * @param {number} decimals
 * @returns {string}
 */
function signOf(change, decimals) {
  if (!/[1-9]/.test(formatNumber(change, decimals))) return "";
  return change > 0 ? "+" : MINUS;
}

/**
 * How many decimals write a price out, where the instrument doesn't say: from 2 to 8.
 * @param {number | undefined} value
 * @returns {number}
 */
function decimalsOf(value) {
  let decimals = 2;
  while (value !== undefined && decimals < 8 && Number(value.toFixed(decimals)) !== value) decimals += 1;
  return decimals;
}

/**
 * Milliseconds since 1970 of an event's time, RFC 3339 in UTC with up to nine decimals.
 * @param {string} time
 * @returns {number}
 */
function instantOf(time) {
  return Date.parse(`${time.slice(0, 19)}Z`) + Number(`0${time.slice(19, -1)}`) * 1000;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const DATED = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/**
 * The time in the viewer's zone, with the date unless it is about today.
 * @param {number} instant
 * @returns {string}
 */
function formatTime(instant) {
  return (Math.abs(Date.now() - instant) < 86_400_000 ? CLOCK : DATED).format(instant);
}

/**
 * `12 s`, `5 min`, `3 h`, `9 d`.
 * @param {number} milliseconds
 * @returns {string}
 */
function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

const poller = new Poller();
if (!customElements.get("ticker-quote")) customElements.define("ticker-quote", TickerQuote);
