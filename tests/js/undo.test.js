import assert from "node:assert/strict";
import { test } from "node:test";
import { Actions } from "../../static/conversions/actions.js";
import { ApiError } from "../../static/conversions/api.js";
import { rows } from "../../static/conversions/rows.js";
import { Store } from "../../static/conversions/store.js";
import { Undo } from "../../static/conversions/undo.js";
import { Uploads } from "../../static/conversions/uploads.js";
import { conversion, failure, NOW, output, upload } from "./samples.js";
import { settle } from "./world.js";

const sent = conversion({ id: "s", state: "completed", output });

/**
 * A page with two conversions that ended and a file that was not sent, and a site.
 * @param {(id: string) => void} [deletion]
 * @param {(id: string, store: Store) => void} [restoration]
 */
function page(deletion = () => {}, restoration = () => {}) {
  const clock = { now: NOW };
  const now = () => clock.now;
  const foot = { text: "", offered: "", press: () => {}, ended: () => {} };
  const toast = {
    show: (/** @type {string} */ text) => void (foot.text = text),
    offer: (/** @type {string} */ text, /** @type {number} */ _, /** @type {any} */ { run, ended }) =>
      void Object.assign(foot, { offered: text, press: run, ended }),
    withdraw: () => void (foot.offered = ""),
  };
  const ended = (/** @type {string} */ id, /** @type {number} */ added_at) =>
    conversion({ id, added_at, state: "completed", output });
  const all = [ended("a", NOW - 2), ended("b", NOW - 3), sent];
  const store = new Store();
  /** @type {string[]} */
  const deletions = [];
  const api = /** @type {any} */ ({
    delete: async (/** @type {string} */ id) => (deletions.push(id), deletion(id)),
    ask: async (/** @type {string} */ id) => (restoration(id, store), all.find((each) => each.id === id)),
  });
  const uploads = new Uploads(store, /** @type {any} */ (null), now, async () => true);
  const actions = new Actions(store, api, uploads, { toast, undo: new Undo(toast, now) }, now);
  store.dispatch({ type: "snapshot", conversions: all.slice(0, 2), at: NOW });
  uploads.add([
    { upload: upload({ error: failure, state: "failed" }), files: [new File(["x"], "photo.jpg")] },
  ]);
  const shown = () => rows(store.state, NOW).map(({ key }) => key);
  const row = (/** @type {string} */ key) =>
    /** @type {import("../../static/conversions/rows.js").Row} */ (
      rows(store.state, NOW).find((each) => each.key === key)
    );
  return { store, actions, uploads, foot, clock, shown, row, deletions };
}

test("all that was removed while the offer stands comes back", async () => {
  const { actions, foot, shown, row } = page();
  await actions.run(row("a"), "remove");
  await actions.run(row("b"), "remove");
  assert.deepEqual([shown(), foot.offered], [["file-1"], "Removed 2 files"]);
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
});

test("what the offer no longer stands for does not come back", async () => {
  const { actions, foot, shown, row } = page();
  await actions.run(row("a"), "remove");
  foot.ended();
  await actions.run(row("b"), "remove");
  assert.equal(foot.offered, "Removed photo.jpg");
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "b"]);
});

test("what was removed too long ago to be restored is not promised", async () => {
  const { actions, foot, clock, row } = page();
  await actions.run(row("a"), "remove");
  clock.now += 46_000;
  await actions.run(row("b"), "remove");
  assert.equal(foot.offered, "Removed photo.jpg");
});

test("a file that was not sent comes back as it was, and can be sent", async () => {
  const { store, actions, uploads, foot, shown, row } = page();
  await actions.run(row("file-1"), "remove");
  assert.deepEqual([shown(), foot.offered], [["a", "b"], "Removed photo.jpg"]);
  foot.press();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
  assert.deepEqual(store.state.uploads.get("file-1"), upload({ error: failure, state: "failed" }));
  assert.equal(uploads.files("file-1")?.[0].name, "photo.jpg");
});

