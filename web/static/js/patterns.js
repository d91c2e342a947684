/** The page of patterns: nothing on it moves; only its colours can be chosen. */

import { switchThemes } from "./theme-switch.js";

switchThemes(/** @type {HTMLSelectElement} */ (document.querySelector("[data-theme-switch]")));
for (const swatch of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-colour]"))) {
  swatch.style.borderColor = `var(--${swatch.dataset.colour})`;
}
