import { beforePaint } from "./frame.js";
import { decimalsFor } from "./quote-row.js";
import { instantOf } from "./time.js";

/** Where the node has the library, if it was there when the node was built. */
const LIBRARY = new URL("../vendor/lightweight-charts.mjs", import.meta.url).href;

/** From so many bars on, all of them are fitted into the width; fewer would be blocks. */
const FITTING = 60;

/** @typedef {import("./market.js").Event} Event */
/** @typedef {"candles" | "line"} ChartKind */

/**
 * `<ticker-chart>`: a symbol's minutes as candles or as a line, and the one being traded now.
 *
 * Where the library isn't there, or doesn't load, the server's line stays and is drawn on.
 */
export class Chart extends HTMLElement {
  /**
   * @param {string} symbol
   * @param {import("./market.js").Market} market
   */
  follow(symbol, market) {
    this.symbol = symbol;
    this.market = market;
    /** @type {ChartKind} */
    this.kind = "candles";
    this.paint = this.paint.bind(this);
    this.line = /** @type {SVGElement} */ (this.querySelector("polyline"));
    this.empty = /** @type {HTMLElement} */ (this.querySelector(".chart-empty"));
    this.#load();
    this.note();
  }

  /** Some bar or trade came. */
  note() {
    beforePaint(this.paint);
  }

  async #load() {
    try {
      this.library = await import(LIBRARY);
    } catch {
      return;
    }
    const kinds = /** @type {HTMLElement} */ (document.querySelector("[data-chart-kinds]"));
    const attribution = /** @type {HTMLElement} */ (document.querySelector("[data-chart-attribution]"));
    kinds.hidden = attribution.hidden = false;
    kinds.addEventListener("click", ({ target }) => {
      const kind = /** @type {HTMLElement} */ (target).dataset.chart;
      if (kind) this.#choose(/** @type {ChartKind} */ (kind), kinds);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#colour());
    new MutationObserver(() => this.#colour()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.dataset.loaded = "";
    this.chart = this.library.createChart(this, {
      autoSize: true,
      localization: { timeFormatter: (/** @type {number} */ time) => CLOCK.format(time * 1000) },
      timeScale: { timeVisible: true, secondsVisible: false, barSpacing: 8, rightOffset: 4, tickMarkFormatter: tickOf },
      layout: { attributionLogo: false },
    });
    this.volumes = this.chart.addSeries(this.library.HistogramSeries, {
      priceScaleId: "", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false,
    });
    this.volumes.priceScale().applyOptions({ scaleMargins: { top: 0.86, bottom: 0 } });
    this.#choose("candles", kinds);
  }

  /**
   * @param {ChartKind} kind
   * @param {HTMLElement} kinds the buttons
   */
  #choose(kind, kinds) {
    this.kind = kind;
    for (const button of kinds.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.chart === kind));
    }
    if (this.series) this.chart.removeSeries(this.series);
    const { CandlestickSeries, LineSeries } = /** @type {any} */ (this.library);
    this.series = this.chart.addSeries(kind === "candles" ? CandlestickSeries : LineSeries);
    this.shown = undefined;
    this.#colour();
    this.paint();
    if ((this.market?.last.bars.get(this.symbol ?? "")?.length ?? 0) >= FITTING) this.chart.timeScale().fitContent();
  }

  #colour() {
    if (!this.chart) return;
    const colour = (/** @type {string} */ name) => resolved(this, name);
    const [text, grid, up, down, accent, volume] =
      ["--text-muted", "--line", "--up", "--down", "--accent", "--line-strong"].map(colour);
    this.chart.applyOptions({
      layout: { background: { color: "transparent" }, textColor: text, fontFamily: getComputedStyle(this).fontFamily },
      grid: { vertLines: { color: grid }, horzLines: { color: grid } },
      timeScale: { borderColor: grid },
      rightPriceScale: { borderColor: grid },
    });
    this.volumes.applyOptions({ color: volume });
    const candles = { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false };
    this.series?.applyOptions(this.kind === "candles" ? candles : { color: accent, lineWidth: 2 });
  }

  paint() {
    const { symbol, market } = this;
    if (!symbol || !market) return;
    const ended = market.last.bars.get(symbol) ?? [];
    this.now = minuteOf(ended.at(-1), market.last.trades.get(symbol) ?? [], this.now);
    // An event may be of a moment that never was.
    const bars = (this.now ? [...ended, this.now] : ended).filter(({ t }) => !Number.isNaN(instantOf(t)));
    if (this.empty) this.empty.hidden = bars.length > 0;
    if (!this.series) {
      this.line?.setAttribute("points", pointsOf(bars.map((bar) => bar.c)));
      return;
    }
    const decimals = decimalsFor(symbol, market.held);
    if (decimals !== this.decimals) {
      /** @type {number | undefined} */
      this.decimals = decimals;
      this.series.applyOptions({ priceFormat: { type: "price", precision: decimals, minMove: 10 ** -decimals } });
    }
    // All of it, where more than the last one is other than it was; a chart moves its own last one cheaply.
    const points = bars.map((bar) => pointOf(bar, this.kind ?? "candles"));
    const isLonger = this.shown && bars.length >= this.shown.length && bars.length - this.shown.length <= 1;
    const known = isLonger ? this.shown?.slice(0, -1) : undefined;
    const volumes = bars.map(({ t, v }) => ({ time: instantOf(t) / 1000, value: v ?? 0 }));
    if (known && known.every((bar, number) => isSame(bar, bars[number]))) {
      for (const point of points.slice(known.length)) this.series.update(point);
      for (const volume of volumes.slice(known.length)) this.volumes.update(volume);
    } else {
      this.series.setData(points);
      this.volumes.setData(volumes);
    }
    this.shown = bars;
  }
}

