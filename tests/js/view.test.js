import assert from "node:assert/strict";
import { test } from "node:test";
import { Formats } from "../../static/conversions/formats.js";
import { describe } from "../../static/conversions/view.js";
import { conversion, failure, formats, NOW, nowhere, output, routesTo, RULES, upload } from "./samples.js";

/** @param {Partial<import("../../static/conversions/types.js").Conversion>} part @param {number} [newsAt] @param {boolean} [holds] @param {boolean} [isCut] */
function seen(part, newsAt = NOW, holds = false, isCut = false) {
  const held = { conversion: conversion(part), heardAt: NOW, newsAt };
  const context = { formats, routes: nowhere, now: NOW, isCut, holds: () => holds };
  return describe({ key: "c1", at: NOW, upload: null, held }, context);
}

/**
 * @param {Partial<import("../../static/conversions/types.js").Upload>} part
 * @param {import("../../static/conversions/view.js").Context["routes"]} [routes]
 */
function seenUpload(part, routes = nowhere) {
  return describe(
    { key: "file-1", at: NOW, upload: upload(part), held: null },
    { formats, routes, now: NOW, isCut: false, holds: () => true },
  );
}

test("where no time left is known, the row says how long it has been at work", () => {
  const view = seen({ state: "running", percent: 5, stage: "encoding", started_at: NOW - 6400 });
  assert.equal(view.note, "Encoding · 6 s so far");
});

test("running shows percent, stage and time left", () => {
  const view = seen({ state: "running", percent: 64.9, stage: "encoding", eta_seconds: 72 });
  assert.deepEqual(
    [view.title, view.note, view.main],
    ["64 %", "Encoding · about 1 min 12 s left", "cancel"],
  );
});

test("a hundred per cent is never shown before the result is there", () => {
  const view = seen({ state: "running", percent: 100 });
  assert.deepEqual([view.title, view.percent], ["99 %", 99]);
  assert.equal(seenUpload({ state: "uploading", sent: 1000 }).title, "99 %");
});

test("an estimate is called one", () => {
  const view = seen({ state: "running", percent: 41, progress: "estimated", stage: "reading" });
  assert.deepEqual([view.title, view.note, view.bar], ["≈ 41 %", "Reading · estimate", "estimated"]);
});

test("progress that is not known is not made up", () => {
  const view = seen({ state: "running", percent: null });
  assert.deepEqual([view.title, view.bar], ["Converting", "unknown"]);
});

test("after ten seconds of silence the row says when it last heard", () => {
  assert.equal(seen({ state: "running", percent: 10 }, NOW - 9_000).note, "Starting");
  const view = seen({ state: "running", percent: 10 }, NOW - 12_000);
  assert.deepEqual([view.note, view.tone], ["Last update 12 s ago", "warn"]);
});

test("of what is unknown nothing moves once nothing is heard", () => {
  const bars = [NOW - 9000, NOW - 10_000].map((at) => seen({ state: "running", percent: null }, at).bar);
  assert.deepEqual(bars, ["unknown", "still"]);
});

test("completed shows the size against the source, and the download", () => {
  const view = seen({ state: "completed", output, started_at: NOW - 800, finished_at: NOW });
  assert.deepEqual([view.title, view.note, view.main], ["412 KB", "87 % smaller · took 0.8 s", "download"]);
  assert.equal(view.href, output.url);
});

test("a result whose time ran out is not offered", () => {
  const view = seen({ state: "completed", output, expires_at: NOW });
  assert.deepEqual([view.title, view.main, view.href], ["Expired", null, ""]);
  assert.equal(seen({ state: "completed", output: { ...output, url: null } }).title, "Expired");
});

test("failed says what happened and what to do, and offers a retry only where it can help", () => {
  const view = seen({ state: "failed", error: failure });
  assert.deepEqual([view.title, view.note, view.main], [failure.message, failure.suggestion, null]);
  assert.equal(view.code, "damaged_file · c1");
  const told = seen({ state: "failed", error: { ...failure, params: { reason: "premature end" } } });
  assert.equal(told.code, "damaged_file · premature end · c1");
  assert.equal(seen({ state: "failed", error: { ...failure, retryable: true } }).main, "retry");
});

