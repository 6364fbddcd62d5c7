import { about, chip, failure, offered, PLAIN } from "./view-parts.js";
import { bytes, percentage } from "./words.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {import("./types.js").View} View */

/** @param {Upload} upload @param {import("./formats.js").Formats} formats @returns {View} */
export function ofUpload(upload, formats) {
  const { name, size, format, to } = upload;
  const base = {
    ...PLAIN,
    name,
    chip: chip(name, format),
    to,
    about: about(formats, { name, size, format }),
  };
  const choice = formats.targets(format);
  switch (upload.state) {
    case "ready":
      return {
        ...base,
        look: "ready",
        title: "Ready",
        note: format
          ? "Choose a format, then convert"
          : "Its name tells no format: once sent, the site looks into it",
        targets: choice,
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
        targets: upload.error?.retryable ? choice : offered(upload.error),
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
