import { keep } from "./keeping.js";

/**
 * Keep a watchlist: in this browser, for the next time (kept.js reads it), and in the address, to share and to reload.
 * @param {string[]} symbols
 */
export function keepSymbols(symbols) {
  keep("symbols", symbols.join(","));
  const others = new URLSearchParams(location.search);
  others.delete("symbols");
  const list = symbols.map(encodeURIComponent).join(",").replaceAll("%2F", "/");
  const query = [others.toString(), `symbols=${list}`].filter(Boolean).join("&");
  history.replaceState(history.state, "", `?${query}${location.hash}`);
}
