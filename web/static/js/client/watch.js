/** Whether the tab that leads is still there. It may be frozen and hold its lock all the same; then it is silent. */

/** How long nothing is heard of it before it is asked; and of one that isn't known yet. */
const SILENT = 8_000;
const UNKNOWN = 2_000;
/** How often it is asked. It answers at once, hidden or not. */
const MOST_QUESTIONS = 3;

export class Watch {
  constructor() {
    this.heardAt = Date.now();
    this.questions = 0;
  }

  /** It is there, or another is about to lead. */
  hear() {
    this.heardAt = Date.now();
    this.questions = 0;
  }

  /**
   * @param {boolean} isKnown whether any tab was heard that leads
   * @returns {"rest" | "ask" | "suspect"} what to do now
   */
  look(isKnown) {
    if (Date.now() - this.heardAt <= (isKnown ? SILENT : UNKNOWN)) return "rest";
    this.questions += 1;
    return this.questions > MOST_QUESTIONS ? "suspect" : "ask";
  }
}
