import assert from "node:assert/strict";
import { test } from "node:test";
import { leftOut } from "../../static/conversions/additions.js";
import { problemOf } from "../../static/conversions/api.js";
import { lastToEnd } from "../../static/conversions/bell.js";
import { takeIn } from "../../static/conversions/intake.js";
import { alike } from "../../static/conversions/panels.js";
import { rows as rowsAt } from "../../static/conversions/rows.js";
import { EMPTY, reduce } from "../../static/conversions/state.js";
import { Batch, spoken, summary } from "../../static/conversions/summary.js";
import { picture } from "../../static/conversions/tab-progress.js";
import { describeJoins, describeTools } from "../../static/conversions/tools.js";
import { overdue } from "../../static/conversions/watch.js";
import { conversion, failure, formats, NOW, output, upload } from "./samples.js";

/** @param {import("../../static/conversions/state.js").State} state */
const rows = (state) => rowsAt(state, NOW);

/** @param {Partial<import("../../static/conversions/types.js").Conversion>[]} parts */
function holding(...parts) {
  const conversions = parts.map((part, index) => conversion({ id: `c${index}`, ...part }));
  return reduce(EMPTY, { type: "snapshot", conversions, at: NOW });
}

/** @param {string} name @param {number} [size] @param {string | null} [last] */
function taken(name, size = 4, last = null) {
  const file = new File(["x".repeat(size)], name);
  return takeIn([file], { formats, maxUploadBytes: 10, last, now: NOW })[0].upload;
}

test("a picture is taken in with the target used last, else a usual one", () => {
  assert.deepEqual(
    [taken("a.JPG").to, taken("a.jpg", 4, "png").to, taken("a.webp", 4, "webp").to],
    ["webp", "png", "jpeg"],
  );
});

test("what has no usual target begins with one of its own kind", () => {
  const [target, last] = [formats.target("mov", null), formats.target("mov", "mp3")];
  assert.deepEqual([target, last], ["mp4", "mp3"]);
});

test("targets are grouped by kind, in the site's order", () => {
  assert.deepEqual(
    [...formats.byKind(["gif", "mp4", "mp3"])],
    [
      ["Pictures", ["gif"]],
      ["Videos", ["mp4"]],
      ["Sound", ["mp3"]],
    ],
  );
});

test("what the site would refuse is refused before it is sent, with what to do", () => {
  const codes = [taken("a.png", 0), taken("a.png", 11), taken("a.gif")].map(({ error }) => error?.code);
  assert.deepEqual(codes, ["empty_file", "file_too_large", "unknown_format"]);
  assert.match(taken("a.gif").error?.suggestion ?? "", /pictures, videos/);
});

test("a file whose name tells no format may become all that anything becomes", () => {
  for (const name of ["a.exe", "README"]) {
    const { error, format, to } = taken(name);
    assert.deepEqual([error, format, to], [null, "", "jpeg"]);
  }
  assert.deepEqual(formats.targets(""), ["jpeg", "png", "webp", "gif", "mp4", "mp3"]);
});

test("a batch is shown in the order in which it was given", () => {
  const files = ["1.png", "2.png", "3.png"].map((name) => new File(["x"], name));
  const uploads = takeIn(files, { formats, maxUploadBytes: 10, last: null, now: NOW }).map(
    (each) => each.upload,
  );
  const state = reduce(EMPTY, { type: "added", uploads });
  assert.deepEqual(
    rows(state).map((row) => row.upload?.name),
    ["1.png", "2.png", "3.png"],
  );
});

test("the summary counts each kind", () => {
  const state = holding(
    { state: "completed", output },
    { state: "running" },
    {},
    { state: "failed", error: failure },
  );
  assert.equal(summary(rows(state)).replaceAll("\u00a0", " "), "1 done · 1 running · 1 waiting · 1 failed");
});

