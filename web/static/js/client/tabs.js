/** The other tabs that share a connection, and what they want of it. */

/** A tab that has left so many questions unanswered is gone. */
const MOST_UNANSWERED = 3;

export class Tabs {
  constructor() {
    /** @type {Map<string, {channels: string[], history: number, round: number}>} */
    this.wants = new Map();
    this.round = 0;
  }

  get size() {
    return this.wants.size;
  }

  get names() {
    return new Set(this.wants.keys());
  }

  /** The most entries of a log key that one of them wants. */
  get history() {
    return Math.max(0, ...[...this.wants.values()].map(({ history }) => history));
  }

  /**
   * A tab is there.
   * @param {string} tab
   * @param {string[]} channels
   * @param {number} history
   * @returns {boolean} whether it wasn't before
   */
  set(tab, channels, history) {
    const isNew = !this.wants.has(tab);
    this.wants.set(tab, { channels, history, round: this.round });
    return isNew;
  }

  /** @param {string} tab */
  delete(tab) {
    this.wants.delete(tab);
  }

  /**
   * All are asked again whether they are there.
   * @returns {string[]} those that are gone
   */
  next() {
    this.round += 1;
    return [...this.wants].flatMap(([tab, { round }]) => (this.round - round > MOST_UNANSWERED ? [tab] : []));
  }

  /**
   * The channels of all.
   * @param {Iterable<string>} own of this tab
   * @param {string} [tab] one whose channels are these from now on
   * @param {string[]} [channels]
   * @returns {Set<string>}
   */
  union(own, tab, channels = []) {
    const others = [...this.wants].flatMap(([other, wants]) => (other === tab ? [] : wants.channels));
    return new Set([...own, ...others, ...channels]);
  }
}
