import { extension } from "./formats.js";
import { bytes, plural } from "./words.js";

/** @typedef {import("./types.js").Source} Source */
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
  other: "",
  href: "",
  code: "",
  words: "",
};

/** What a row shows of its file, or of its files. @param {import("./formats.js").Formats} formats @param {Source[]} sources */
export function ofFiles(formats, sources) {
  return { name: nameOf(sources), chip: chip(sources), about: about(formats, sources) };
}

/** @param {Source[]} sources */
export function nameOf([first, ...others]) {
  const name = first?.name ?? "?";
  return others.length > 0 ? `${name} + ${others.length} more` : name;
}

/** @param {Source[]} sources in bytes */
export function sizeOf(sources) {
  return sources.reduce((sum, { size }) => sum + size, 0);
}

/** @param {Source[]} sources */
function chip([first, ...others]) {
  if (others.length > 0) return `${others.length + 1}×`;
  const { name = "", format = "" } = first ?? {};
  return (format || extension(name) || "?").slice(0, 4).replace(/\W$/, "").toUpperCase();
}

/** @param {import("./formats.js").Formats} formats @param {Source[]} sources */
function about(formats, sources) {
  const size = bytes(sizeOf(sources));
  if (sources.length > 1) return `${plural(sources.length, "file")} · ${size}`;
  const { name = "", format = "" } = sources[0] ?? {};
  if (!format) return size;
  const odd = formats.disagrees(name, format) ? `, though named .${extension(name)}` : "";
  return `${formats.name(format)}${odd} · ${size}`;
}

/**
 * What a file that is not what its name says can become, as the site told; or several, of which one is so.
 * @param {import("./types.js").Problem | null} error
 * @returns {string[]} ids of formats
 */
export function offered(error) {
  const isTold = ["unsupported_pair", "cannot_combine"].includes(error?.code ?? "");
  const targets = isTold ? error?.params?.targets : undefined;
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
