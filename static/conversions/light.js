import { plural } from "./words.js";

/**
 * @typedef {{ tone: "good" | "warn" | "bad", word: string, sentence: string, action: string }} Light
 * the word beside the dot, a sentence that says what it means, and a button's text or ""
 */

/**
 * What the connection light shows.
 * @param {{ state: import("../realtime/robust-websocket.js").State, transport?: "websocket" | "sse" | null, retryAt?: number }} connection
 * @param {{ grade: string, latency: number | null }} quality
 * @param {number} now
 * @returns {Light}
 */
export function describeLight({ state, transport = null, retryAt = 0 }, { grade, latency }, now) {
  switch (state) {
    case "open":
      if (transport === "sse") return fallback();
      return grade === "poor" ? slow(latency) : live(latency);
    case "connecting":
      return light("warn", "Connecting…", "The page is being connected. Conversions go on meanwhile.");
    case "waiting":
      return waiting(Math.ceil((retryAt - now) / 1000));
    case "offline":
      return light(
        "bad",
        "Offline",
        "This device has no network. Conversions go on; the page catches up by itself.",
        "Retry",
      );
    case "refused":
      return light("bad", "Disconnected", "The server refused this page. Reload it.", "Retry");
    default:
      return light(
        "bad",
        "Disconnected",
        "The server cannot be reached. The page looks every 30 s whether it is back.",
        "Retry",
      );
  }
}

/** @param {number | null} latency */
function live(latency) {
  const last = latency === null ? "" : ` Last answer after ${Math.round(latency)} ms.`;
  return light("good", "Live", `Updates arrive as they happen.${last}`);
}

function fallback() {
  return light(
    "good",
    "Live (fallback)",
    "This network blocks WebSockets, so updates come another way. The page looks whether that changes.",
  );
}

/** @param {number | null} latency */
function slow(latency) {
  return light(
    "warn",
    "Slow connection",
    `The server's answers take ${Math.round(latency ?? 0)} ms, so updates come late.`,
  );
}

/** @param {number} seconds */
function waiting(seconds) {
  const word = seconds > 0 ? `Reconnecting in ${plural(seconds, "s", "s")}` : "Reconnecting…";
  return light(
    "warn",
    word,
    "The connection was lost. Conversions go on, and the page catches up by itself.",
    "Retry now",
  );
}

/** @param {Light["tone"]} tone @param {string} word @param {string} sentence @param {string} [action] @returns {Light} */
function light(tone, word, sentence, action = "") {
  return { tone, word, sentence, action };
}
