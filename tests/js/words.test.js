import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytes,
  difference,
  duration,
  halves,
  limit,
  percentage,
  stage,
} from "../../static/conversions/words.js";

test("sizes", () => {
  const sizes = [0, 1, 999, 1000, 412_345, 999_950, 3_100_000, 655_000_000, 1_400_000_000];
  const expected = [
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1 KB",
    "412 KB",
    "1.0 MB",
    "3.1 MB",
    "655 MB",
    "1.4 GB",
  ];
  assert.deepEqual(sizes.map(bytes), expected);
});

test("limits are told in the unit in which they are set", () => {
  assert.deepEqual([64 * 1024 ** 2, 2 * 1024 ** 3, 1_000_000].map(limit), ["64 MiB", "2 GiB", "1.0 MB"]);
});

test("a percentage is never rounded up", () => {
  assert.equal(percentage(99.99), "99 %");
});

test("durations", () => {
  assert.deepEqual([0.01, 0.84, 3, 9.96, 59.6, 72, 3725].map(duration), [
    "0.1 s",
    "0.8 s",
    "3 s",
    "10 s",
    "1 min 00 s",
    "1 min 12 s",
    "1 h 02 min",
  ]);
});

test("how a size changed", () => {
  assert.equal(difference(1000, 130), "87 % smaller");
  assert.equal(difference(100_000, 1), "99 % smaller");
  assert.equal(difference(1000, 1200), "20 % larger");
  assert.equal(difference(1000, 3500), "3.5 times the size");
  assert.equal(difference(1000, 1001), "same size");
});

test("a long name keeps its ending in sight, and no letter is cut in two", () => {
  assert.deepEqual(halves("short.png"), ["short.png", ""]);
  assert.equal(halves("a very long name of a file 2026-11-20.jpeg")[1], "1-20.jpeg".padStart(10, "1"));
  assert.deepEqual(halves("from the old phone.jpg"), ["from the old ", "phone.jpg"]);
  const family = "👨‍👩‍👧";
  assert.equal(halves(family.repeat(20))[1], family.repeat(10));
});

test("a stage that is not known is shown as it is", () => {
  assert.deepEqual(
    [stage("reading"), stage("adding_pages"), stage("")],
    ["Reading", "Adding pages", "Starting"],
  );
});