test("a file that is still here can become something else, once it has ended", () => {
  const others = [seen({ state: "completed", output }, NOW, true), seen({ state: "running" }, NOW, true)];
  assert.deepEqual(
    others.map(({ other }) => other),
    ["other", ""],
  );
  assert.equal(seen({ state: "completed", output }).other, "");
  assert.equal(seenUpload({}).other, "");
});

test("a row of several files tells how many, how large they are together and in which order, and can be taken apart", () => {
  const parts = ["a.jpg", "b.png", "c.jpg", "d.png"].map((name) => ({
    name,
    size: 1_000_000,
    format: "jpeg",
  }));
  const { name, chip, about, note, targets, other } = seenUpload({ format: "+", parts });
  assert.deepEqual([name, chip, about], ["a.jpg + 3 more", "4×", "4 files · 4.0 MB"]);
  assert.deepEqual(
    [note, targets, other],
    ["In this order: a.jpg, b.png, c.jpg, …", ["zip", "pdf"], "apart"],
  );
  const done = seen({ state: "completed", sources: parts, output }, NOW, true);
  assert.deepEqual([done.name, done.note, done.other], [name, "90 % smaller", "apart"]);
  const params = { targets: "zip" };
  const error = { ...failure, code: "cannot_combine", params };
  const refused = seenUpload({ format: "+", parts, state: "failed", error });
  assert.deepEqual([refused.targets, refused.main, refused.other], [["zip"], "retry", "apart"]);
});

test("cancelled can be run again", () => {
  assert.equal(seen({ state: "cancelled" }).main, "again");
});

test("a name that promises another format is told", () => {
  const view = seen({ sources: [{ name: "a.jpg", size: 1000, format: "png" }] });
  assert.equal(view.about, "PNG, though named .jpg · 1 KB");
});

test("the first choice is of the file's own kind", () => {
  const film = {
    id: "mp4",
    name: "MP4",
    extensions: ["mp4"],
    media_type: "video/mp4",
    kind: "video",
    targets: ["webm", "webp"],
  };
  const kinds = new Formats([film], { video: "Videos" });
  assert.deepEqual([kinds.target("mp4", null), kinds.target("mp4", "webp")], ["webm", "webp"]);
  assert.deepEqual([formats.target("png", null), formats.target("webp", null)], ["webp", "jpeg"]);
});

test("a name whose ending has two parts promises what both say", () => {
  assert.equal(formats.guess("a.b.TAR.gz")?.id, "tar.gz");
  assert.equal(formats.guess("a.tgz")?.id, "tar.gz");
  assert.equal(formats.guess("a.gz"), undefined);
  const view = seen({ sources: [{ name: "a.tar.gz", size: 1000, format: "tar.gz" }] });
  assert.deepEqual([view.about, view.chip], ["tar.gz · 1 KB", "TAR"]);
});

test("a file that was added lets one choose", () => {
  const view = seenUpload({});
  assert.deepEqual([view.targets, view.to, view.main], [["png", "webp"], "webp", "convert"]);
});

test("a place in the queue is told as what comes before", () => {
  const notes = [1, 2, 3, null].map((queue_position) => seen({ queue_position }).note);
  assert.deepEqual(notes, [
    "Next to start",
    "1 file before it",
    "2 files before it",
    "Starts when it is its turn",
  ]);
});

test("a page that is cut off tells no place in a queue that has moved on", () => {
  assert.equal(seen({ queue_position: 1 }, NOW, false, true).note, "Starts when it is its turn");
});

test("what lost its worker says that it begins again", () => {
  const waiting = seen({ recoveries: 1, attempt: 2, queue_position: 2 });
  assert.deepEqual(
    [waiting.note, waiting.tone],
    ["Begins again, since its worker was lost · 1 file before it", "warn"],
  );
  const stopped = seen({ recoveries: 0, attempt: 2, started_at: NOW - 5000, queue_position: 1 });
  assert.deepEqual(
    [stopped.note, stopped.tone],
    ["Begins again, since its worker was stopped · Next to start", "warn"],
  );
  const running = seen({ state: "running", recoveries: 1, attempt: 2, percent: 40, stage: "encoding" });
  assert.match(running.note, /begun again/);
  assert.doesNotMatch(seen({ state: "running", percent: 40, stage: "encoding" }).note, /begun again/);
});

