/** The dashboard: takes over the page that the server rendered, and goes on from its cursor. */

import { find, goOn, market, page, whileAging } from "./page.js";
import { QuoteTable } from "./quote-table.js";
import { Scoreboard } from "./scoreboard.js";

const table = new QuoteTable(find("[data-quotes]") ?? document.createElement("div"), market);
const scoreboard = new Scoreboard(find("[data-scoreboard]"), find("#game-card"), market);

market.watch((kind, key) => {
  if (kind === "games") scoreboard.note();
  else table.note(key);
});
scoreboard.note();
whileAging((now) => table.age(page.freshness, now));
goOn();
