// What the viewer chose, before anything is painted: the colours, and at the dashboard's bare address the watchlist.
// Not a module, since modules run too late for that.
(() => {
  /** @param {string} name */
  const kept = (name) => {
    try {
      return localStorage.getItem(`ticker.${name}`);
    } catch {
      return null; // A browser may forbid to keep anything.
    }
  };
  const { documentElement: page, currentScript: script } = document;
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") page.dataset.theme = theme;

  const symbols = script instanceof HTMLElement && "watchlist" in script.dataset ? kept("symbols") : null;
  if (symbols !== null && !new URLSearchParams(location.search).has("symbols")) {
    page.hidden = true;
    const list = symbols.split(",").map(encodeURIComponent).join(",").replaceAll("%2F", "/");
    location.replace(`${location.search ? `${location.search}&` : "?"}symbols=${list}${location.hash}`);
  }
})();