test("a file that is not what its name says can be converted to what it can become", () => {
  const params = { source: "WAV", to: "WebP", targets: "mp3, flac" };
  const error = { code: "unsupported_pair", message: "No.", suggestion: "Choose.", retryable: false, params };
  const view = seenUpload({ state: "failed", error });
  assert.deepEqual([view.targets, view.main], [["mp3", "flac"], "retry"]);
  assert.deepEqual(seenUpload({ state: "failed", error: { ...error, code: "other" } }).targets, []);
});

const direct = { to: "webp", steps: ["jpeg", "webp"], options: { properties: RULES } };
const far = { to: "png", steps: ["jpeg", "tiff", "png"], options: { properties: {} } };

test("a way of more than one step is shown before the start, and while it goes on", () => {
  const routes = routesTo(direct, far);
  assert.deepEqual(
    [seenUpload({ to: "png" }, routes).route, seenUpload({}, routes).route],
    ["jpeg → tiff → png", ""],
  );
  assert.equal(seen({ state: "running", route: far.steps }).route, "jpeg → tiff → png");
  assert.equal(seen({ state: "running", route: direct.steps }).route, "");
  assert.equal(seen({ state: "running" }).route, "");
});

test("options are offered where the pair has some, and told in short once they are set", () => {
  const routes = routesTo(direct, far);
  assert.equal(seenUpload({}, routes).options, "Options");
  assert.equal(seenUpload({ options: { quality: 60 } }, routes).options, "Quality 60");
  assert.equal(seenUpload({ to: "png" }, routes).options, "");
  assert.equal(seenUpload({}).options, "");
  assert.equal(seenUpload({ state: "uploading" }, routes).options, "");
  const wrong = seenUpload({ wrong: { quality: "Must be a whole number." } }, routes);
  assert.deepEqual([wrong.options, wrong.isWrong], ["Correct the options", true]);
});

test("where options could not be loaded the row says so, and converts without", () => {
  const view = seenUpload({}, { of: () => "failed", find: () => null });
  assert.deepEqual([view.options, view.main], ["Options not loaded", "convert"]);
});

test("an option that the site would not take can be corrected, and the file be sent again", () => {
  const params = { option: "quality", expected: "a whole number" };
  const error = {
    code: "option_invalid",
    message: "No.",
    suggestion: "Correct it.",
    retryable: false,
    params,
  };
  const view = seenUpload({ state: "failed", error }, routesTo(direct));
  assert.deepEqual([view.main, view.targets, view.options], ["retry", ["png", "webp"], "Options"]);
  const other = seenUpload({ state: "failed", error: { ...error, params: {} } }, routesTo(direct));
  assert.deepEqual([other.main, other.options], [null, ""]);
});

test("the last words of a converter that crashed are among the details", () => {
  const crash = { ...failure, code: "engine_crashed", params: { how: "signal 11", words: "stack smashed" } };
  assert.equal(seen({ state: "failed", error: crash }).words, "stack smashed");
  assert.equal(seen({ state: "failed", error: failure }).words, "");
});

test("an upload shows the bytes that went out", () => {
  const view = seenUpload({ state: "uploading", sent: 250 });
  assert.deepEqual([view.title, view.note], ["25 %", "Uploading · 250 bytes of 1 KB"]);
});

test("an upload that was cut says that it goes on by itself, and those behind it too", () => {
  const notes = [failure, null].map((error) => seenUpload({ state: "paused", error }).note);
  assert.deepEqual(notes, [
    "The file is damaged. Goes on by itself once the site answers.",
    "An upload was cut. Goes on by itself once the site answers.",
  ]);
});

test("an upload that failed tells its code as a conversion does", () => {
  const error = { code: "http_500", message: "An error.", suggestion: "Try again.", retryable: true };
  assert.equal(seenUpload({ state: "failed", error }).code, "http_500");
});
