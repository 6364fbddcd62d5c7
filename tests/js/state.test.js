import assert from "node:assert/strict";
import { test } from "node:test";
import { rows as rowsAt } from "../../static/conversions/rows.js";
import { EMPTY, reduce } from "../../static/conversions/state.js";
import { conversion, failure, NOW, output, upload } from "./samples.js";

/** @typedef {import("../../static/conversions/state.js").Action} Action */
/** @typedef {import("../../static/conversions/state.js").State} State */

/** @param {Action[]} actions @param {State} [state] */
const after = (actions, state = EMPTY) => actions.reduce(reduce, state);
/** @param {string} type @param {object} fields @returns {Action} */
const event = (type, fields) => ({
  type: "event",
  message: { type, conversion_id: "c1", attempt: 1, ...fields },
  at: NOW,
});
/** @param {import("../../static/conversions/types.js").Conversion[]} conversions @returns {Extract<Action, { type: "snapshot" }>} */
const snapshot = (...conversions) => ({ type: "snapshot", conversions, at: NOW });
/** @param {State} state */
const first = (state) => state.conversions.get("c1")?.conversion;
/** @param {State} state */
const rows = (state) => rowsAt(state, NOW);
/** @param {State} state */
const keys = (state) => rows(state).map(({ key }) => key);

test("a life from queued to completed", () => {
  const progress = { percent: 40, progress: "phased", stage: "reading", eta_seconds: null };
  const state = after([
    event("conversion_queued", { conversion: conversion() }),
    event("conversion_started", { started_at: NOW }),
    event("progress_update", progress),
  ]);
  assert.equal(first(state)?.state, "running");
  assert.equal(first(state)?.percent, 40);
  const end = after([event("conversion_completed", { output, finished_at: NOW, expires_at: NOW })], state);
  assert.equal(first(end)?.state, "completed");
  assert.deepEqual(first(end)?.output, output);
});

test("progress never goes back within an attempt", () => {
  const running = conversion({ state: "running", percent: 60 });
  const state = after([snapshot(running), event("progress_update", { percent: 20, stage: "encoding" })]);
  assert.equal(first(state)?.percent, 60);
});

test("what comes after the end changes nothing", () => {
  const state = after([
    snapshot(conversion({ state: "running" })),
    event("conversion_failed", { error: failure, finished_at: NOW }),
    event("progress_update", { percent: 99, stage: "encoding" }),
    event("conversion_completed", { output }),
  ]);
  assert.equal(first(state)?.state, "failed");
});

test("news of an earlier attempt changes nothing", () => {
  const retried = conversion({ state: "queued", attempt: 2 });
  const state = after([snapshot(retried), event("progress_update", { percent: 80, attempt: 1 })]);
  assert.deepEqual(first(state), retried);
});

test("a later attempt starts from nothing", () => {
  const failed = conversion({ state: "failed", percent: 80, error: failure });
  const state = after([
    snapshot(failed),
    event("progress_update", { percent: 5, stage: "reading", attempt: 2 }),
  ]);
  assert.deepEqual([first(state)?.state, first(state)?.percent, first(state)?.error], ["running", 5, null]);
});

test("no time of an earlier attempt is told of a later one", () => {
  const state = after([
    snapshot(conversion({ state: "running", started_at: NOW - 9000, queue_position: 3 })),
    event("progress_update", { percent: 80, stage: "encoding", eta_seconds: 72 }),
    event("progress_update", { percent: 5, stage: "reading", attempt: 2 }),
  ]);
  const { eta_seconds: eta, started_at: start, queue_position: place } = first(state) ?? {};
  assert.deepEqual([eta, start, place], [null, null, null]);
});

test("an answer over HTTP that was overtaken by events changes nothing", () => {
  const done = conversion({ state: "completed", output, percent: 100 });
  const late = conversion({ state: "running", percent: 30 });
  assert.deepEqual(first(after([snapshot(done), { type: "received", conversion: late, at: NOW }])), done);
});

test("a snapshot replaces all that was known, at once", () => {
  const state = after([snapshot(conversion(), conversion({ id: "c2" })), snapshot(conversion({ id: "c3" }))]);
  assert.deepEqual(keys(state), ["c3"]);
});

test("a snapshot that is older than what was shown lowers no percentage, and starts nothing anew", () => {
  const progress = event("progress_update", { percent: 60, stage: "encoding" });
  const behind = snapshot(conversion({ state: "running", percent: 40 }));
  const state = after([snapshot(conversion({ state: "running" })), progress, behind]);
  assert.equal(first(state)?.percent, 60);
  const ended = after([event("conversion_completed", { output, finished_at: NOW }), behind], state);
  assert.equal(first(ended)?.state, "completed");
});

