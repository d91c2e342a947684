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
  const theme = kept("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
