import { hasEnded } from "./conversion.js";
import { isActive } from "./rows.js";
import { nameOf } from "./view-parts.js";
import { plural } from "./words.js";

/** @typedef {import("./rows.js").Row} Row */

/** @type {[string, (row: Row) => boolean][]} */
const KINDS = [
  ["done", ({ held }) => held?.conversion.state === "completed"],
  ["running", ({ held }) => held?.conversion.state === "running"],
  ["uploading", ({ held, upload }) => !held && ["uploading", "sent"].includes(upload?.state ?? "")],
  [
    "waiting",
    ({ held, upload }) =>
      held ? held.conversion.state === "queued" : ["waiting", "paused"].includes(upload?.state ?? ""),
  ],
  ["ready", ({ held, upload }) => !held && upload?.state === "ready"],
  ["failed", ({ held, upload }) => (held?.conversion.state ?? upload?.state) === "failed"],
  ["cancelled", ({ held }) => held?.conversion.state === "cancelled"],
];

/** "2 done · 3 running". @param {Row[]} rows */
export function summary(rows) {
  return KINDS.map(([word, fits]) => [rows.filter(fits).length, word])
    .filter(([count]) => count)
    .map(([count, word]) => `${count}\u00a0${word}`)
    .join(" · ");
}

/** What is under way, with what ended since nothing was. */
export class Batch {
  /** @type {Map<string, boolean>} keys of rows, and whether each was still to be sent when it came */
  #rows = new Map();

  /** How far all of it is; null when nothing is under way. @param {Row[]} rows @returns {number | null} percent */
  progress(rows) {
    const active = rows.filter(isActive);
    if (active.length === 0) this.#rows.clear();
    for (const { key, held } of active) if (!this.#rows.has(key)) this.#rows.set(key, !held);
    // What was taken back before it was sent is nothing to do any more.
    const all = rows.filter(
      ({ key, held, upload }) => this.#rows.has(key) && (held || upload?.state !== "ready"),
    );
    if (all.length === 0) return null;
    const done = all.reduce((sum, row) => sum + this.#part(row), 0);
    return Math.min((done / all.length) * 100, 99);
  }

  /** How much of a row's way is behind it; for what is sent from here, sending is the first half. @param {Row} row */
  #part(row) {
    if (!isActive(row)) return 1;
    const converted = (row.held?.conversion.percent ?? 0) / 100;
    if (!this.#rows.get(row.key)) return converted;
    const sent = row.held ? 1 : (row.upload?.sent ?? 0) / (row.upload?.size || 1);
    return (Math.min(sent, 1) + converted) / 2;
  }
}

/**
 * What a screen reader is told: what ended between two states, and nothing else.
 * @param {import("./state.js").State} before
 * @param {import("./state.js").State} after
 */
export function spoken(before, after) {
  const ended = [...after.conversions.values()].filter(({ conversion }) => {
    const known = before.conversions.get(conversion.id)?.conversion;
    return known && !hasEnded(known) && hasEnded(conversion);
  });
  const refused = [...after.uploads.values()].filter(({ key, state }) => {
    const known = before.uploads.get(key);
    return known && known.state !== "failed" && state === "failed";
  });
  const said = [...ended.map(outcome), ...refused.map(({ name, error }) => failed(name, error))];
  return said.length > 1 ? `${plural(said.length, "file")} ended: ${said.join(" ")}` : said.join("");
}

/** @param {import("./state.js").Held} held */
function outcome({ conversion: { state, sources, error } }) {
  const name = nameOf(sources);
  if (state === "completed") return `${name} is ready.`;
  return state === "failed" ? failed(name, error) : `${name} was cancelled.`;
}

/** @param {string} name @param {import("./types.js").Problem | null} error */
function failed(name, error) {
  return `${name} failed: ${error?.message ?? ""}`;
}
