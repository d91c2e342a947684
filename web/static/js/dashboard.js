/** The dashboard: takes over the page that the server rendered, and goes on from its cursor. */

import "./movers.js";
import "./symbol-search.js";
import "./tape.js";
import "./watchlist.js";
import { Favourites } from "./favourites.js";
import { keepSymbols } from "./kept-symbols.js";
import { change, find, goOn, market, page, whileAging } from "./page.js";
import { Scoreboard } from "./scoreboard.js";
import { barsOf } from "./sparkline.js";

const watchlist = /** @type {import("./watchlist.js").Watchlist} */ (find("ticker-watchlist"));
const search = /** @type {HTMLElement} */ (find("symbol-search"));
const movers = /** @type {import("./movers.js").Movers} */ (find("ticker-movers"));
const tape = /** @type {import("./tape.js").Tape | null} */ (find("ticker-tape"));
const scoreboard = new Scoreboard(find("[data-scoreboard]"), find("#game-card"), market, new Favourites(), link);

market.apply(barsOf(page.closes));
watchlist.follow(market, (symbol) => link(`s/${symbol}`));
tape?.follow(market);
movers.follow((symbol) => link(`s/${symbol}`));
market.watch((kind, key) => {
  if (kind === "games") {
    scoreboard.note();
  } else {
    watchlist.note(kind, key);
    if (kind !== "bars") tape?.note(key);
  }
});
scoreboard.note();
whileAging((now) => {
  watchlist.table?.age(page.freshness, now);
  tape?.age(page.freshness, now);
});
goOn();
/** @type {string[]} */
let followed = page.channels;

search.addEventListener("symbol", (event) => watchlist.add(/** @type {CustomEvent} */ (event).detail));
watchlist.addEventListener("symbols", () => {
  keepSymbols(watchlist.symbols);
  const kinds = /** @type {string[]} */ (page.kinds);
  const scrolling = new Set(tape?.symbols);
  const others = page.channels.filter((/** @type {string} */ channel) => {
    const slash = channel.indexOf("/");
    return channel.slice(0, slash) === "games" || scrolling.has(channel.slice(slash + 1));
  });
  const channels = watchlist.symbols.flatMap((symbol) => kinds.map((kind) => `${kind}/${symbol}`));
  const next = new Set([...others, ...channels]);
  // Nothing more comes of what left: were it added again, it would show what once was.
  market.forget(followed.filter((channel) => !next.has(channel)));
  followed = [...next];
  change(followed);
});

/**
 * @param {string} path of a page of the node
 * @returns {string}
 */
function link(path) {
  return page.root + encodeURIComponent(path).replaceAll("%2F", "/");
}
