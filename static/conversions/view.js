import { hasEnded } from "./conversion.js";
import { ofUpload } from "./upload-view.js";
import { spelled } from "./routes.js";
import { failure, ofFiles, PLAIN, sizeOf } from "./view-parts.js";
import { bytes, difference, duration, percentage, plural, stage } from "./words.js";

/** @typedef {import("./types.js").Conversion} Conversion */
/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {import("./types.js").View} View */

/** After this long without news of a running conversion the row says so. */
export const SILENT_MS = 10_000;

/**
 * @typedef {object} Context
 * @property {import("./formats.js").Formats} formats
 * @property {Pick<import("./routes.js").Routes, "of" | "find">} routes
 * @property {number} now by the server's clock
 * @property {boolean} isCut whether the page has long been told nothing as it happens
 * @property {(key: string) => boolean} holds whether this page has the file of the row with that key
 */

/** @param {import("./rows.js").Row} row @param {Context} context @returns {View} */
export function describe(row, context) {
  if (!row.held) return ofUpload(/** @type {Upload} */ (row.upload), context);
  const isAgain = hasEnded(row.held.conversion) && context.holds(row.key);
  const other = row.held.conversion.sources.length > 1 ? "apart" : "other";
  return { ...ofConversion(row.held, context), other: isAgain ? other : "" };
}

/** Of a page that is cut off, the queue has moved on. @param {Conversion} conversion @param {boolean} isCut @returns {Pick<View, "note" | "tone">} */
function waiting({ queue_position, recoveries, started_at: begun }, isCut) {
  const note = turn(isCut ? null : queue_position);
  if (!recoveries && !begun) return { note, tone: "" };
  // It may have been lost once and stopped since; to be told of either is enough.
  return {
    note: `Begins again, since its worker was ${recoveries ? "lost" : "stopped"} · ${note}`,
    tone: "warn",
  };
}

/** When it starts. Of what waits far behind, no place is told. @param {number | null | undefined} position */
function turn(position) {
  if (!position) return "Starts when it is its turn";
  return position === 1 ? "Next to start" : `${plural(position - 1, "file")} before it`;
}

/**
 * @param {import("./state.js").Held} held
 * @param {Context} context
 * @returns {View}
 */
function ofConversion({ conversion, newsAt }, { formats, now, isCut }) {
  const { sources, to } = conversion;
  const base = { ...PLAIN, ...ofFiles(formats, sources), to };
  switch (conversion.state) {
    case "queued":
      return {
        ...base,
        look: "wait",
        title: "Waiting",
        route: spelled(conversion.route),
        ...waiting(conversion, isCut),
        main: "cancel",
      };
    case "running":
      return {
        ...base,
        look: "run",
        route: spelled(conversion.route),
        ...running(conversion, now - newsAt, now),
        main: "cancel",
      };
    case "completed":
      return { ...base, ...completed(conversion, now) };
    case "failed":
      return {
        ...base,
        look: "fail",
        ...failure(conversion.error),
        code: code(conversion),
        words: words(conversion.error),
      };
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
  const { percent, progress, eta_seconds: eta, recoveries } = conversion;
  const estimated = progress === "estimated";
  const time = eta ? ` · about ${duration(Math.ceil(eta))} left` : elapsed(conversion, now);
  const silent = silentMs >= SILENT_MS;
  const again = recoveries ? " · begun again" : "";
  const note = silent
    ? `Last update ${duration(silentMs / 1000)} ago`
    : `${stage(conversion.stage)}${time}${again}`;
  const shown = Math.min(percent ?? 0, 99);
  return {
    title: percent === null ? "Converting" : `${estimated ? "≈ " : ""}${percentage(shown)}`,
    note: estimated && !silent ? `${note} · estimate` : note,
    tone: silent ? "warn" : "",
    bar: percent === null ? (silent ? "still" : "unknown") : estimated ? "estimated" : "measured",
    percent: shown,
  };
}

/** Where nothing better is known: how long it has been at work. @param {Conversion} conversion @param {number} now */
function elapsed({ progress, percent, started_at: start }, now) {
  const seconds = start ? Math.floor((now - start) / 1000) : 0;
  const known = percent !== null && progress === "measured";
  return known || seconds < 2 ? "" : ` · ${duration(seconds)} so far`;
}

/** @param {Conversion} conversion @param {number} now */
function completed(conversion, now) {
  const { output, started_at: start, finished_at: end } = conversion;
  if (!output?.url || conversion.expires_at <= now) {
    return {
      look: /** @type {const} */ ("off"),
      title: "Expired",
      note: "The files were deleted, as promised",
    };
  }
  const size = sizeOf(conversion.sources);
  const took = start && end ? ` · took ${duration((end - start) / 1000)}` : "";
  return {
    look: /** @type {const} */ ("done"),
    title: bytes(output.size),
    note: `${difference(size, output.size)}${took}`,
    tone: /** @type {View["tone"]} */ (output.size < size ? "good" : ""),
    main: /** @type {const} */ ("download"),
    href: output.url,
  };
}

/** @param {import("./types.js").Problem | null} error */
function words(error) {
  const last = error?.params?.words;
  return typeof last === "string" ? last : "";
}

/** @param {Conversion} conversion */
function code({ id, error }) {
  if (!error) return "";
  const reason = error.params?.reason ?? "";
  return [error.code, reason, id].filter(Boolean).join(" · ");
}
