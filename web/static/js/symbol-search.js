/** How long typing pauses before it is searched for, in milliseconds. */
const PAUSE = 150;
const MOST = 8;
const IS_SYMBOL = /^[^\s,*\x00-\x1f]{1,64}$/;

/** @typedef {{symbol: string, name?: string | null, exchange?: string | null}} Found */

/**
 * `<symbol-search>`: a field that finds symbols by their beginning or their name. The event `symbol` tells which one was
 * chosen, its detail. What is typed in full is chosen without being found, so that it works where nothing can be found.
 */
export class SymbolSearch extends HTMLElement {
  /** @type {Found[]} */
  found = [];
  active = -1;

  connectedCallback() {
    this.field = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    this.list = /** @type {HTMLElement} */ (this.querySelector("ul"));
    this.said = /** @type {HTMLElement} */ (this.querySelector("[data-search-said]"));
    this.field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#search(), PAUSE);
    });
    this.field.addEventListener("keydown", (event) => this.#press(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest("li") : null;
      if (option) this.#choose(this.found[[.../** @type {HTMLElement} */ (this.list).children].indexOf(option)].symbol);
    });
    this.addEventListener("focusout", () => this.#show([]));
  }

  async #search() {
    const text = this.field?.value.trim() ?? "";
    this.searching?.abort();
    if (!text) {
      this.#show([]);
      return;
    }
    this.searching = new AbortController();
    const { signal } = this.searching;
    try {
      const query = new URLSearchParams({ search: text, limit: String(MOST) });
      const answer = await fetch(`${this.dataset.address}?${query}`, { signal });
      const found = answer.ok ? (await answer.json()).symbols : [];
      if (signal.aborted || !this.contains(document.activeElement)) return;
      this.#show(found);
      this.#say(foundText(found.length, this.#typed()));
    } catch {
      if (!signal.aborted) this.#show([]); // What is typed in full can be added all the same.
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const count = this.found.length;
    if (event.key === "Escape") {
      if (count > 0) this.#show([]);
      else if (this.field) this.field.value = "";
    } else if (event.key === "Enter") {
      this.#choose(this.found[this.active]?.symbol ?? this.#typed());
    } else if (event.key === "ArrowDown" && count > 0) {
      this.#activate((this.active + 1) % count);
    } else if (event.key === "ArrowUp" && count > 0) {
      this.#activate(this.active > 0 ? this.active - 1 : count - 1);
    } else return;
    event.preventDefault();
  }

  /** What was typed, as the symbol is written where it was found. */
  #typed() {
    const text = (this.field?.value ?? "").trim().toUpperCase();
    return this.found.find(({ symbol }) => symbol.toUpperCase() === text)?.symbol ?? text;
  }

  /** @param {string} symbol */
  #choose(symbol) {
    if (!symbol || !this.field) return;
    clearTimeout(this.timer);
    this.searching?.abort();
    if (!IS_SYMBOL.test(symbol)) {
      this.#show([]);
      this.#say(`“${symbol}” is no symbol: it has no spaces, commas or asterisks`);
      return;
    }
    this.field.value = "";
    this.#show([]);
    this.dispatchEvent(new CustomEvent("symbol", { detail: symbol }));
  }

  /** @param {Found[]} found */
  #show(found) {
    const { list, field } = this;
    if (!list || !field) return;
    this.found = found;
    list.replaceChildren(...found.map(optionOf));
    list.hidden = found.length === 0;
    field.ariaExpanded = String(!list.hidden);
    this.#activate(-1);
    this.#say("");
  }

  /** @param {number} place */
  #activate(place) {
    this.active = place;
    [...(this.list?.children ?? [])].forEach((option, index) => {
      option.ariaSelected = String(index === place);
      if (index === place) option.scrollIntoView({ block: "nearest" });
    });
    if (place < 0) this.field?.removeAttribute("aria-activedescendant");
    else this.field?.setAttribute("aria-activedescendant", `search-option-${place}`);
  }

  /** @param {string} sentence */
  #say(sentence) {
    if (this.said) this.said.textContent = sentence;
  }
}

/**
 * @param {number} count
 * @param {string} typed
 * @returns {string}
 */
function foundText(count, typed) {
  if (count > 0) return count === 1 ? "1 symbol found" : `${count} symbols found`;
  return IS_SYMBOL.test(typed) ? `Nothing found; Enter adds ${typed} all the same` : "Nothing found";
}

/**
 * @param {Found} found
 * @param {number} index
 * @returns {HTMLElement}
 */
function optionOf({ symbol, name, exchange }, index) {
  const option = document.createElement("li");
  option.role = "option";
  option.id = `search-option-${index}`;
  option.className = "search-option";
  for (const [part, text] of Object.entries({ symbol, name, exchange })) {
    const element = document.createElement("span");
    element.className = `search-${part}`;
    element.textContent = text ?? "";
    option.append(element, " ");
  }
  return option;
}

customElements.define("symbol-search", SymbolSearch);
