import { cellsOf } from "./cell.js";
import { beforePaint } from "./frame.js";
import { light } from "./light.js";
import { gameCards } from "./game-card.js";

/** @typedef {import("./favourites.js").Favourites} Favourites */
/** @typedef {{element: HTMLElement, cells: Record<string, import("./cell.js").Cell>, star: HTMLElement}} SideView */
/**
 * @typedef {object} CardView
 * @property {HTMLElement} element
 * @property {Record<string, import("./cell.js").Cell>} cells
 * @property {HTMLAnchorElement} link to the game
 * @property {HTMLAnchorElement} league to its league
 * @property {HTMLElement} place where the sides are
 * @property {SideView[]} sides
 */

/** The strip of games: cards come, go and change their places as games do. */
export class Scoreboard {
  /**
   * @param {HTMLElement} root what holds the strip and the line that says final scores
   * @param {HTMLTemplateElement} blank a card with one side
   * @param {import("./market.js").Market} market
   * @param {Favourites} favourites
   * @param {(path: string) => string} link the address of a page, of its path and last name
   */
  constructor(root, blank, market, favourites, link) {
    this.root = root;
    this.market = market;
    this.favourites = favourites;
    this.link = link;
    this.strip = /** @type {HTMLElement} */ (root.querySelector("[data-most]"));
    this.spoken = /** @type {HTMLElement} */ (root.querySelector("[data-final-scores]"));
    this.blank = /** @type {HTMLElement} */ (blank.content.querySelector(".game"));
    this.blankSide = /** @type {HTMLElement} */ (blank.content.querySelector(".side"));
    this.most = Number(this.strip.dataset.most);
    this.paint = this.paint.bind(this);
    /** @type {Map<string, CardView>} */
    this.cards = new Map();
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (this.strip.querySelectorAll("[data-game]"))) {
      this.cards.set(/** @type {string} */ (element.dataset.game), viewOf(element));
    }
    this.strip.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLElement && target.matches("[data-favourite]")) this.#star(target);
    });
  }

  /** Some game changed. */
  note() {
    beforePaint(this.paint);
  }

  paint() {
    const isFavourite = this.favourites.has.bind(this.favourites);
    const cards = gameCards(this.market.held.games.values(), this.most, isFavourite);
    const focused = document.activeElement;
    const gone = new Set(this.cards.keys());
    let place = this.strip.firstElementChild;
    for (const card of cards) {
      gone.delete(card.id);
      const view = this.cards.get(card.id) ?? this.#add(card.id);
      this.#paintCard(view, card);
      if (view.element === place) place = place.nextElementSibling;
      else this.strip.insertBefore(view.element, place);
    }
    for (const id of gone) {
      this.cards.get(id)?.element.remove();
      this.cards.delete(id);
    }
    this.root.hidden = cards.length === 0;
    // A card that is moved loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.strip.contains(focused)) focused.focus();
  }

  /** @param {HTMLElement} star */
  #star(star) {
    this.favourites.toggle(star.dataset.league ?? "", star.dataset.favourite ?? "");
    this.paint();
  }

  /**
   * @param {string} id
   * @returns {CardView}
   */
  #add(id) {
    const element = /** @type {HTMLElement} */ (this.blank.cloneNode(true));
    element.dataset.game = id;
    const view = viewOf(element);
    view.link.href = this.link(`g/${id}`);
    this.cards.set(id, view);
    return view;
  }

  /**
   * Give a card as many sides as its game has.
   * @param {CardView} view
   * @param {number} count
   */
  #fit(view, count) {
    while (view.sides.length > count) view.sides.pop()?.element.remove();
    while (view.sides.length < count) {
      const element = /** @type {HTMLElement} */ (this.blankSide.cloneNode(true));
      view.place.append(element);
      view.sides.push(sideViewOf(element));
    }
  }

  /**
   * @param {CardView} view
   * @param {import("./game-card.js").GameCard} card
   */
  #paintCard(view, card) {
    const before = view.element.dataset.group;
    if (before !== card.group) view.element.dataset.group = card.group;
    view.cells.status.show(card.status);
    view.cells.note.show(card.note);
    if (view.cells.league.show(card.league.toUpperCase())) view.league.href = this.link(`l/${card.league}`);
    this.#fit(view, card.sides.length);
    view.sides.forEach(({ element, cells, star }, index) => {
      const side = card.sides[index];
      cells.abbreviation.show(side.abbreviation);
      cells.name.show(side.name);
      cells.ball.show(side.hasBall ? "In possession" : "");
      const isOther = cells.score.element.getAttribute("data-side") !== side.id;
      set(cells.score.element, "data-side", side.id);
      if (cells.score.show(side.score) && before === "live" && !isOther) light(cells.score.element, "score");
      element.classList.toggle("is-winner", side.isWinner);
      element.classList.toggle("has-ball", side.hasBall);
      paintStar(star, card.league, side);
    });
    const names = card.sides.map((side) => side.name + (side.isFavourite ? " (favourite)" : ""));
    set(view.link, "aria-label", names.join(", ") || card.id);
    if (before === "live" && card.group === "over") {
      this.spoken.textContent = `${card.status}: ${card.sides.map((side) => `${side.name} ${side.score}`).join(", ")}`;
    }
  }
}

/**
 * @param {HTMLElement} element
 * @returns {CardView}
 */
function viewOf(element) {
  const sides = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".side")]);
  return {
    element,
    cells: cellsOf(element),
    link: /** @type {HTMLAnchorElement} */ (element.querySelector(".game-link")),
    league: /** @type {HTMLAnchorElement} */ (element.querySelector(".game-league")),
    place: /** @type {HTMLElement} */ (element.querySelector(".game-sides")),
    sides: sides.map(sideViewOf),
  };
}

/**
 * @param {HTMLElement} element
 * @returns {SideView}
 */
function sideViewOf(element) {
  const star = /** @type {HTMLElement} */ (element.querySelector("[data-favourite]"));
  return { element, cells: cellsOf(element), star };
}

/**
 * @param {HTMLElement} star
 * @param {string} league
 * @param {import("./game-card.js").SideRow} side
 */
function paintStar(star, league, side) {
  set(star, "data-league", league);
  set(star, "data-favourite", side.id);
  set(star, "aria-pressed", String(side.isFavourite));
  set(star, "aria-label", `Favourite: ${side.name || side.abbreviation}`);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
