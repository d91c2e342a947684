import { keep } from "./keeping.js";

/**
 * Let the viewer choose the colours; kept.js applies the choice to the next page before it is painted.
 * @param {HTMLSelectElement} select its values are `light`, `dark`, and empty for the system's
 */
export function switchThemes(select) {
  select.value = document.documentElement.dataset.theme ?? "";
  select.addEventListener("change", () => {
    document.documentElement.dataset.theme = select.value;
    keep("theme", select.value);
  });
}