test("a file that was sent comes back with its row, its picture and itself", async () => {
  const { store, actions, uploads, foot, shown, row } = page();
  store.dispatch({ type: "accepted", key: "file-1", conversion: sent, at: NOW });
  await actions.run(row("file-1"), "remove");
  store.dispatch({ type: "gone", id: sent.id, at: NOW });
  assert.deepEqual(shown(), ["a", "b"]);
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
  assert.equal(uploads.files("file-1")?.[0].name, "photo.jpg");
});

test("what is cleared comes back together, also what was not sent", async () => {
  const { actions, foot, shown, row } = page();
  await actions.remove([row("file-1"), row("a"), row("b")]);
  assert.deepEqual([shown(), foot.offered], [[], "Removed 3 files"]);
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
});

test("what is removed already is not removed again, and can still be brought back", async () => {
  const { store, actions, foot, shown, row, deletions } = page();
  const all = [row("file-1"), row("a"), row("b")];
  await Promise.all([actions.remove(all), actions.remove(all)]);
  store.dispatch({ type: "gone", id: "a", at: NOW });
  await actions.remove(all);
  assert.deepEqual([deletions, foot.offered], [["a", "b"], "Removed 3 files"]);
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
});

test("a deletion that failed is told, and the others can still be undone", async () => {
  const { actions, foot, shown, row } = page((id) => {
    if (id === "b") throw new ApiError(failure, 0);
  });
  await actions.run(row("a"), "remove");
  await actions.run(row("b"), "remove");
  assert.deepEqual([shown(), foot.offered], [["file-1", "b"], "Removed photo.jpg"]);
  assert.match(foot.text, /^The file is damaged\./);
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
});

test("what could not be brought back for the network can be tried again", async () => {
  let isAway = true;
  const { actions, foot, shown, row } = page(undefined, (id) => {
    if (isAway && id === "b") throw new ApiError({ ...failure, retryable: true }, 0);
  });
  await actions.remove([row("a"), row("b")]);
  foot.offered = "";
  foot.press();
  await settle();
  assert.deepEqual([shown(), foot.offered], [["file-1", "a"], "Removed photo.jpg"]);
  isAway = false;
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "a", "b"]);
});

test("what the site does not have any more is not offered again", async () => {
  const { actions, foot, shown, row } = page(undefined, () => {
    throw new ApiError({ ...failure, code: "not_found" }, 404);
  });
  await actions.run(row("a"), "remove");
  foot.offered = "";
  foot.press();
  await settle();
  assert.deepEqual([shown(), foot.offered], [["file-1", "b"], ""]);
  assert.match(foot.text, /^The file is damaged\./);
});

test("what another brought back before is no failure", async () => {
  const { store, actions, foot, shown, row } = page(undefined, (id, store) => {
    store.dispatch({ type: "restored", conversion: conversion({ id, state: "completed", output }), at: NOW });
    throw new ApiError({ ...failure, code: "not_found" }, 404);
  });
  await actions.run(row("a"), "remove");
  store.dispatch({ type: "gone", id: "a", at: NOW });
  foot.press();
  await settle();
  assert.deepEqual([shown().includes("a"), foot.text], [true, ""]);
});

test("what another deleted again before the answer came stays away", async () => {
  const { actions, foot, clock, shown, row } = page(undefined, (id, store) => {
    store.dispatch({ type: "gone", id, at: (clock.now += 1) });
  });
  await actions.run(row("a"), "remove");
  foot.press();
  await settle();
  assert.deepEqual(shown(), ["file-1", "b"]);
});

test("what another deleted is gone, whatever was to be done with it", async () => {
  for (const action of ["remove", "cancel"]) {
    const gone = () => {
      throw new ApiError({ ...failure, code: "not_found" }, 404);
    };
    const { store, actions, row } = page(gone, gone);
    await actions.run(row("a"), action);
    assert.equal(store.state.conversions.has("a"), false, action);
  }
});
