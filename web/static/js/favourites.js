import { keep, kept } from "./keeping.js";

/** The viewer's favourite teams, kept in this browser, each as its league and its id there: `nfl/GB`. */
export class Favourites {
  constructor() {
    /** @type {Set<string>} */
    this.teams = new Set(read());
  }

  /**
   * @param {string} league
   * @param {string} id of a side
   * @returns {boolean}
   */
  has(league, id) {
    return this.teams.has(`${league}/${id}`);
  }

  /**
   * Make a team a favourite, or no longer.
   * @param {string} league
   * @param {string} id of a side
   */
  toggle(league, id) {
    const team = `${league}/${id}`;
    if (!this.teams.delete(team)) this.teams.add(team);
    keep("favourites", JSON.stringify([...this.teams]));
  }
}

/** @returns {string[]} */
function read() {
  try {
    const teams = JSON.parse(kept("favourites") ?? "[]");
    return Array.isArray(teams) ? teams : [];
  } catch {
    return [];
  }
}
