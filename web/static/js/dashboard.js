/** The dashboard: takes over the page that the server rendered, and goes on from its cursor. */

import { AsOf } from "./as-of.js";
import { ConnectionState } from "./connection-state.js";
import { Market } from "./market.js";
import { QuoteTable } from "./quote-table.js";
import { Scoreboard } from "./scoreboard.js";
import { follow } from "./stream.js";
import { instantOf } from "./time.js";

/** How often prices are looked at for their age, in milliseconds. */
const AGING = 5_000;

/**
 * @template {Element} Found
 * @param {string} selector
 * @returns {Found}
 */
const find = (selector) => /** @type {Found} */ (document.querySelector(selector));

const page = JSON.parse(find("#dashboard-data").textContent ?? "");
const market = new Market();
market.apply(page.events);
const table = new QuoteTable(find("[data-panels]"), market);
const scoreboard = new Scoreboard(find("[data-scoreboard]"), find("#game-card"), market);
const connection = new ConnectionState(find("[data-connection-state]"), page.status.feeds);
const asOf = new AsOf(find("[data-as-of]"));

market.watch((kind, key) => {
  if (kind === "games") scoreboard.note();
  else table.note(key);
  const price = kind === "quotes" || kind === "trades" ? market.held[kind].get(key) : undefined;
  if (price) asOf.note(price.t);
});
scoreboard.note();

/** The server's clock less this one, in milliseconds. */
let offset = instantOf(page.status.t) - Date.now();
const age = () => table.age(page.freshness, Date.now() + offset);
age();
setInterval(age, AGING);

follow(new URL(`v1/stream?${page.channels}`, document.baseURI), page.cursor, {
  events: (events) => market.apply(events),
  reset: (channels) => market.forget(channels),
  heard: () => connection.heard(),
  lost: () => connection.lost(),
  status: (status) => {
    offset = instantOf(status.t) - Date.now();
    connection.status(status);
  },
});
