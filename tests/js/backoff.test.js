import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../static/realtime/retries.js";

/** @param {number} random */
const waits = (random) =>
  [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoff(attempt, { base: 2000, random: () => random }));

test("the ceiling is half a second, then doubles from the base up to 30 s", () => {
  assert.deepEqual(waits(1), [500, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("the jitter is full", () => {
  assert.deepEqual(waits(0), [0, 0, 0, 0, 0, 0, 0, 0]);
});
