import { extension } from "./formats.js";
import { bytes } from "./words.js";

/** @typedef {import("./types.js").View} View */

/** What rows of uploads and of conversions have in common. */

/** @type {Omit<View, "look" | "name" | "chip" | "about" | "to" | "title">} */
export const PLAIN = {
  targets: [],
  route: "",
  options: "",
  isWrong: false,
  note: "",
  tone: "",
  bar: "none",
  percent: 0,
  main: null,
  other: false,
  href: "",
  code: "",
  words: "",
};

/** @param {string} name @param {string} format */
export function chip(name, format) {
  return (format || extension(name) || "?").slice(0, 4).replace(/\W$/, "").toUpperCase();
}

/** @param {import("./formats.js").Formats} formats @param {import("./types.js").Source} source */
export function about(formats, { name, size, format }) {
  if (!format) return bytes(size);
  const odd = formats.disagrees(name, format) ? `, though named .${extension(name)}` : "";
  return `${formats.name(format)}${odd} · ${bytes(size)}`;
}

/**
 * What a file that is not what its name says can become, as the site told.
 * @param {import("./types.js").Problem | null} error
 * @returns {string[]} ids of formats
 */
export function offered(error) {
  const targets = error?.code === "unsupported_pair" ? error.params?.targets : undefined;
  return typeof targets === "string" && targets ? targets.split(", ") : [];
}

/** The option that the site would not take, or "". @param {import("./types.js").Problem | null} error */
export function optionOf(error) {
  const option = error?.params?.option;
  return typeof option === "string" ? option : "";
}

/** @param {import("./types.js").Problem | null} error @returns {Pick<View, "title" | "note" | "main">} */
export function failure(error) {
  const { message, suggestion, retryable } = error ?? {
    message: "It failed.",
    suggestion: "",
    retryable: true,
  };
  const canRetry = retryable || optionOf(error) !== "" || offered(error).length > 0;
  return { title: message, note: suggestion, main: canRetry ? "retry" : null };
}
