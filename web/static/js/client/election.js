/**
 * Which tab leads. Web Locks see to it that one does, where there are any (they need HTTPS, or localhost); otherwise
 * the tabs find it out among themselves.
 */

/** How long a tab waits to hear of one that leads already. */
const SEEK = 500;
/** How long others may object to one that would lead, or outdo it. */
const CLAIM = 500;
/** When one that was outdone asks again. */
const AGAIN = 4_000;

/**
 * @typedef {object} Election
 * @property {() => void} start
 * @property {(message: {type: string, from: string, rank?: string}) => void} heard another tab said something
 * @property {() => void} suspect the tab that leads says nothing any more: take its place
 * @property {() => void} resign this tab no longer leads, but may again
 * @property {() => void} leave
 */

/**
 * The one that holds the lock leads.
 * @param {LockManager} locks
 * @param {string} name
 * @param {() => void} elected
 * @param {() => void} deposed
 * @returns {Election}
 */
export function electByLock(locks, name, elected, deposed) {
  let waiting = new AbortController();
  let hasLeft = false;
  /** @type {(() => void) | null} */
  let release = null;

  /** @param {LockOptions} options */
  function request(options) {
    /** @type {(() => void) | null} */
    let mine = null;
    const hold = () => {
      if (hasLeft || release) return;
      return new Promise((/** @type {(value: void) => void} */ resolve) => {
        release = mine = resolve;
        elected();
      });
    };
    locks.request(name, options, hold).catch(() => {
      // Either this tab no longer waits for the lock, or another took it away.
      if (!mine || release !== mine) return;
      release = null;
      deposed();
    });
  }

  function queue() {
    waiting = new AbortController();
    request({ signal: waiting.signal });
  }

  function giveUp() {
    const held = release;
    release = null;
    waiting.abort();
    held?.();
  }

  return {
    start: queue,
    heard() {},
    suspect() {
      waiting.abort();
      request({ steal: true });
    },
    resign() {
      giveUp();
      if (!hasLeft) queue();
    },
    leave() {
      hasLeft = true;
      giveUp();
    },
  };
}

/**
 * A tab that hears of none that leads claims to; of several that do at once, the one of the lowest rank leads.
 * @param {string} id
 * @param {(message: {type: "ping"} | {type: "claim", rank: string}) => void} post
 * @param {() => boolean} isLeading
 * @param {() => void} elected
 * @returns {Election}
 */
export function electByMessages(id, post, isLeading, elected) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isClaiming = false;
  // Timers of hidden tabs are late: a visible one leads better.
  const rank = () => `${document.hidden ? 1 : 0}${id}`;

  function start() {
    isClaiming = false;
    post({ type: "ping" });
    wait(SEEK, claim);
  }

  function claim() {
    isClaiming = true;
    post({ type: "claim", rank: rank() });
    wait(CLAIM, () => {
      isClaiming = false;
      elected();
    });
  }

  /**
   * @param {number} milliseconds
   * @param {() => void} then
   */
  function wait(milliseconds, then) {
    clearTimeout(timer);
    timer = setTimeout(then, milliseconds);
  }

  function rest() {
    isClaiming = false;
    clearTimeout(timer);
  }

  return {
    start,
    heard(message) {
      if (isLeading()) return;
      if (message.type === "claim") {
        if (!isClaiming) return;
        if (/** @type {string} */ (message.rank) > rank()) return post({ type: "claim", rank: rank() });
        isClaiming = false;
        wait(AGAIN, start);
      } else if (message.type === "left") {
        claim();
      } else if (["lead", "takeover", "pong", "who", "step", "copy"].includes(message.type)) {
        rest();
      }
    },
    suspect: claim,
    resign: rest,
    leave: rest,
  };
}
