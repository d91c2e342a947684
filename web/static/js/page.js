/**
 * What every page of live values does: it takes over what the server rendered, and goes on from its cursor.
 *
 * A page's own script fills it with elements that watch the market, and then calls `goOn`.
 */

import { AsOf } from "./as-of.js";
import { ConnectionState } from "./connection-state.js";
import { Market } from "./market.js";
import { Stream } from "./stream.js";
import { switchThemes } from "./theme-switch.js";
import { instantOf } from "./time.js";

/** How often prices are looked at for their age, in milliseconds. */
const AGING = 5_000;

/**
 * @template {Element} Found
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {Found}
 */
export const find = (selector, root = document) => /** @type {Found} */ (root.querySelector(selector));

/** What the server gave the page: see `_data` in web/rendering.py; a page's own values are beside those. */
export const page = JSON.parse(find("#page-data").textContent ?? "");
/** With the page's events. */
export const market = new Market();
market.apply(page.events);
/** The node's address, of which all others are relative. */
export const node = new URL(page.root || "./", location.href);

const connection = new ConnectionState(find("[data-connection-state]"), page.status.feeds);
export const asOf = new AsOf(find("[data-as-of]"));

/** The server's clock less this one, in milliseconds. */
let offset = instantOf(page.status.t) - Date.now();
/** @type {Stream | undefined} */
let stream;
/** @type {((now: number) => void)[]} */
const aging = [];

/** @returns {number} the server's time, in milliseconds since 1970 */
export const now = () => Date.now() + offset;

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
  stream = new Stream(new URL("v1/stream", node), page, {
    events: (events) => market.apply(events),
    reset: (channels) => market.forget(channels),
    heard: () => connection.heard(),
    lost: () => connection.lost(),
    status: (status) => {
      offset = instantOf(status.t) - Date.now();
      connection.status(status);
    },
  });
}

/**
 * Read these channels from now on, and of those that are new what there is.
 * @param {string[]} channels
 */
export function change(channels) {
  stream?.change(channels);
}

switchThemes(find("[data-theme-switch]"));
