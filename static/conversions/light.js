import { plural } from "./words.js";

/**
 * @typedef {{ tone: "good" | "warn" | "bad", word: string, sentence: string, action: string }} Light
 * the word beside the dot, a sentence that says what it means, and a button's text or ""
 * @typedef {{ message: string, suggestion: string }} Told what the server said when it would not have us
 *
 * @typedef {object} Connection
 * @property {import("../realtime/robust-websocket.js").State} state
 * @property {"websocket" | "sse" | null} [transport]
 * @property {number} [retryAt]
 * @property {boolean} [wasOpen] at some time on this page
 * @property {Told | null} [told]
 * @property {import("./types.js").Following} [following]
 */

/** An answer that took so long is noticed. */
const SLOW_MS = 400;
/** @type {import("./types.js").Following} */
const FOLLOWED = { state: "followed", problem: null };

/**
 * What the connection light shows.
 * @param {Connection} connection
 * @param {{ grade: string, latency: number | null, last: number | null }} quality
 * @param {number} now
 * @returns {Light}
 */
export function describeLight(connection, quality, now) {
  const { state, transport, retryAt = 0, wasOpen = false, told = null, following = FOLLOWED } = connection;
  if (following.state === "strangers")
    return light(
      "bad",
      "Signed out",
      "This site serves only those who sign in. Nothing is updated until then.",
    );
  switch (state) {
    case "open":
      return open(following, transport === "sse", quality);
    case "connecting":
      return light("warn", "Connecting…", "The page is being connected. Conversions go on meanwhile.");
    case "waiting":
      return waiting(Math.ceil((retryAt - now) / 1000), wasOpen, told);
    case "offline":
      return light(
        "bad",
        "Offline",
        "This device has no network. Conversions go on; the page catches up by itself.",
        "Retry",
      );
    case "refused":
      return light(
        "bad",
        "Disconnected",
        `${said(told) || "The server refused this page."} Reload it.`,
        "Retry",
      );
    default:
      return light(
        "bad",
        "Disconnected",
        `${said(told) || "The server cannot be reached."} The page looks every 30 s whether that has changed.`,
        "Retry",
      );
  }
}

/** @param {import("./types.js").Following} following @param {boolean} isFallback @param {{ grade: string, latency: number | null, last: number | null }} quality */
function open({ state, problem }, isFallback, { grade, latency, last }) {
  if (state === "refused") return refused(problem);
  if (state !== "followed")
    return light(
      "warn",
      "Connecting…",
      "The server answers, but has not begun to tell this page what happens. Conversions go on meanwhile.",
    );
  if (isFallback) return fallback();
  return grade === "poor" && (last ?? 0) >= SLOW_MS ? slow(latency, last) : live(last);
}

/** @param {import("./types.js").Problem | null} problem */
function refused(problem) {
  const why = problem?.message ?? "The server does not tell this page what happens to your files.";
  return light(
    "warn",
    "Reconnecting…",
    `${why} What is shown may be old; the page asks again by itself.`,
    "Retry now",
  );
}

/** @param {number | null} last */
function live(last) {
  const answer = last === null ? "" : ` Last answer after ${Math.round(last)} ms.`;
  return light("good", "Live", `Updates arrive as they happen.${answer}`);
}

function fallback() {
  return light(
    "good",
    "Live (fallback)",
    "This network blocks WebSockets, so updates come another way. The page looks whether that changes.",
  );
}

/** @param {number | null} latency @param {number | null} last */
function slow(latency, last) {
  return light(
    "warn",
    "Slow connection",
    `The server's last answer took ${Math.round(last ?? 0)} ms, and ${Math.round(latency ?? 0)} ms are usual of late, so updates come late.`,
  );
}

/** @param {number} seconds @param {boolean} wasOpen @param {Told | null} told */
function waiting(seconds, wasOpen, told) {
  const again = wasOpen ? "Reconnecting" : "Retrying";
  const word = seconds > 0 ? `${again} in ${plural(seconds, "s", "s")}` : `${again}…`;
  const why = said(told) || (wasOpen ? "The connection was lost." : "The server did not answer.");
  return light("warn", word, `${why} Conversions go on, and the page catches up by itself.`, "Retry now");
}

/** @param {Told | null} told */
function said(told) {
  return told ? `${told.message} ${told.suggestion}`.trim() : "";
}

/** @param {Light["tone"]} tone @param {string} word @param {string} sentence @param {string} [action] @returns {Light} */
function light(tone, word, sentence, action = "") {
  return { tone, word, sentence, action };
}
