/** A game's page: takes over what the server rendered, and goes on from its cursor. */

import "./ticker-clock.js";
import "./ticker-game.js";
import { asOf, find, goOn, market, now, page } from "./page.js";
import { instantOf } from "./time.js";

const game = /** @type {import("./ticker-game.js").TickerGame} */ (find("ticker-game"));
const connection = /** @type {HTMLElement} */ (find("[data-connection-state]"));
const status = find("[data-connection-text]");
const HELD = new Map([["stale", "Held: the feed is stale"], ["offline", "Held: offline"]]);
/** @type {{state: "live" | "stale", since: string}[]} */
const feeds = Object.values(page.status.feeds);
const stale = feeds.filter((feed) => feed.state === "stale").map((feed) => instantOf(feed.since));
const isNew = status.textContent;

/** A clock runs only while the page hears of its game; before the first word nothing is amiss yet. */
function hold() {
  const state = connection.dataset.connectionState ?? "";
  if (state === "live") game.clock.release();
  else if (status.textContent === isNew) game.clock.hold(Math.min(now(), ...stale), HELD.get(state) ?? "");
  else game.clock.hold(now(), HELD.get(state) ?? "Held: connection lost");
}

hold();
new MutationObserver(hold).observe(connection, { attributes: true, subtree: true, childList: true, characterData: true });
game.follow(page.game, market);
game.addEventListener("title", (event) => {
  document.title = `${/** @type {CustomEvent<string>} */ (event).detail} · ticker`;
});
market.watch((kind, key) => {
  const event = kind === "games" || kind === "plays" ? market.held[kind].get(key) : undefined;
  if (event) asOf.note(event.t);
});
goOn();
