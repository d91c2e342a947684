/** A symbol's page: takes over what the server rendered, and goes on from its cursor. */

import "./chart.js";
import "./symbol-summary.js";
import { find, goOn, market, page, whileAging } from "./page.js";
import { TradeTable } from "./trade-table.js";

const summary = /** @type {import("./symbol-summary.js").SymbolSummary} */ (find("ticker-symbol"));
const chart = /** @type {import("./chart.js").Chart} */ (find("ticker-chart"));
const trades = new TradeTable(find("[data-trades]"), page.symbol, market);
summary.follow(page.symbol, market);
chart.follow(page.symbol, market);
market.watch((kind) => {
  if (kind === "bars") chart.note();
  else summary.note();
  if (kind === "trades" || kind === "instruments") trades.note();
  if (kind === "trades") chart.note();
});
whileAging((now) => summary.age(page.freshness, now));
goOn();
