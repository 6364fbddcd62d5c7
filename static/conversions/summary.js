import { hasEnded } from "./conversion.js";
import { isActive } from "./rows.js";
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

/**
 * How far all is that is under way, with what ended since the oldest of it began; null when nothing is.
 * @param {Row[]} rows
 * @returns {number | null} percent
 */
export function overall(rows) {
  const active = rows.filter(isActive);
  if (active.length === 0) return null;
  const since = Math.min(...active.map(({ at }) => at));
  const ended = rows.filter(({ at, held }) => at >= since && held && hasEnded(held.conversion));
  const done = active.reduce((sum, { held }) => sum + (held?.conversion.percent ?? 0), ended.length * 100);
  return Math.min(done / (active.length + ended.length), 99);
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
  if (ended.length > 1) return `${plural(ended.length, "file")} ended: ${[...ended.map(outcome)].join(" ")}`;
  return ended.map(outcome).join("");
}

/** @param {import("./state.js").Held} held */
function outcome({ conversion: { state, sources, error } }) {
  const name = sources[0]?.name ?? "A file";
  if (state === "completed") return `${name} is ready.`;
  return state === "failed" ? `${name} failed: ${error?.message ?? ""}` : `${name} was cancelled.`;
}
