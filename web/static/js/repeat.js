/**
 * Give a place as many elements as there are things to show in it.
 * @param {Element} place that holds such elements and nothing else after them
 * @param {number} count
 * @param {() => Element} make one more
 * @param {number} [first] how many other elements stand before them
 * @returns {Element[]}
 */
export function repeat(place, count, make, first = 0) {
  while (place.children.length > first + count) place.lastElementChild?.remove();
  while (place.children.length < first + count) place.append(make());
  return [...place.children].slice(first);
}

/**
 * Write a text where it isn't there yet.
 * @param {Element} element that holds nothing else
 * @param {string} text
 * @returns {boolean} whether that was a change
 */
export function write(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}