test("a snapshot keeps files that were not sent yet, and the rows of those that became conversions", () => {
  const state = after([
    { type: "added", uploads: [upload(), upload({ key: "file-2", addedAt: NOW + 1 })] },
    { type: "accepted", key: "file-1", conversion: conversion(), at: NOW },
    snapshot(conversion()),
  ]);
  assert.deepEqual(keys(state), ["file-2", "file-1"]);
});

test("an upload and its conversion are one row, also when the event comes before the answer", () => {
  const told = conversion({ idempotency_key: "n-1" });
  for (const sending of ["uploading", "sent"]) {
    const sent = after([
      { type: "added", uploads: [upload({ state: /** @type {any} */ (sending), sentAs: "n-1" })] },
    ]);
    const queued = after([event("conversion_queued", { conversion: told })], sent);
    assert.deepEqual(keys(queued), ["file-1"]);
    const accepted = after([{ type: "accepted", key: "file-1", conversion: told, at: NOW }], queued);
    assert.deepEqual(keys(accepted), ["file-1"]);
    assert.equal(rows(accepted)[0].held?.conversion.id, "c1");
  }
});

test("an upload whose answer is lost is its conversion as soon as that is heard of, and its neighbour is not", () => {
  const size = conversion().sources[0].size;
  const told = conversion({ id: "c2", added_at: NOW, idempotency_key: "n-2" });
  for (const action of [event("conversion_queued", { conversion: told }), snapshot(told)]) {
    for (const [mine, neighbour] of [
      ["paused", "sent"],
      ["sent", "paused"],
      ["uploading", "paused"],
      ["uploading", "sent"],
    ]) {
      const uploads = [
        upload({ key: "one", sentAs: "n-1", state: /** @type {any} */ (neighbour), size }),
        upload({ key: "two", sentAs: "n-2", state: /** @type {any} */ (mine), size }),
      ];
      const state = after([{ type: "added", uploads }, action]);
      assert.deepEqual(keys(state).sort(), ["one", "two"]);
      assert.equal(state.uploads.get("two")?.id, mine === "uploading" ? "" : "c2");
      assert.deepEqual(state.uploads.get("one"), uploads[0]);
    }
  }
});

test("a conversion of another tab is shown at once, also while a file is under way here", () => {
  const sending = after([{ type: "added", uploads: [upload({ state: "uploading", sentAs: "n-1" })] }]);
  const other = conversion({ id: "other", idempotency_key: "n-10" });
  assert.deepEqual(keys(after([event("conversion_queued", { conversion: other })], sending)).sort(), [
    "file-1",
    "other",
  ]);
  assert.deepEqual(keys(after([snapshot(other)], sending)).sort(), ["file-1", "other"]);
});

test("what was sent to become something else is a row of its own", () => {
  const sent = upload({ state: "paused", sentAs: "n-1" });
  const state = after([
    { type: "added", uploads: [sent] },
    { type: "upload", key: sent.key, change: { to: "png", options: sent.options } },
    snapshot(conversion({ id: "c1", idempotency_key: "n-1" })),
  ]);
  assert.deepEqual(keys(state).sort(), ["c1", "file-1"]);
  assert.deepEqual([state.uploads.get("file-1")?.sentAs, state.uploads.get("file-1")?.to], ["", "png"]);
});

test("what became of an upload that was given up is shown", () => {
  const state = after([
    { type: "added", uploads: [upload({ state: "uploading", sentAs: "n-1" })] },
    event("conversion_queued", { conversion: conversion({ id: "b9", idempotency_key: "n-1" }) }),
    { type: "dropped", key: "file-1" },
  ]);
  assert.deepEqual(keys(state), ["b9"]);
});

test("two files of one name are two rows", () => {
  const state = after([snapshot(conversion({ id: "a" }), conversion({ id: "b" }))]);
  assert.equal(rows(state).length, 2);
});

test("rows are ordered from the newest to the oldest", () => {
  const state = after([
    snapshot(conversion({ id: "old", added_at: 1 }), conversion({ id: "new", added_at: 2 })),
  ]);
  assert.deepEqual(keys(state), ["new", "old"]);
});

