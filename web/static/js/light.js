/** How long what changed is lit, and how often it is looked for what has been, in milliseconds. */
const LASTS = { up: 500, down: 500, score: 2_500 };
const GRAIN = 250;

/** @type {Map<Element, number>} what is lit, and until when */
const lit = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Light up a price that went up or down, or a score. All go out together, four times a second: an animation of each
 * would keep a page that changes all the time painting without a rest.
 * @param {Element} element
 * @param {keyof LASTS} way
 */
export function light(element, way) {
  if (element.getAttribute("data-light") !== way) element.setAttribute("data-light", way);
  lit.set(element, performance.now() + LASTS[way]);
  timer ??= setTimeout(putOut, GRAIN);
}

function putOut() {
  const now = performance.now();
  for (const [element, until] of lit) {
    if (until > now) continue;
    element.removeAttribute("data-light");
    lit.delete(element);
  }
  timer = lit.size > 0 ? setTimeout(putOut, GRAIN) : undefined;
}
