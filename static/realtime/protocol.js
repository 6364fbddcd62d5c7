/** @typedef {import("./types.js").Message} Message */

/** Close codes from here on are the server's own: WebSockets as such work. */
export const OWN_CODES = 4000;

/**
 * What a close code asks for: "end", "sign_in" (ask over HTTP who we are, then reconnect) or "reconnect".
 * @param {number} code
 */
export function closing(code) {
  if (code === 4400 || code === 4403) return "end"; // protocol broken, origin refused
  return code === 4401 ? "sign_in" : "reconnect";
}

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;

const ENVELOPE = { topic: isText, epoch: isText, offset: isCount };
const TIMED = { sent_at: Number.isFinite };
/** @type {Record<string, import("./types.js").Fields>} */
const OWN = {
  subscribed: { ...ENVELOPE, recovered: (value) => typeof value === "boolean" },
  ping: TIMED,
  pong: TIMED,
  connection_test: { test_id: isText },
  connection_established: {},
  unsubscribed: {},
  connection_recovery: {},
  server_shutdown: {},
  error: {},
};
const KNOWN = new Map(Object.entries(OWN));

/** Whether it is the layer's, or an event of a topic. @param {Message} message */
export function isKnown({ type, topic }) {
  return topic !== undefined || KNOWN.has(type);
}

/**
 * The messages in one frame, which holds one or an array of them; without those that lack what they need.
 * @param {unknown} frame
 * @param {() => void} [ignored] called for each that is left out
 * @returns {Message[]}
 */
export function decode(frame, ignored = () => {}) {
  return [parsed(frame)].flat().filter((message) => isMessage(message) || (ignored(), false));
}

/** @param {any} message */
function isMessage(message) {
  if (!isText(message?.type)) return false;
  const wanted = KNOWN.get(message.type) ?? ("topic" in message ? ENVELOPE : {});
  return Object.entries(wanted).every(([name, fits]) => fits(message[name]));
}

/** @param {unknown} frame */
function parsed(frame) {
  try {
    return JSON.parse(/** @type {string} */ (frame));
  } catch {
    return null;
  }
}