test("rows stand as they were added, whichever was sent first, here and after a reload", () => {
  const state = after([
    {
      type: "added",
      uploads: [upload({ key: "one", addedAt: NOW }), upload({ key: "two", addedAt: NOW + 1 })],
    },
    {
      type: "accepted",
      key: "two",
      conversion: conversion({ id: "second", added_at: NOW + 1, created_at: NOW + 2 }),
      at: NOW,
    },
    {
      type: "accepted",
      key: "one",
      conversion: conversion({ id: "first", added_at: NOW, created_at: NOW + 3 }),
      at: NOW,
    },
  ]);
  assert.deepEqual(keys(state), ["two", "one"]);
  const conversions = [...state.conversions.values()].map((held) => held.conversion);
  assert.deepEqual(keys(after([snapshot(...conversions)])), ["second", "first"]);
});

test("rows of one moment are in the same order in every tab", () => {
  const twins = [conversion({ id: "b" }), conversion({ id: "a" })];
  const other = after([snapshot(...twins)]);
  const own = after([
    { type: "added", uploads: [upload({ key: "file-1" }), upload({ key: "file-2" })] },
    { type: "accepted", key: "file-1", conversion: twins[0], at: NOW },
    { type: "accepted", key: "file-2", conversion: twins[1], at: NOW },
  ]);
  assert.deepEqual(
    rows(own).map(({ held }) => held?.conversion.id),
    keys(other),
  );
});

test("a row goes when its time is over, unless it is still at work", () => {
  const expires_at = NOW + 1000;
  const ended = conversion({ id: "ended", state: "completed", expires_at });
  const state = after([snapshot(ended, conversion({ state: "running", expires_at }))]);
  assert.equal(rowsAt(state, NOW + 999).length, 2);
  assert.deepEqual(
    rowsAt(state, NOW + 1000).map(({ key }) => key),
    ["c1"],
  );
});

test("a removed row is hidden at once and comes back when it is restored", () => {
  const removed = after([snapshot(conversion()), { type: "removed", id: "c1" }]);
  assert.deepEqual(keys(removed), []);
  const deleted = after([event("conversion_deleted", {})], removed);
  assert.deepEqual(keys(deleted), []);
  assert.deepEqual(keys(after([event("conversion_restored", { conversion: conversion() })], deleted)), [
    "c1",
  ]);
});

test("a deletion that failed shows the row again", () => {
  const state = after([snapshot(conversion()), { type: "removed", id: "c1" }, { type: "kept", id: "c1" }]);
  assert.deepEqual(keys(state), ["c1"]);
});

test("news of an unknown conversion makes it wanted, until it is here", () => {
  const state = after([event("conversion_started", {})]);
  assert.deepEqual([...state.wanted], ["c1"]);
  assert.deepEqual([...after([{ type: "received", conversion: conversion(), at: NOW }], state).wanted], []);
});

test("a deleted row does not come back with an older answer, but with a newer one", () => {
  const deleted = after([snapshot(conversion()), event("conversion_deleted", {})]);
  const late = conversion();
  assert.deepEqual(keys(after([{ type: "received", conversion: late, at: NOW + 9 }], deleted)), []);
  const answer = { type: /** @type {const} */ ("received"), conversion: late, at: NOW + 9 };
  assert.deepEqual(keys(after([{ ...answer, askedAt: NOW - 1 }], deleted)), []);
  assert.deepEqual(keys(after([{ ...answer, askedAt: NOW + 1 }], deleted)), ["c1"]);
  const list = { ...snapshot(late), at: NOW + 9 };
  assert.deepEqual(keys(after([{ ...list, askedAt: NOW - 1 }], deleted)), []);
  assert.deepEqual(keys(after([{ ...list, askedAt: NOW + 1 }], deleted)), ["c1"]);
  assert.deepEqual(keys(after([list], deleted)), ["c1"]);
});

test("an answer about a row that the person removes meanwhile does not bring it back", () => {
  const removed = after([snapshot(conversion()), { type: "removed", id: "c1" }]);
  assert.deepEqual(keys(after([{ type: "received", conversion: conversion(), at: NOW + 1 }], removed)), []);
});

test("an upload whose conversion is deleted before its answer comes leaves no row", () => {
  const state = after([
    { type: "added", uploads: [upload({ state: "sent" })] },
    event("conversion_queued", { conversion: conversion() }),
    event("conversion_deleted", {}),
    { type: "accepted", key: "file-1", conversion: conversion(), at: NOW },
  ]);
  assert.deepEqual(keys(state), []);
});

test("a conversion that comes back is in the row of its upload again", () => {
  const added = after([
    { type: "added", uploads: [upload()] },
    { type: "accepted", key: "file-1", conversion: conversion(), at: NOW },
  ]);
  for (const away of [event("conversion_deleted", {}), snapshot()]) {
    const without = after([away], added);
    assert.deepEqual(keys(without), []);
    assert.deepEqual(keys(after([snapshot(conversion())], without)), ["file-1"]);
  }
});

