/**
 * Start the style sheet's flash, again where the last one was the same: each has two names.
 * @param {Element} element
 * @param {"score"} name
 */
export function flash(element, name) {
  element.setAttribute("data-flash", element.getAttribute("data-flash") === name ? `${name}-again` : name);
}
