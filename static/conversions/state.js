import { conversionAfter, newer } from "./conversion.js";

/** @typedef {import("./types.js").Conversion} Conversion */
/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {{ conversion: Conversion, heardAt: number }} Held */

/**
 * All that the page knows. Conversions are matched by id alone: two files may share a name.
 * @typedef {object} State
 * @property {ReadonlyMap<string, Upload>} uploads by key
 * @property {ReadonlyMap<string, Held>} conversions by id
 * @property {ReadonlySet<string>} removed ids that the person deleted, hidden before the server knows
 * @property {ReadonlySet<string>} unclaimed ids that appeared while an upload was unanswered, and may be its own
 * @property {ReadonlySet<string>} pending keys of rows of which something was asked and not yet answered
 * @property {ReadonlySet<string>} wanted ids that were heard of but are not known; to be asked for
 */

/**
 * @typedef {{ type: "snapshot", conversions: Conversion[], at: number }
 *   | { type: "event", message: import("../realtime/protocol.js").Message, at: number }
 *   | { type: "received", conversion: Conversion, at: number }
 *   | { type: "gone", id: string }
 *   | { type: "removed", id: string }
 *   | { type: "kept", id: string }
 *   | { type: "asking", key: string }
 *   | { type: "answered", key: string }
 *   | { type: "added", uploads: Upload[] }
 *   | { type: "upload", key: string, change: Partial<Upload> }
 *   | { type: "accepted", key: string, conversion: Conversion, at: number }
 *   | { type: "dropped", key: string }} Action
 */

/** @type {State} */
export const EMPTY = {
  uploads: new Map(),
  conversions: new Map(),
  removed: new Set(),
  unclaimed: new Set(),
  pending: new Set(),
  wanted: new Set(),
};

/**
 * The state after an action. Nothing is changed in place.
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "snapshot":
      return afterSnapshot(state, action.conversions, action.at);
    case "event":
      return afterEvent(state, action.message, action.at);
    case "received":
      return {
        ...hold(state, action.conversion, action.at),
        removed: without(state.removed, action.conversion.id),
      };
    case "gone":
      return forget(state, action.id);
    case "removed":
      return { ...state, removed: new Set(state.removed).add(action.id) };
    case "kept":
      return { ...state, removed: without(state.removed, action.id) };
    case "asking":
      return { ...state, pending: new Set(state.pending).add(action.key) };
    case "answered":
      return { ...state, pending: without(state.pending, action.key) };
    case "added":
      return { ...state, uploads: new Map([...state.uploads, ...action.uploads.map(byKey)]) };
    case "upload":
      return settled(change(state, action.key, action.change));
    case "accepted":
      return afterAccepted(state, action.key, action.conversion, action.at);
    case "dropped":
      return settled({ ...state, uploads: withoutKey(state.uploads, action.key) });
  }
}

/** Whether a file is on its way, or the answer to one is. @param {State} state */
export function isSending({ uploads }) {
  return [...uploads.values()].some(({ state }) => state === "uploading" || state === "sent");
}

/** @param {State} state @param {Conversion[]} conversions @param {number} at @returns {State} */
function afterSnapshot(state, conversions, at) {
  const known = new Map(
    conversions.map((told) => {
      const conversion = newer(state.conversions.get(told.id)?.conversion, told);
      return [told.id, { conversion, heardAt: at }];
    }),
  );
  const uploads = [...state.uploads].filter(([, { id }]) => !id || known.has(id));
  const claimed = new Set(uploads.map(([, { id }]) => id));
  // What appears while an upload is unanswered may be that upload's; what was shown before stays in sight.
  const strange = [...known.keys()].filter((id) => !claimed.has(id) && !isShown(state, id));
  const unclaimed = new Set(isSending(state) ? strange : []);
  return { ...state, conversions: known, uploads: new Map(uploads), unclaimed, wanted: new Set() };
}

/** @param {State} state @param {string} id */
function isShown(state, id) {
  return state.conversions.has(id) && !state.unclaimed.has(id);
}

/** @param {State} state @param {import("../realtime/protocol.js").Message} message @param {number} at @returns {State} */
function afterEvent(state, message, at) {
  const id = message.conversion_id;
  if (message.type === "conversion_deleted") return forget(state, id);
  if (message.type === "conversion_restored") {
    return reduce(state, { type: "received", conversion: message.conversion, at });
  }
  if (message.type === "conversion_queued") return afterQueued(state, message.conversion, at);
  const held = state.conversions.get(id);
  if (!held) return id ? { ...state, wanted: new Set(state.wanted).add(id) } : state;
  const conversion = conversionAfter(held.conversion, message);
  return { ...state, conversions: new Map(state.conversions).set(id, { conversion, heardAt: at }) };
}

/** @param {State} state @param {Conversion} conversion @param {number} at @returns {State} */
function afterQueued(state, conversion, at) {
  const next = hold(state, conversion, at);
  const mayBeOurs = isSending(state) && !state.conversions.has(conversion.id);
  return mayBeOurs ? { ...next, unclaimed: new Set(next.unclaimed).add(conversion.id) } : next;
}

/** @param {State} state @param {string} key @param {Conversion} conversion @param {number} at @returns {State} */
function afterAccepted(state, key, conversion, at) {
  const next = change(hold(state, conversion, at), key, { state: "accepted", id: conversion.id });
  return settled({ ...next, unclaimed: without(next.unclaimed, conversion.id) });
}

/** @param {State} state @param {Conversion} conversion @param {number} at @returns {State} */
function hold(state, conversion, at) {
  const { id } = conversion;
  const kept = newer(state.conversions.get(id)?.conversion, conversion);
  const conversions = new Map(state.conversions).set(id, { conversion: kept, heardAt: at });
  return { ...state, conversions, wanted: without(state.wanted, id) };
}

/** @param {State} state @param {string} id @returns {State} */
function forget(state, id) {
  const uploads = new Map([...state.uploads].filter(([, upload]) => upload.id !== id));
  const conversions = withoutKey(state.conversions, id);
  const [removed, unclaimed, wanted] = [state.removed, state.unclaimed, state.wanted].map((ids) =>
    without(ids, id),
  );
  return { ...state, uploads, conversions, removed, unclaimed, wanted };
}

/** @param {State} state @param {string} key @param {Partial<Upload>} part @returns {State} */
function change(state, key, part) {
  const upload = state.uploads.get(key);
  return upload ? { ...state, uploads: new Map(state.uploads).set(key, { ...upload, ...part }) } : state;
}

/** Once nothing is on its way, what nobody claimed is somebody else's. @param {State} state @returns {State} */
function settled(state) {
  return state.unclaimed.size > 0 && !isSending(state) ? { ...state, unclaimed: new Set() } : state;
}

/** @param {Upload} upload @returns {[string, Upload]} */
function byKey(upload) {
  return [upload.key, upload];
}

/** @param {ReadonlySet<string>} ids @param {string} id @returns {ReadonlySet<string>} */
function without(ids, id) {
  return ids.has(id) ? new Set([...ids].filter((each) => each !== id)) : ids;
}

/**
 * @template Value
 * @param {ReadonlyMap<string, Value>} map
 * @param {string} key
 * @returns {ReadonlyMap<string, Value>}
 */
function withoutKey(map, key) {
  return new Map([...map].filter(([each]) => each !== key));
}
