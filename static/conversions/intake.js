import { limit } from "./words.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {{ formats: import("./formats.js").Formats, maxUploadBytes: number, last: string | null, now: number }} Rules */

let added = 0;

/**
 * The rows for files that were added. What the site cannot convert, by its name, is refused before it is sent.
 * @param {File[]} files in the order in which they shall be shown
 * @param {Rules} rules
 * @returns {{ upload: Upload, file: File }[]}
 */
export function takeIn(files, rules) {
  return files.map((file, index) => {
    const format = rules.formats.guess(file.name)?.id ?? "";
    const error = refusal(file, format, rules);
    added += 1;
    /** @type {Upload} */
    const upload = {
      key: `file-${added}`,
      name: file.name,
      size: file.size,
      format,
      to: error ? "" : rules.formats.target(format, rules.last),
      options: {},
      wrong: {},
      state: error ? "failed" : "ready",
      sent: 0,
      error,
      // Newest first, so the first file of a batch is its newest.
      addedAt: rules.now + (files.length - index) / 1000,
      nonce: nonce(),
      id: "",
    };
    return { upload, file };
  });
}

/** `randomUUID` is missing where the page came by plain http. */
function nonce() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
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
