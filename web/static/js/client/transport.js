/** What all transports have in common. */

/** The server says something every 15 seconds at the latest. */
export const SILENCE = 20_000;

/** @typedef {import("./channels.js").TickerEvent} TickerEvent */
/** @typedef {import("./request.js").Request} Request */
/** @typedef {{t: string, feeds: Record<string, {state: "live" | "stale", since: string}>}} Status */

/**
 * What a transport needs to know.
 * @typedef {object} Settings
 * @property {URL} base
 * @property {"every" | "latest"} mode
 * @property {number} interval
 */

/**
 * Why a transport came to its end by itself.
 * @typedef {object} End
 * @property {number} [delay] milliseconds after which the server said to come back
 * @property {string} [problem] why the server refuses for good
 * @property {boolean} [isTold] the server itself said so: the transport works
 * @property {boolean} [isCut] something between here and the server ends what waits
 */

/**
 * Whoever a transport tells what it hears. After `ended` it says nothing more.
 * @typedef {object} Listener
 * @property {() => Request} next what to ask for now
 * @property {() => number} history entries of each key of log kinds to begin with
 * @property {() => void} heard the server said something
 * @property {(events: TickerEvent[], cursor: string | null, text?: string) => void} events
 * @property {(channels: string[]) => void} reset
 * @property {(channels: string[]) => void} gap
 * @property {(status: Status) => void} status
 * @property {() => void} live all feeds are
 * @property {() => string} stale the kinds whose feeds are, with commas between them
 * @property {(now: number) => void} clock what the server's clock shows, milliseconds since 1970
 * @property {() => void} forgotten the cursor can't be read
 * @property {(request: Request) => void} changed what comes from now on is in answer to this request
 * @property {(end: End) => void} ended
 */

/**
 * A connection under way.
 * @typedef {object} Transport
 * @property {() => void} close
 * @property {(request: Request) => void} [change] ask for something else on this connection, where that can be done:
 *   `changed` says when it has been, and until then nothing else is asked for
 */

/**
 * Runs out unless it is put off again and again. (In a hidden tab it may run out late.)
 * @param {number} milliseconds
 * @param {() => void} ranOut
 */
export function alarm(milliseconds, ranOut) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return {
    putOff() {
      clearTimeout(timer);
      timer = setTimeout(ranOut, milliseconds);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
