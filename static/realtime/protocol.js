/** @typedef {{ type: string, [field: string]: any }} Message */

/** What to do when the server closes with a code of its own; every other code means: reconnect. */
const CLOSINGS = new Map([
  [4400, "end"], // we broke the protocol, and would again
  [4403, "end"], // this origin is refused
  [4401, "sign_in"],
]);

/**
 * What a close code asks for: "end", "sign_in" (ask over HTTP who we are, then reconnect) or "reconnect".
 * @param {number} code
 */
export function closing(code) {
  return CLOSINGS.get(code) ?? "reconnect";
}

/**
 * The messages in one frame, which holds one or an array of them. What is no message is left out.
 * @param {unknown} frame
 * @returns {Message[]}
 */
export function decode(frame) {
  const found = typeof frame === "string" ? parsed(frame) : null;
  return (Array.isArray(found) ? found : [found]).filter(
    (message) => typeof message === "object" && message !== null && typeof message.type === "string",
  );
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
