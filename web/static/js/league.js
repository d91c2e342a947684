/** A league's page: takes over what the server rendered, and goes on from its cursor. */

import "./ticker-league.js";
import { Favourites } from "./favourites.js";
import { asOf, find, goOn, market, page } from "./page.js";

const league = /** @type {import("./ticker-league.js").TickerLeague} */ (find("ticker-league"));
league.follow(market, new Favourites(), (path) => page.root + encodeURIComponent(path).replaceAll("%2F", "/"));
market.watch((kind, key) => {
  const game = kind === "games" ? market.held.games.get(key) : undefined;
  if (game) asOf.note(game.t);
});
goOn();
