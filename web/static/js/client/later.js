/**
 * A transport whose script is asked for when it is needed.
 * @template Script
 * @param {Promise<Script>} script
 * @param {(script: Script) => import("./transport.js").Transport} open
 * @param {import("./transport.js").Listener} listener
 * @returns {import("./transport.js").Transport}
 */
export function openLater(script, open, listener) {
  /** @type {import("./transport.js").Transport | undefined} */
  let transport;
  let isClosed = false;
  script.then(
    (there) => {
      if (!isClosed) transport = open(there);
    },
    () => {
      if (!isClosed) listener.ended({});
    },
  );
  return {
    close() {
      isClosed = true;
      transport?.close();
    },
    get change() {
      return transport?.change;
    },
  };
}
