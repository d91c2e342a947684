/**
 * What every page of live values does: it takes over what the server rendered, and goes on from its cursor.
 *
 * A page's own script fills it with elements that watch the market, and then calls `goOn`.
 */

import { AsOf } from "./as-of.js";
import { connect } from "./client.js";
import { ConnectionState } from "./connection-state.js";
import { Market } from "./market.js";
import { instantOf } from "./time.js";
import { switchThemes } from "./theme-switch.js";

/** How often prices are looked at for their age, in milliseconds. */
const AGING = 5_000;
const TRANSPORTS = /** @type {const} */ (["sse", "long-poll", "poll", "ws"]);

/**
 * @template {Element} Found
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {Found}
 */
export const find = (selector, root = document) => /** @type {Found} */ (root.querySelector(selector));

/** What the server gave the page: see `_data` in web/rendering.py; a page's own values are beside those. */
export const page = JSON.parse(find("#page-data").textContent ?? "");
/** The node's address, of which all others are relative. */
export const node = new URL(page.root || "./", location.href);
/** With the page's events. */
export const market = new Market();
market.apply(page.events);

const asked = new URLSearchParams(location.search).get("transport") ?? "auto";
/** The connection to the node, shared with the browser's other tabs. */
export const ticker = connect({ base: node, transport: TRANSPORTS.find((name) => name === asked) ?? "auto" });
const connection = new ConnectionState(find("[data-connection-state]"), page.status.feeds);
export const asOf = new AsOf(find("[data-as-of]"));
/** The server's clock less this one, in milliseconds, until the client knows better. */
const offset = instantOf(page.status.t) - Date.now();
/** @type {((now: number) => void)[]} */
const aging = [];
/** @type {import("./client.js").Handle | undefined} */
let subscription;

/** @returns {number} the server's time, in milliseconds since 1970 */
export const now = () => Date.now() + (ticker.state.offset || offset);

/**
 * Call `grey` now and every few seconds, for what is to be greyed when it is too old.
 * @param {(now: number) => void} grey gets the server's time, in milliseconds since 1970
 */
export function whileAging(grey) {
  aging.push(grey);
  grey(now());
}

/** Follow the stream from the page's cursor on. */
export function goOn() {
  market.watch((kind, key) => {
    const price = kind === "quotes" || kind === "trades" ? market.held[kind].get(key) : undefined;
    if (price) asOf.note(price.t);
  });
  setInterval(() => aging.forEach((grey) => grey(now())), AGING);
  ticker.addEventListener("state", () => {
    // A transport that doesn't say how feeds are leaves what the page came with.
    const { feeds, ...state } = ticker.state;
    connection.show({ ...state, feeds: Object.keys(feeds).length > 0 ? feeds : page.status.feeds });
  });
  const { cursor, history, events } = page;
  const listener = {
    events: (/** @type {import("./market.js").Event[]} */ news) => market.apply(news),
    reset: (/** @type {string[]} */ channels) => market.forget(channels),
  };
  if (page.channels.length > 0) subscription = ticker.subscribe(page.channels, listener, { cursor, history, events });
}

/**
 * Follow these channels from now on: what is kept goes on, what is new begins.
 * @param {string[]} channels
 */
export function change(channels) {
  subscription?.change(channels);
}

switchThemes(find("[data-theme-switch]"));