test("overall progress counts what is under way, and what ended since nothing was", () => {
  const batch = new Batch();
  const [running, done] = [
    { state: /** @type {const} */ ("running") },
    { state: /** @type {const} */ ("completed"), output },
  ];
  const progress = (/** @type {Parameters<typeof holding>} */ ...parts) =>
    batch.progress(rows(holding(...parts)));
  assert.equal(progress(done, done, { ...running, percent: 3 }), 3);
  assert.equal(progress(done, done, { ...running, percent: 50 }, { ...running, percent: 10 }), 30);
  assert.equal(progress(done, done, done, { ...running, percent: 50 }), 75);
  assert.equal(progress(done, done, done, done), null);
  assert.equal(progress(done, done, done, { ...running, percent: 50 }), 50);
});

test("an upload counts by its bytes, and has half its way before it when they are out", () => {
  const batch = new Batch();
  /** @param {Partial<import("../../static/conversions/types.js").Upload>} part */
  const added = (part) => reduce(EMPTY, { type: "added", uploads: [upload(part)] });
  assert.equal(batch.progress(rows(added({ state: "waiting" }))), 0);
  assert.equal(batch.progress(rows(added({ state: "uploading", sent: 510 }))), 25.5);
  const accepted = reduce(added({ state: "sent", sent: 1000 }), {
    type: "accepted",
    key: "file-1",
    conversion: conversion({ state: "running", percent: 40 }),
    at: NOW,
  });
  assert.equal(batch.progress(rows(accepted)), 70);
  assert.equal(batch.progress([]), null);
  assert.equal(batch.progress(rows(accepted)), 40);
});

test("what is taken back before it was sent is nothing that is done", () => {
  const batch = new Batch();
  const sending = { state: /** @type {const} */ ("uploading"), size: 100, sent: 2 };
  const both = ["f1", "f2"].map((key) => upload({ ...sending, key }));
  const before = reduce(EMPTY, { type: "added", uploads: both });
  assert.equal(batch.progress(rows(before)), 1);
  const after = reduce(before, { type: "upload", key: "f2", change: { state: "ready", sent: 0 } });
  assert.equal(batch.progress(rows(after)), 1);
});

test("only ends are spoken", () => {
  const running = holding({ state: "running", percent: 1 });
  assert.equal(spoken(running, holding({ state: "running", percent: 50 })), "");
  assert.equal(spoken(running, holding({ state: "completed", output })), "photo.jpg is ready.");
  assert.match(spoken(running, holding({ state: "failed", error: failure })), /failed: The file is damaged/);
  assert.equal(spoken(EMPTY, holding({ state: "completed", output })), "");
  const sending = reduce(EMPTY, { type: "added", uploads: [upload({ state: "sent" })] });
  const change = { state: /** @type {const} */ ("failed"), error: failure };
  const refused = reduce(sending, { type: "upload", key: "file-1", change });
  assert.equal(spoken(sending, refused), "photo.jpg failed: The file is damaged.");
  assert.equal(spoken(refused, refused), "");
});

test("one target for all is offered only where all can have it", () => {
  const uploads = [upload({ key: "a", format: "jpeg" }), upload({ key: "b", format: "png" })];
  const state = reduce(EMPTY, { type: "added", uploads });
  assert.deepEqual(describeTools(rows(state), formats).shared, ["webp"]);
  assert.equal(describeTools(rows(state), formats).to, "webp");
  const other = reduce(state, { type: "upload", key: "a", change: { to: "png" } });
  assert.equal(describeTools(rows(other), formats).to, "");
});

test("several files can become one, what all of them can be a part of", () => {
  const uploads = [upload({ key: "a", format: "jpeg" }), upload({ key: "b", format: "png" })];
  const limits = { maxSources: 3, maxUploadBytes: 4000 };
  /** @param {import("../../static/conversions/types.js").Upload[]} several */
  const joins = (several, limit = limits) => {
    const state = reduce(EMPTY, { type: "added", uploads: several });
    const { targets, why } = describeJoins(describeTools(rows(state), formats).ready, formats, limit);
    return { targets, why };
  };
  assert.deepEqual(joins(uploads), { targets: ["zip", "pdf"], why: "" });
  assert.deepEqual(joins(uploads.slice(1)), { targets: [], why: "" });
  assert.deepEqual(joins([...uploads, upload({ key: "c", format: "" })]).targets, ["zip"]);
  const why = "at most 3 files of 4 KB together";
  const both = upload({ key: "d", format: "+", parts: uploads, size: 2000 });
  assert.deepEqual(joins([both, uploads[0]]), { targets: ["zip", "pdf"], why: "" });
  assert.deepEqual(joins([both, ...uploads]), { targets: [], why });
  assert.deepEqual(joins([upload({ key: "e", size: 4000 }), uploads[0]]), { targets: [], why });
});

