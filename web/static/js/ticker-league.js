import { beforePaint } from "./frame.js";
import { gameCards } from "./game-card.js";
import { repeat, write } from "./repeat.js";
import { Scoreboard } from "./scoreboard.js";
import { formatDay, instantOf, localDate } from "./time.js";

/** @typedef {import("./market.js").Event} Event */
/** @typedef {import("./market.js").Market} Market */
/** @typedef {{key: string, title: string, games: Map<string, Event>}} Day */

const TITLES = { live: "Live", next: "Upcoming", over: "Results" };

/** A league's games: those being played, those to come and those that are over, by the viewer's days. */
export class TickerLeague extends HTMLElement {
  /** @type {Map<string, Scoreboard>} by day */
  #boards = new Map();
  /** @type {Map<string, string>} the group of each game shown */
  #groups = new Map();

  /**
   * @param {Market} market
   * @param {import("./favourites.js").Favourites} favourites
   * @param {(path: string) => string} link the address of a page of the node
   */
  follow(market, favourites, link) {
    this.market = market;
    this.favourites = favourites;
    this.link = link;
    // The server's days are those of UTC, which may be others; its cards are taken over where they are not.
    this.#paint();
    market.watch((kind) => {
      if (kind === "games") beforePaint(this.#paint);
    });
  }

  #paint = () => {
    const { market } = this;
    if (!market) return;
    const days = this.#days(market);
    const all = /** @type {HTMLElement} */ (this.querySelector("[data-days]"));
    let place = all.firstElementChild;
    for (const { key, title, games } of days) {
      const section = /** @type {HTMLElement} */ (all.querySelector(`[data-day="${key}"]`) ?? sectionOf(key, this.dataset.most ?? ""));
      if (section === place) place = place.nextElementSibling;
      else all.insertBefore(section, place);
      write(/** @type {Element} */ (section.querySelector("[data-field='day']")), title);
      const board = this.#boards.get(key) ?? this.#board(section);
      this.#boards.set(key, board);
      board.market = /** @type {Market} */ (/** @type {unknown} */ ({ held: { games } }));
      board.paint();
    }
    repeat(all, days.length, () => document.createElement("section"));
    const kept = new Set(days.map((day) => day.key));
    for (const key of this.#boards.keys()) if (!kept.has(key)) this.#boards.delete(key);
    /** @type {HTMLElement} */ (this.querySelector("[data-no-games]")).hidden = days.length > 0;
  };

  /**
   * @param {Market} market
   * @returns {Day[]}
   */
  #days(market) {
    /** @type {Map<string, Day & {group: "live" | "next" | "over", date: string}>} */
    const days = new Map();
    const cards = gameCards(market.held.games.values(), Number(this.dataset.most), () => false);
    for (const card of cards) {
      const game = /** @type {Event} */ (market.held.games.get(card.id));
      const start = card.group === "live" || !game.start ? NaN : instantOf(game.start);
      const date = localDate(start);
      const key = `${card.group} ${date}`.trim();
      const title = [TITLES[card.group], formatDay(start)].filter(Boolean).join(" · ");
      const day = days.get(key) ?? { key, title, group: card.group, date, games: new Map() };
      days.set(key, day);
      day.games.set(card.id, game);
      this.#say(card);
    }
    this.#groups = new Map(cards.map((card) => [card.id, card.group]));
    return [...days.values()].sort((one, other) => rank(one.group) - rank(other.group)
      || (one.date < other.date ? -1 : 1) * (one.group === "over" ? -1 : 1));
  }

  /** @param {import("./game-card.js").GameCard} card that may have become a final one */
  #say({ id, group, status, sides }) {
    if (this.#groups.get(id) !== "live" || group !== "over") return;
    const spoken = /** @type {Element} */ (this.querySelector("[data-final-scores]"));
    spoken.textContent = `${status}: ${sides.map((side) => `${side.name} ${side.score}`).join(", ")}`;
  }

  /** @param {HTMLElement} section */
  #board(section) {
    const blank = /** @type {HTMLTemplateElement} */ (document.querySelector("#game-card"));
    const { market, favourites, link } = this;
    if (!market || !favourites || !link) throw new Error("a league without a market");
    return new Scoreboard(section, blank, market, favourites, link);
  }
}

/** @param {"live" | "next" | "over"} group */
const rank = (group) => Object.keys(TITLES).indexOf(group);

/**
 * @param {string} key
 * @param {string} most games
 * @returns {HTMLElement}
 */
function sectionOf(key, most) {
  const section = document.createElement("section");
  section.className = "league-day";
  section.dataset.day = key;
  const title = section.appendChild(document.createElement("h2"));
  title.className = "league-day-title";
  title.dataset.field = "day";
  const games = section.appendChild(document.createElement("ol"));
  games.className = "league-games";
  games.dataset.most = most;
  return section;
}

customElements.define("ticker-league", TickerLeague);