test("of events that are incomplete or wrong nothing is taken, and they are counted", () => {
  const { sources, ...without } = conversion({ id: "c2" });
  const state = after([
    snapshot(conversion({ state: "running", percent: 10 })),
    event("conversion_queued", { conversion_id: "c2", conversion: without }),
    event("conversion_queued", { conversion_id: "c3" }),
    event("progress_update", { percent: 50, stage: 7 }),
    event("progress_update", { percent: "50" }),
    event("progress_update", { percent: 50, attempt: "2" }),
    event("conversion_restored", { conversion: { ...conversion(), state: "painted" } }),
  ]);
  assert.ok(sources);
  assert.deepEqual(first(state), conversion({ state: "running", percent: 10 }));
  assert.deepEqual([keys(state), state.ignored], [["c1"], 6]);
});

test("an end that is told incompletely is asked for, and so is a start", () => {
  const running = after([snapshot(conversion({ state: "running" }))]);
  for (const type of ["conversion_completed", "conversion_failed"]) {
    const state = after([event(type, { finished_at: NOW })], running);
    assert.deepEqual([first(state)?.state, [...state.wanted]], ["running", ["c1"]]);
  }
  const queued = after([event("conversion_queued", { conversion_id: "c2", conversion: {} })], running);
  assert.deepEqual([...queued.wanted], ["c2"]);
});

test("of a snapshot what is wrong is asked for, and what was known of it stays", () => {
  const known = conversion({ state: "running" });
  const wrong = /** @type {any[]} */ ([{ ...known, state: "painted" }, { id: "c2" }, null, 7]);
  const state = after([snapshot(known), snapshot(conversion({ id: "c3" }), ...wrong)]);
  assert.deepEqual([...state.conversions.keys()].sort(), ["c1", "c3"]);
  assert.deepEqual([first(state), [...state.wanted], state.ignored], [known, ["c1", "c2"], 4]);
  assert.equal(
    after([snapshot(known), { ...snapshot(), conversions: /** @type {any} */ (null) }]).ignored,
    1,
  );
});

test("an event of a type that is not known changes nothing", () => {
  const state = after([snapshot(conversion())]);
  for (const type of ["conversion_painted", "toString"])
    assert.deepEqual(after([event(type, {})], state).conversions, state.conversions);
});

test("an answer that brings nothing new is no news of a conversion, and is heard all the same", () => {
  const running = conversion({ state: "running", percent: 60, stage: "encoding" });
  const asked = (/** @type {Partial<typeof running>} */ part, /** @type {number} */ at) =>
    after([{ type: "received", conversion: { ...running, ...part }, at }], after([snapshot(running)]));
  const times = (/** @type {State} */ state) => {
    const { heardAt, newsAt } = /** @type {any} */ (state.conversions.get("c1"));
    return [heardAt - NOW, newsAt - NOW];
  };
  assert.deepEqual(times(asked({}, NOW + 15_000)), [15_000, 0]);
  assert.deepEqual(times(asked({ percent: 61 }, NOW + 15_000)), [15_000, 15_000]);
});

test("how long ago a worker was heard of is known at once, and an answer moves that neither back nor past what it tells", () => {
  const running = conversion({ state: "running", percent: 60, stage: "encoding", heard_at: NOW - 30_000 });
  const newsAt = (/** @type {State} */ state) => Number(state.conversions.get("c1")?.newsAt) - NOW;
  const asked = (/** @type {Partial<typeof running>} */ part, state = EMPTY) =>
    newsAt(after([{ type: "received", conversion: { ...running, ...part }, at: NOW + 15_000 }], state));
  const known = after([snapshot(running)]);
  assert.equal(newsAt(known), -30_000);
  assert.equal(asked({ heard_at: NOW + 12_000 }), 12_000);
  assert.equal(asked({ heard_at: NOW + 16_000 }), 15_000, "not before it is told");
  assert.equal(asked({ heard_at: null }), 15_000);
  assert.equal(asked({ percent: 61, heard_at: NOW + 12_000 }, known), 12_000);
  const live = after([event("progress_update", { percent: 61, stage: "encoding" })], known);
  assert.equal(newsAt(live), 0);
  assert.equal(
    asked({ percent: 62, heard_at: NOW - 4000 }, live),
    0,
    "an event came after the lease was renewed",
  );
  assert.equal(asked({ percent: 61, heard_at: NOW + 12_000 }, live), 12_000, "the worker lives");
});
