/**
 * Numbers as text. web/number_texts.py has the same rules, so that a page looks the same before and after its script
 * takes over: thousands grouped, halves rounded away from zero, a true minus sign.
 */

export const UNKNOWN = "—";
export const MINUS = "−";

const LARGEST_WRITTEN_OUT = 1e15;
const MOST_DERIVED_DECIMALS = 8;
const AGES = /** @type {const} */ ([[86_400, "d"], [3_600, "h"], [60, "min"]]);
const MAGNITUDES = /** @type {const} */ ([[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]]);

/**
 * A number with its thousands grouped.
 * @param {number | null | undefined} value
 * @param {number} decimals
 * @returns {string}
 */
export function formatNumber(value, decimals) {
  if (value == null || !Number.isFinite(value)) return UNKNOWN;
  if (Math.abs(value) >= LARGEST_WRITTEN_OUT) return value.toExponential(2).replace("-", MINUS);
  const [whole, fraction] = Math.abs(value).toFixed(decimals).split(".");
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * The sign of a number as it is written: none before a zero.
 * @param {number | null} change
 * @param {number} decimals
 * @returns {"+" | "−" | ""}
 */
export function signOf(change, decimals) {
  if (change === null || !/[1-9]/.test(formatNumber(change, decimals))) return "";
  return change > 0 ? "+" : MINUS;
}

/**
 * A number with its sign, a plus included.
 * @param {number | null} change
 * @param {number} decimals
 * @returns {string}
 */
export function formatSigned(change, decimals) {
  return signOf(change, decimals) + formatNumber(change === null ? null : Math.abs(change), decimals);
}

/**
 * A size in three places or so: `12.34M`.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function formatVolume(value) {
  if (value != null) {
    for (const [magnitude, letter] of MAGNITUDES) {
      if (value >= magnitude) return formatNumber(value / magnitude, 2) + letter;
    }
  }
  return formatNumber(value, 0);
}

/**
 * A size as it is; a large one short.
 * @param {number} size
 * @returns {string}
 */
export function formatSize(size) {
  if (size >= 1e6) return formatVolume(size);
  return formatNumber(size, 8).replace(/\.?0+$/, "") || "0";
}

/**
 * How long ago something was: `12 s`, `5 min`, `3 h`, `9 d`.
 * @param {number} milliseconds
 * @returns {string}
 */
export function formatAge(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  for (const [unit, letter] of AGES) if (seconds >= unit) return `${Math.floor(seconds / unit)} ${letter}`;
  return `${seconds} s`;
}

/**
 * How many decimals write a number out, for an instrument that doesn't say.
 * @param {number | null | undefined} value
 * @param {number} [least]
 * @returns {number}
 */
export function decimalsOf(value, least = 2) {
  if (value == null || !Number.isFinite(value)) return least;
  for (let decimals = least; decimals <= MOST_DERIVED_DECIMALS; decimals++) {
    if (Number(value.toFixed(decimals)) === value) return decimals;
  }
  return MOST_DERIVED_DECIMALS;
}

/**
 * A word as a label: `pre` is `Pre`.
 * @param {string} word
 * @returns {string}
 */
export function capitalize(word) {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
