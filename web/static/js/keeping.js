/** What the viewer chose, kept in this browser. kept.js reads some of it before the page is painted. */

/**
 * @param {string} name
 * @returns {string | null} null where nothing is kept
 */
export function kept(name) {
  try {
    return localStorage.getItem(`ticker.${name}`);
  } catch {
    return null; // A browser may forbid to keep anything.
  }
}

/**
 * @param {string} name
 * @param {string} text
 */
export function keep(name, text) {
  try {
    localStorage.setItem(`ticker.${name}`, text);
  } catch {
    // A browser may forbid to keep anything.
  }
}
