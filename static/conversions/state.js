import { addedAt, conversionAfter, isNews, newer } from "./conversion.js";
import { isConversion, isSound } from "./payloads.js";

/** @typedef {import("./types.js").Conversion} Conversion */
/** @typedef {import("./types.js").Upload} Upload */
/**
 * When the server was last heard of a conversion, and when it last told anything new.
 * @typedef {{ conversion: Conversion, heardAt: number, newsAt: number }} Held
 */

/**
 * All that the page knows. Conversions are matched by id alone: two files may share a name.
 * @typedef {object} State
 * @property {ReadonlyMap<string, Upload>} uploads by key
 * @property {ReadonlyMap<string, Held>} conversions by id
 * @property {ReadonlySet<string>} removed ids that the person deleted, hidden before the server knows
 * @property {ReadonlyMap<string, number>} deleted when it was heard that the server has these ids no more
 * @property {ReadonlySet<string>} unclaimed ids of what became of uploads whose answer has not come yet
 * @property {ReadonlySet<string>} pending keys of rows of which something was asked and not yet answered
 * @property {ReadonlySet<string>} wanted ids that were heard of but are not known; to be asked for
 * @property {number} ignored how much came that was incomplete or wrong
 */

/**
 * Times are the server's. What was asked for may be older than what was heard since: `askedAt` tells. A snapshot that is
 * a part has the newest only, and says nothing of what is older.
 * @typedef {{ type: "snapshot", conversions: Conversion[], at: number, askedAt?: number, isPart?: boolean }
 *   | { type: "event", message: import("../realtime/protocol.js").Message, at: number }
 *   | { type: "received", conversion: Conversion, at: number, askedAt?: number }
 *   | { type: "restored", conversion: Conversion, at: number, askedAt?: number }
 *   | { type: "gone", id: string, at: number }
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
  deleted: new Map(),
  unclaimed: new Set(),
  pending: new Set(),
  wanted: new Set(),
  ignored: 0,
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
      return Array.isArray(action.conversions) ? afterSnapshot(state, action) : ignore(state);
    case "event":
      return afterEvent(state, action.message, action.at);
    case "received":
      return afterReceived(state, action);
    case "restored":
      return afterRestored(state, action);
    case "gone":
      return forget(state, action.id, action.at);
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

/** Whether any file is on its way. @param {State} state */
export function isSending({ uploads }) {
  return [...uploads.values()].some(isUnderWay);
}

/** Whether a file, or the answer to it, is on its way, or it was cut, which the site may have noticed or not. @param {Upload} upload */
function isUnderWay({ state }) {
  return ["uploading", "sent", "paused"].includes(state);
}

/**
 * The upload under way that became this conversion, which tells the key under which it was sent. The answer to the upload
 * may come later, or be lost.
 * @param {State} state
 * @param {Conversion} conversion
 */
function senderOf({ uploads }, { idempotency_key: key }) {
  return [...uploads.values()].find((upload) => isUnderWay(upload) && upload.sentAs && upload.sentAs === key);
}

/** The uploads whose conversions these are, are taken in, if all of them was sent: nobody is to wait for an answer. @param {State} state @param {Conversion[]} conversions */
function takeClaimed(state, conversions) {
  return conversions.reduce((before, conversion) => {
    const sender = senderOf(before, conversion);
    if (sender === undefined || sender.state === "uploading") return before;
    const next = change(before, sender.key, { state: "accepted", id: conversion.id, error: null });
    return settled({ ...next, unclaimed: without(next.unclaimed, conversion.id) });
  }, state);
}

/** @param {State} state @param {Extract<Action, { type: "snapshot" }>} snapshot @returns {State} */
function afterSnapshot(state, snapshot) {
  const { conversions, at, askedAt = Infinity } = snapshot;
  const deleted = new Map([...state.deleted].filter(([, when]) => when >= askedAt));
  const sound = conversions.filter((told) => isConversion(told) && !deleted.has(told.id));
  const known = new Map(untold(state, snapshot));
  for (const told of sound) {
    known.set(told.id, afterTold(state.conversions.get(told.id), told, at));
  }
  const claimed = new Set([...state.uploads.values()].map(({ id }) => id));
  // What was shown before stays in sight.
  const strange = [...known].filter(([id]) => !claimed.has(id) && !isShown(state, id));
  const ours = strange.filter(([, { conversion }]) => senderOf(state, conversion));
  const unclaimed = new Set(ours.map(([id]) => id));
  const next = takeClaimed(
    { ...state, conversions: known, deleted, unclaimed },
    ours.map(([, { conversion }]) => conversion),
  );
  const unsound = conversions.filter((told) => !isConversion(told));
  return { ...next, wanted: new Set(unsound.flatMap(idOf)), ignored: state.ignored + unsound.length };
}

/**
 * What a snapshot leaves as it was: what it tells amiss, what was heard of since it was asked for, and what is older
 * than all of it where it is but a part.
 * @param {State} state
 * @param {Extract<Action, { type: "snapshot" }>} snapshot
 */
function untold(state, { conversions, askedAt = Infinity, isPart = false }) {
  const ids = new Set(conversions.flatMap(idOf));
  const oldest = Math.min(...conversions.filter(isConversion).map(addedAt));
  const isOlder = (/** @type {Conversion} */ told) =>
    isPart && conversions.length > 0 && addedAt(told) <= oldest;
  return [...state.conversions].filter(
    ([id, { conversion, heardAt }]) => ids.has(id) || heardAt > askedAt || isOlder(conversion),
  );
}

