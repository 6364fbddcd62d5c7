import assert from "node:assert/strict";
import { test } from "node:test";
import { Clock } from "../../static/conversions/clock.js";
import { NOW } from "./samples.js";

test("the server's time goes on by a stopwatch, whatever the device's clock is set to", (context) => {
  const clock = new Clock(NOW);
  context.mock.method(Date, "now", () => 0);
  assert.ok(Math.abs(clock.now() - NOW) < 1000);
});

test("each time that the server tells is taken; what is none is not", () => {
  const stopwatch = { now: 500 };
  const clock = new Clock(NOW, () => stopwatch.now);
  stopwatch.now += 40;
  assert.equal(clock.now(), NOW + 40);
  clock.set(NOW + 9000);
  stopwatch.now += 1;
  for (const time of [undefined, null, NaN, "1"]) clock.set(time);
  assert.equal(clock.now(), NOW + 9001);
});

test("a telling that was seconds on its way sets nothing back; a clock that was set does", () => {
  const clock = new Clock(NOW, () => 0);
  clock.set(NOW - 6000);
  assert.equal(clock.now(), NOW);
  clock.set(NOW - 3_600_000);
  assert.equal(clock.now(), NOW - 3_600_000);
});
