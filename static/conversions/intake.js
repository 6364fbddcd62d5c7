import { SEVERAL } from "./routes.js";
import { nameOf, sizeOf } from "./view-parts.js";
import { limit } from "./words.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {{ formats: import("./formats.js").Formats, maxUploadBytes: number, last: string | null, now: number }} Rules */

let added = 0;

/**
 * The rows for files that were added. What the site cannot convert, by its name, is refused before it is sent.
 * @param {File[]} files in the order in which they shall be shown
 * @param {Rules} rules
 * @returns {{ upload: Upload, files: File[] }[]}
 */
export function takeIn(files, rules) {
  return files.map((file, index) => {
    const format = rules.formats.guess(file.name)?.id ?? "";
    const error = refusal(file, format, rules);
    /** @type {Upload} */
    const upload = {
      ...fresh(),
      name: file.name,
      size: file.size,
      format,
      parts: [],
      to: error ? "" : rules.formats.target(format, rules.last),
      state: error ? "failed" : "ready",
      error,
      // Newest first, so the first file of a batch is its newest.
      addedAt: rules.now + (files.length - index) / 1000,
    };
    return { upload, files: [file] };
  });
}

/**
 * A row for files that shall become one, in the place of the first.
 * @param {Upload[]} uploads of those files, in their order
 * @param {string} to
 * @returns {Upload}
 */
export function together(uploads, to) {
  const parts = uploads.flatMap((upload) => (upload.parts.length > 0 ? upload.parts : [partOf(upload)]));
  return {
    ...fresh(),
    name: nameOf(parts),
    size: sizeOf(parts),
    format: SEVERAL,
    parts,
    to,
    state: "ready",
    error: null,
    addedAt: uploads[0].addedAt,
  };
}

/** @param {Upload} upload @returns {import("./types.js").Source} */
function partOf({ name, size, format }) {
  return { name, size, format };
}

/** What all rows begin with. */
function fresh() {
  added += 1;
  return { key: `file-${added}`, options: {}, wrong: {}, sent: 0, sentAs: "", id: "" };
}

/** @param {File} file @param {string} format @param {Rules} rules @returns {Problem | null} */
function refusal({ size }, format, { formats, maxUploadBytes }) {
  if (size === 0) {
    return problem(
      "empty_file",
      "The file is empty.",
      "Choose one that has content; a folder cannot be converted.",
    );
  }
  if (size > maxUploadBytes) {
    const largest = limit(maxUploadBytes);
    return problem(
      "file_too_large",
      "The file is too large.",
      `Files may have up to ${largest}. Choose a smaller one.`,
    );
  }
  if (formats.targets(format).length > 0) return null;
  return problem(
    "unknown_format",
    "This kind of file cannot be converted here.",
    `Choose one of the formats listed above (${formats.readable}).`,
  );
}

/** @param {string} code @param {string} message @param {string} suggestion @returns {Problem} */
function problem(code, message, suggestion) {
  return { code, message, suggestion, retryable: false };
}