test("options can be the same for all files that are to become the same", () => {
  const options = { quality: 60 };
  const uploads = [
    upload({ key: "a", options }),
    upload({ key: "b" }),
    upload({ key: "same", options }),
    upload({ key: "other", to: "png" }),
    upload({ key: "sent", state: "uploading" }),
  ];
  const all = rows(reduce(EMPTY, { type: "added", uploads }));
  assert.deepEqual(
    alike(uploads[0], all).map(({ key }) => key),
    ["b"],
  );
});

test("rows under way are asked for after 15 s of silence, and unknown ones at once", () => {
  const state = {
    ...holding({ state: "running" }, { state: "completed", output }),
    wanted: new Set(["new"]),
  };
  assert.deepEqual(overdue({ ...state, wanted: new Set(["c0"]) }, NOW + 15_000), ["c0"]);
  assert.deepEqual(overdue(state, NOW + 14_999), ["new"]);
  assert.deepEqual(overdue(state, NOW + 15_000), ["new", "c0"]);
});

test("what was not heard of since the connection came back is asked for 3 s later", () => {
  const state = holding({ state: "running" }, { state: "completed", output });
  const backAt = NOW + 1000;
  assert.deepEqual(overdue(state, backAt + 2999, backAt), []);
  assert.deepEqual(overdue(state, backAt + 3000, backAt), ["c0"]);
  assert.deepEqual(overdue(state, backAt + 3000, NOW), []);
});

test("what was removed is not asked for", () => {
  const state = reduce(holding({ state: "running" }), { type: "removed", id: "c0" });
  assert.deepEqual(overdue(state, NOW + 60_000), []);
});

test("the last of several ends is what a notification is about, once nothing is under way", () => {
  const running = holding({ state: "running" }, { state: "running" }, { state: "running" });
  const first = { state: /** @type {const} */ ("completed"), output, finished_at: NOW };
  const last = { ...first, finished_at: NOW + 1 };
  assert.equal(lastToEnd(running, holding(first, {}, { state: "failed", error: failure }), NOW), "");
  assert.equal(lastToEnd(running, holding(first, last, first), NOW), "c1");
  assert.equal(lastToEnd(holding(first), holding(first), NOW), "");
});

test("of what was brought, the person is told what did not become a row", () => {
  assert.equal(leftOut(3, 3, 0), "");
  assert.match(leftOut(10_000, 500, 0), /^10,000 files are too many at once: the first 500 are here/);
  assert.match(leftOut(3, 0, 0), /^3 files found no room beside 500 that were not sent\. Convert or clear/);
  assert.match(leftOut(3, 3, 1), /^1 file in the folder was left out: its name tells no format /);
  assert.equal(leftOut(0, 0, 0), "There is no file in it.");
});

test("the icon shows how far all is", () => {
  assert.match(decodeURIComponent(picture(40)), /stroke-dasharray="40 100"/);
});

test("an answer that is no problem document still says what to do", () => {
  const html = problemOf(502, null);
  assert.deepEqual([html.code, html.retryable], ["http_502", true]);
  const document = { code: "empty_file", detail: "Empty.", suggestion: "Choose another.", retryable: false };
  assert.equal(problemOf(422, document).message, "Empty.");
  const params = { option: "quality" };
  assert.deepEqual(problemOf(422, { ...document, params }).params, params);
  assert.equal(problemOf(0, null).code, "unreachable");
});
