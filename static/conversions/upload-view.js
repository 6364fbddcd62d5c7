import { summary } from "./options.js";
import { spelled } from "./routes.js";
import { failure, offered, ofFiles, optionOf, PLAIN } from "./view-parts.js";
import { bytes, percentage } from "./words.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {import("./types.js").View} View */

/** @typedef {Pick<import("./view.js").Context, "formats" | "routes">} Known */

/** @param {Upload} upload @param {Known} known @returns {View} */
export function ofUpload(upload, { formats, routes }) {
  const { format, to, parts } = upload;
  const base = {
    ...PLAIN,
    ...ofFiles(formats, parts.length > 0 ? parts : [upload]),
    to,
    route: spelled(routes.find(format, to)?.steps),
  };
  const targets = choices(upload, formats);
  const choice = {
    targets,
    ...(targets.length > 0 ? options(upload, routes) : {}),
    other: /** @type {View["other"]} */ (parts.length > 0 ? "apart" : ""),
  };
  switch (upload.state) {
    case "ready":
      return {
        ...base,
        look: "ready",
        title: "Ready",
        note: readyNote(upload),
        ...choice,
        main: "convert",
      };
    case "waiting":
      return { ...base, look: "wait", title: "Waiting", note: "Other files are sent first", main: "cancel" };
    case "paused":
      return {
        ...base,
        look: "wait",
        title: "Waiting",
        note: `${upload.error?.message ?? "An upload was cut."} Goes on by itself once the site answers.`,
        tone: "warn",
        main: "cancel",
      };
    case "uploading":
      return { ...base, look: "up", ...uploadProgress(upload), main: "cancel" };
    case "failed":
      return {
        ...base,
        look: "fail",
        ...failure(upload.error),
        ...choice,
        code: upload.error?.code ?? "",
      };
    default:
      return {
        ...base,
        look: "up",
        title: "Sent",
        note: "Waiting for the site to take it in",
        bar: "unknown",
      };
  }
}

/** Of several files, so many are named. */
const NAMED = 3;

/** @param {Upload} upload */
function readyNote({ format, parts }) {
  const names = parts.slice(0, NAMED).map(({ name }) => name);
  if (parts.length > 0) return `In this order: ${names.join(", ")}${parts.length > NAMED ? ", …" : ""}`;
  return format
    ? "Choose a format, then convert"
    : "Its name tells no format: once sent, the site looks into it";
}

/** What may be chosen. @param {Upload} upload @param {import("./formats.js").Formats} formats @returns {string[]} ids of targets */
export function choices({ format, parts, error }, formats) {
  const isFree = !error || error.retryable || optionOf(error) !== "";
  if (!isFree) return offered(error);
  return parts.length > 0 ? formats.together(parts) : formats.targets(format);
}

/** @param {Upload} upload @param {Known["routes"]} routes @returns {Pick<View, "options" | "isWrong">} */
function options({ format, to, options, wrong }, routes) {
  const rules = routes.find(format, to)?.options.properties ?? {};
  const isWrong = Object.keys(wrong).length > 0;
  if (isWrong) return { options: "Correct the options", isWrong };
  if (routes.of(format) === "failed") return { options: "Options not loaded", isWrong };
  return { options: Object.keys(rules).length > 0 ? summary(rules, options) : "", isWrong };
}

/** @param {Upload} upload @returns {Pick<View, "title" | "note" | "bar" | "percent">} */
function uploadProgress({ sent, size }) {
  const percent = Math.min((sent / size) * 100, 99);
  return {
    title: percentage(percent),
    note: `Uploading · ${bytes(sent)} of ${bytes(size)}`,
    bar: "measured",
    percent,
  };
}
