import { summary } from "./options.js";
import { spelled } from "./routes.js";
import { about, chip, failure, offered, optionOf, PLAIN } from "./view-parts.js";
import { bytes, percentage } from "./words.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {import("./types.js").View} View */

/** @typedef {Pick<import("./view.js").Context, "formats" | "routes">} Known */

/** @param {Upload} upload @param {Known} known @returns {View} */
export function ofUpload(upload, { formats, routes }) {
  const { name, size, format, to } = upload;
  const base = {
    ...PLAIN,
    name,
    chip: chip(name, format),
    to,
    route: spelled(routes.find(format, to)?.steps),
    about: about(formats, { name, size, format }),
  };
  const targets = choices(upload, formats);
  const choice = { targets, ...(targets.length > 0 ? options(upload, routes) : {}) };
  switch (upload.state) {
    case "ready":
      return {
        ...base,
        look: "ready",
        title: "Ready",
        note: format
          ? "Choose a format, then convert"
          : "Its name tells no format: once sent, the site looks into it",
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

/** What may be chosen. @param {Upload} upload @param {import("./formats.js").Formats} formats @returns {string[]} ids of targets */
export function choices({ format, error }, formats) {
  const isFree = !error || error.retryable || optionOf(error) !== "";
  return isFree ? formats.targets(format) : offered(error);
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
