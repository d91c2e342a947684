/** WebSocket: the stream `/v1/ws`, with cursors. */

import { partsOf } from "./channels.js";
import { SILENCE, alarm } from "./transport.js";

/** @type {Record<string, string>} what the stream calls those kinds that it has other words for */
const WORDS = { updated_bars: "updatedBars", daily_bars: "dailyBars" };
const POLICY = 1008;
const INVALID = 400;

/**
 * Events count when their cursor has come: until then they are kept back, as a new connection would bring them again.
 * @param {import("./transport.js").Settings} settings
 * @param {import("./transport.js").Listener} listener
 * @returns {import("./transport.js").Transport}
 */
export function openSocket({ base, mode, interval }, listener) {
  const address = new URL("v1/ws", base);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  const silence = alarm(SILENCE, () => end({}));
  const request = listener.next();
  /** @type {import("./channels.js").TickerEvent[]} */
  let kept = [];
  /** @type {(() => void)[]} what is to be said before the events kept back */
  let before = [];
  /** @type {import("./request.js").Request[]} those that the server has yet to confirm */
  const asked = [];
  /** @type {import("./transport.js").End} */
  let why = {};

  function close() {
    silence.stop();
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {import("./transport.js").End} end */
  function end(end) {
    close();
    listener.ended(end);
  }

  /** @param {Record<string, unknown>} message */
  const send = (message) => socket.send(JSON.stringify(message));

  /** @param {string} [cursor] */
  function take(cursor) {
    for (const say of before) say();
    const events = kept;
    before = [];
    kept = [];
    listener.events(events, cursor ?? null);
  }

  function begin() {
    const history = listener.history();
    const from = request.cursor === null ? { cursor: "", snapshot: true } : { cursor: request.cursor };
    asked.push(request);
    send({ action: "subscribe", ...named(request.names), ...from, history, mode, interval, heartbeat: true });
  }

  /** @type {Record<string, (message: any) => void>} */
  const said = {
    success: ({ msg }) => msg === "connected" && begin(),
    subscription: () => listener.changed(/** @type {import("./request.js").Request} */ (asked.shift())),
    cursor: ({ cursor }) => take(cursor),
    reset: ({ channels }) => before.push(() => listener.reset(channels)),
    gap: ({ channels }) => before.push(() => listener.gap(channels)),
    feeds: (status) => listener.status(status),
    heartbeat(status) {
      listener.status(status);
      if (status.cursor) take(status.cursor);
    },
    shutdown: ({ delay }) => (why = { delay }),
    error({ code, msg }) {
      if (code === INVALID && request.cursor !== null) listener.forgotten();
      why = { problem: msg };
      if (asked.length > 0) end(code === INVALID && request.cursor !== null ? { delay: 0 } : why);
    },
  };

  socket.onmessage = ({ data }) => {
    silence.putOff();
    listener.heard();
    const messages = JSON.parse(data);
    const only = messages.length === 1 && Object.hasOwn(said, messages[0].T) ? said[messages[0].T] : null;
    if (only) only(messages[0]);
    else kept = kept.length > 0 ? [...kept, ...messages] : messages;
  };
  socket.onclose = ({ code, reason }) => {
    end(code === POLICY ? { problem: why.problem ?? reason } : { delay: why.delay });
  };
  silence.putOff();

  return {
    close,
    change(next) {
      if (asked.length > 0 || socket.readyState !== WebSocket.OPEN) return;
      asked.push(next);
      if (next.added.size > 0) {
        send({ action: "subscribe", ...named(next.added), snapshot: true, history: listener.history() });
      } else {
        send({ action: "unsubscribe", ...named(next.removed) });
      }
    },
  };
}

/**
 * Channels as the stream names them: `{"quotes": ["AAPL"]}`.
 * @param {Iterable<string>} channels
 */
function named(channels) {
  /** @type {Record<string, string[]>} */
  const words = {};
  for (const channel of channels) {
    const [kind, name] = partsOf(channel);
    (words[WORDS[kind] ?? kind] ??= []).push(name);
  }
  return words;
}
