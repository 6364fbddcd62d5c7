import { hasEnded } from "./conversion.js";
import { extension } from "./formats.js";
import { bytes, difference, duration, ordinal, percentage, stage } from "./words.js";

/** @typedef {import("./types.js").Conversion} Conversion */
/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {"convert" | "cancel" | "retry" | "again" | "download" | "remove"} Action */

/** After this long without news of a running conversion the row says so. */
const SILENT_MS = 10_000;

/**
 * What one row shows. `percent` null with a bar means: how far is not known.
 * @typedef {object} View
 * @property {"ready" | "up" | "wait" | "run" | "done" | "fail" | "off"} look
 * @property {string} name
 * @property {string} chip
 * @property {string} about format and size of the file
 * @property {string} to id of the target
 * @property {string[]} targets what may be chosen instead; empty where the choice is made
 * @property {string} title
 * @property {string} note
 * @property {"" | "good" | "warn"} tone
 * @property {"none" | "measured" | "estimated" | "unknown"} bar
 * @property {number} percent
 * @property {Action | null} main the action that matters now
 * @property {string} href of the download
 * @property {string} code of an error, and what to quote
 */

/**
 * @param {import("./state.js").Row} row
 * @param {{ formats: import("./formats.js").Formats, now: number }} context `now` by the server's clock
 * @returns {View}
 */
export function describe(row, context) {
  if (row.held) return ofConversion(row.held, context);
  return ofUpload(/** @type {Upload} */ (row.upload), context.formats);
}

/** @type {Omit<View, "look" | "name" | "chip" | "about" | "to" | "title">} */
const PLAIN = { targets: [], note: "", tone: "", bar: "none", percent: 0, main: null, href: "", code: "" };

/** @param {Upload} upload @param {import("./formats.js").Formats} formats @returns {View} */
function ofUpload(upload, formats) {
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
        note: "Choose a format, then convert",
        targets: choice,
        main: "convert",
      };
    case "waiting":
      return { ...base, look: "wait", title: "Waiting", note: "Other files are sent first", main: "cancel" };
    case "uploading":
      return { ...base, look: "up", ...uploadProgress(upload), main: "cancel" };
    case "failed":
      return {
        ...base,
        look: "fail",
        ...failure(upload.error),
        targets: upload.error?.retryable ? choice : [],
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

/**
 * @param {import("./state.js").Held} held
 * @param {{ formats: import("./formats.js").Formats, now: number }} context
 * @returns {View}
 */
function ofConversion({ conversion, heardAt }, { formats, now }) {
  const { sources, to } = conversion;
  const source = sources[0] ?? { name: "?", size: 0, format: "" };
  const base = {
    ...PLAIN,
    name: source.name,
    chip: chip(source.name, source.format),
    to,
    about: about(formats, source),
  };
  switch (conversion.state) {
    case "queued":
      return {
        ...base,
        look: "wait",
        title: "Waiting",
        note: place(conversion.queue_position),
        main: "cancel",
      };
    case "running":
      return { ...base, look: "run", ...running(conversion, now - heardAt, now), main: "cancel" };
    case "completed":
      return { ...base, ...completed(conversion, source, now) };
    case "failed":
      return { ...base, look: "fail", ...failure(conversion.error), code: code(conversion) };
    case "cancelled":
      return {
        ...base,
        look: "off",
        title: "Cancelled",
        note: "Nothing was kept but your file",
        main: "again",
      };
  }
}

/**
 * @param {Conversion} conversion
 * @param {number} silentMs
 * @param {number} now
 * @returns {Pick<View, "title" | "note" | "tone" | "bar" | "percent">}
 */
function running(conversion, silentMs, now) {
  const { percent, progress, eta_seconds: eta } = conversion;
  const estimated = progress === "estimated";
  const time = eta ? ` · about ${duration(Math.ceil(eta))} left` : elapsed(conversion, now);
  const silent = silentMs >= SILENT_MS;
  const note = silent ? `Last update ${duration(silentMs / 1000)} ago` : `${stage(conversion.stage)}${time}`;
  const shown = Math.min(percent ?? 0, 99);
  return {
    title: percent === null ? "Converting" : `${estimated ? "≈ " : ""}${percentage(shown)}`,
    note: estimated && !silent ? `${note} · estimate` : note,
    tone: silent ? "warn" : "",
    bar: percent === null ? "unknown" : estimated ? "estimated" : "measured",
    percent: shown,
  };
}

/** Where nothing better is known: how long it has been at work. @param {Conversion} conversion @param {number} now */
function elapsed({ progress, percent, started_at: start }, now) {
  const seconds = start ? Math.floor((now - start) / 1000) : 0;
  const known = percent !== null && progress === "measured";
  return known || seconds < 2 ? "" : ` · ${duration(seconds)} so far`;
}

/** @param {Conversion} conversion @param {import("./types.js").Source} source @param {number} now */
function completed(conversion, source, now) {
  const { output, started_at: start, finished_at: end } = conversion;
  if (!output?.url || conversion.expires_at <= now) {
    return {
      look: /** @type {const} */ ("off"),
      title: "Expired",
      note: "The files were deleted, as promised",
    };
  }
  const took = start && end ? ` · took ${duration((end - start) / 1000)}` : "";
  return {
    look: /** @type {const} */ ("done"),
    title: bytes(output.size),
    note: `${difference(source.size, output.size)}${took}`,
    tone: /** @type {View["tone"]} */ (output.size < source.size ? "good" : ""),
    main: /** @type {const} */ ("download"),
    href: output.url,
  };
}

/** @param {import("./types.js").Problem | null} error @returns {Pick<View, "title" | "note" | "main">} */
function failure(error) {
  const { message, suggestion, retryable } = error ?? {
    message: "It failed.",
    suggestion: "",
    retryable: true,
  };
  return { title: message, note: suggestion, main: retryable ? "retry" : null };
}

/** @param {Conversion} conversion */
function code({ id, error }) {
  if (!error) return "";
  const reason = error.params?.reason ?? "";
  return [error.code, reason, id].filter(Boolean).join(" · ");
}

/** @param {number | null | undefined} position */
function place(position) {
  if (!position) return "Starts as soon as a worker is free";
  return position === 1 ? "Next in the queue" : `${ordinal(position)} in the queue`;
}

/** @param {string} name @param {string} format */
function chip(name, format) {
  return (format || extension(name) || "?").slice(0, 4).toUpperCase();
}

/** @param {import("./formats.js").Formats} formats @param {import("./types.js").Source} source */
function about(formats, { name, size, format }) {
  if (!format) return bytes(size);
  const odd = formats.disagrees(name, format) ? `, though named .${extension(name)}` : "";
  return `${formats.name(format)}${odd} · ${bytes(size)}`;
}

/** Whether a row still moves by itself. @param {import("./state.js").Row} row */
export function isActive({ upload, held }) {
  if (held) return !hasEnded(held.conversion);
  return upload !== null && ["waiting", "uploading", "sent"].includes(upload.state);
}