/** @param {unknown} told @returns {string[]} its id, where it has one */
function idOf(told) {
  const id = /** @type {any} */ (told)?.id;
  return typeof id === "string" ? [id] : [];
}

/** @param {State} state @param {string} id */
function isShown(state, id) {
  return state.conversions.has(id) && !state.unclaimed.has(id);
}

/** @param {State} state @param {import("../realtime/protocol.js").Message} message @param {number} at @returns {State} */
function afterEvent(state, message, at) {
  if (!isSound(message)) return afterUnsound(state, message);
  const id = message.conversion_id;
  if (message.type === "conversion_deleted") return forget(state, id, at);
  if (message.type === "conversion_restored") {
    return reduce(state, { type: "restored", conversion: message.conversion, at });
  }
  if (message.type === "conversion_queued") return afterQueued(state, message.conversion, at);
  const held = state.conversions.get(id);
  if (!held) return id ? { ...state, wanted: new Set(state.wanted).add(id) } : state;
  const conversion = conversionAfter(held.conversion, message);
  return {
    ...state,
    conversions: new Map(state.conversions).set(id, { conversion, heardAt: at, newsAt: at }),
  };
}

/**
 * What an incomplete event tells is left out. The next ones tell of progress again; what is told once is asked for.
 * @param {State} state
 * @param {import("../realtime/protocol.js").Message} message
 * @returns {State}
 */
function afterUnsound(state, { type, conversion_id: id }) {
  const next = ignore(state);
  const isToldOnce = typeof id === "string" && !["progress_update", "queue_position"].includes(type);
  return isToldOnce ? { ...next, wanted: new Set(next.wanted).add(id) } : next;
}

/** @param {State} state @returns {State} */
function ignore(state) {
  return { ...state, ignored: state.ignored + 1 };
}

/** @param {State} state @param {Extract<Action, { type: "received" }>} answer @returns {State} */
function afterReceived(state, { conversion, at, askedAt = 0 }) {
  if (!isConversion(conversion)) return ignore(state);
  const deletedAt = state.deleted.get(conversion.id) ?? -1;
  if (deletedAt < askedAt) return hold(state, conversion, at);
  return { ...state, wanted: without(state.wanted, conversion.id) };
}

/** @param {State} state @param {Extract<Action, { type: "restored" }>} answer @returns {State} */
function afterRestored(state, { conversion, at, askedAt = Infinity }) {
  // Deleted again before the answer came.
  if ((state.deleted.get(conversion.id) ?? -1) > askedAt) return state;
  return { ...hold(state, conversion, at), removed: without(state.removed, conversion.id) };
}

/** @param {State} state @param {Conversion} conversion @param {number} at @returns {State} */
function afterQueued(state, conversion, at) {
  const next = hold(state, conversion, at);
  const isOurs = senderOf(state, conversion) && !state.conversions.has(conversion.id);
  if (!isOurs) return next;
  return takeClaimed({ ...next, unclaimed: new Set(next.unclaimed).add(conversion.id) }, [conversion]);
}

/** @param {State} state @param {string} key @param {Conversion} conversion @param {number} at @returns {State} */
function afterAccepted(state, key, conversion, at) {
  // Deleted elsewhere before the answer to the upload came.
  if (state.deleted.has(conversion.id)) return settled({ ...state, uploads: withoutKey(state.uploads, key) });
  const next = change(hold(state, conversion, at), key, { state: "accepted", id: conversion.id });
  return settled({ ...next, unclaimed: without(next.unclaimed, conversion.id) });
}

/** @param {State} state @param {Conversion} conversion @param {number} at @returns {State} */
function hold(state, conversion, at) {
  const { id } = conversion;
  const held = afterTold(state.conversions.get(id), conversion, at);
  const conversions = new Map(state.conversions).set(id, held);
  return { ...state, conversions, deleted: withoutKey(state.deleted, id), wanted: without(state.wanted, id) };
}

/**
 * What is told may be older than the telling: a worker that was silent before a reload is so after it too.
 * @param {Held | undefined} before
 * @param {Conversion} told
 * @param {number} at
 * @returns {Held}
 */
function afterTold(before, told, at) {
  const conversion = newer(before?.conversion, told);
  const isSame = before && !isNews(before.conversion, conversion);
  const toldAt = Math.min(at, told.heard_at ?? (isSame ? 0 : at));
  return { conversion, heardAt: at, newsAt: Math.max(toldAt, before?.newsAt ?? 0) };
}

/**
 * The upload is kept: if the conversion is restored, it has its row, file and picture again.
 * @param {State} state
 * @param {string} id
 * @param {number} at
 * @returns {State}
 */
function forget(state, id, at) {
  const conversions = withoutKey(state.conversions, id);
  const [removed, unclaimed, wanted] = [state.removed, state.unclaimed, state.wanted].map((ids) =>
    without(ids, id),
  );
  const deleted = new Map(state.deleted).set(id, at);
  return { ...state, conversions, removed, deleted, unclaimed, wanted };
}

/** @param {State} state @param {string} key @param {Partial<Upload>} part @returns {State} */
function change(state, key, part) {
  const upload = state.uploads.get(key);
  if (!upload) return state;
  const { to = upload.to, options = upload.options } = part;
  const sentAs = to === upload.to && options === upload.options ? upload.sentAs : "";
  return { ...state, uploads: new Map(state.uploads).set(key, { ...upload, sentAs, ...part }) };
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
