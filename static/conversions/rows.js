import { addedAt, hasEnded, hasExpired } from "./conversion.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {{ key: string, at: number, upload: import("./types.js").Upload | null, held: import("./state.js").Held | null }} Row */

/**
 * The rows of the page, newest first, in the order that a reload would give and that every tab shows: what the site has
 * is as old as the site says. A row keeps its key when its upload becomes a conversion. What expired has gone, whether the server said so or not.
 * @param {State} state
 * @param {number} now by the server's clock
 * @returns {Row[]}
 */
export function rows(state, now) {
  const claimed = new Set([...state.uploads.values()].map(({ id }) => id));
  const own = [...state.uploads.values()].map((upload) => {
    const held = state.conversions.get(upload.id) ?? null;
    return { key: upload.key, at: held ? addedAt(held.conversion) : upload.addedAt, upload, held };
  });
  const others = [...state.conversions.values()]
    .filter(({ conversion: { id } }) => !claimed.has(id) && !state.unclaimed.has(id))
    .map((held) => ({ key: held.conversion.id, at: addedAt(held.conversion), upload: null, held }));
  // An upload whose conversion was deleted waits for its return.
  return [...own.filter(({ upload, held }) => held || !upload.id), ...others]
    .filter(
      ({ held }) => !held || !(state.removed.has(held.conversion.id) || hasExpired(held.conversion, now)),
    )
    .sort((one, other) => other.at - one.at || (name(one) < name(other) ? 1 : -1));
}

/** The same in every tab, once the site has it. @param {Row} row */
function name({ key, held }) {
  return held?.conversion.id ?? key;
}

/** Whether a row still moves by itself. @param {Row} row */
export function isActive({ upload, held }) {
  if (held) return !hasEnded(held.conversion);
  return upload !== null && ["waiting", "paused", "uploading", "sent"].includes(upload.state);
}