const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/**
 * A mark on the time axis, in the viewer's zone: of the library's kinds, those up to 2 are dates.
 * @param {number} time seconds since 1970
 * @param {number} kind
 */
function tickOf(time, kind) {
  return (kind <= 2 ? DATE : HOUR).format(time * 1000);
}

/**
 * The minute being traded, where its bar hasn't come: of trades only the last are held, so it goes on from what it was.
 * @param {Event | undefined} last the last bar
 * @param {Event[]} trades in order
 * @param {Event | undefined} before what it was
 * @returns {Event | undefined}
 */
function minuteOf(last, trades, before) {
  const newest = trades.at(-1);
  if (!newest) return undefined;
  const minute = `${newest.t.slice(0, 16)}:00Z`;
  if (last && last.t >= minute) return undefined;
  const prices = trades.filter(({ t }) => t >= minute.slice(0, 16)).map(({ p }) => p);
  const known = before?.t === minute ? before : undefined;
  const open = known?.o ?? prices[0];
  const low = Math.min(known?.l ?? open, ...prices);
  const high = Math.max(known?.h ?? open, ...prices);
  return { T: "b", S: newest.S, t: minute, o: open, h: high, l: low, c: newest.p };
}

/**
 * @param {Event} bar
 * @param {ChartKind} kind
 * @returns {Record<string, number>}
 */
function pointOf({ t, o, h, l, c }, kind) {
  const time = instantOf(t) / 1000;
  return kind === "candles" ? { time, open: o, high: h, low: l, close: c } : { time, value: c };
}

/**
 * @param {Event} one
 * @param {Event} other
 */
function isSame(one, other) {
  return ["t", "o", "h", "l", "c", "v"].every((name) => one[name] === other[name]);
}

/**
 * A line through values, as `line_of` in web/symbol_page.py makes it.
 * @param {number[]} values
 * @returns {string}
 */
function pointsOf(values) {
  if (values.length < 2) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = 600 / (values.length - 1);
  const place = (/** @type {number} */ value) => 160 - ((value - low) / (high - low || 1)) * 160;
  return values.map((value, number) => `${(number * step).toFixed(1)},${place(value).toFixed(1)}`).join(" ");
}

/**
 * A custom property's colour as it is now, light or dark.
 * @param {HTMLElement} element
 * @param {string} name
 */
function resolved(element, name) {
  const probe = element.appendChild(document.createElement("span"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

customElements.define("ticker-chart", Chart);
