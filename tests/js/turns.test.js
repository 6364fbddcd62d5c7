import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../static/conversions/turns.js";

/** Rows of which each takes a millisecond, when it changed. @param {number} count */
function slowMachine(count) {
  const clock = { now: 0 };
  const rows = Array.from({ length: count }, (_, index) => ({ key: `row-${index}` }));
  /** @type {unknown[]} */
  const reported = [];
  const turns = new Turns(
    () => clock.now,
    (error) => reported.push(error),
  );
  return { clock, rows, turns, reported };
}

test("each row gets its turn, though the first ones change in each frame", () => {
  const { clock, rows, turns } = slowMachine(200);
  const changed = new Set(rows);
  const seen = new Set();
  let frames = 0;
  while (seen.size < 200 && frames < 100) {
    frames += 1;
    for (const row of rows.slice(0, 20)) changed.add(row);
    turns.take(rows, (row) => {
      if (!changed.delete(row)) return;
      seen.add(row);
      clock.now += 1;
    });
  }
  assert.equal(seen.size, 200);
  assert.ok(frames < 60, `${frames} frames`);
});

test("a frame that has time for all says so, and starts anew where the row to go on with has gone", () => {
  const { clock, rows, turns } = slowMachine(10);
  assert.equal(
    turns.take(rows, () => (clock.now += 1)),
    false,
  );
  /** @type {string[]} */
  const seen = [];
  assert.equal(
    turns.take(rows.slice(0, 3), ({ key }) => seen.push(key)),
    true,
  );
  assert.deepEqual(seen, ["row-0", "row-1", "row-2"]);
});

test("a row that cannot be shown is reported, and holds up no other", () => {
  const { rows, turns, reported } = slowMachine(3);
  /** @type {string[]} */
  const seen = [];
  turns.take(rows, ({ key }) => {
    if (key === "row-1") throw new Error("no");
    seen.push(key);
  });
  assert.deepEqual(seen, ["row-0", "row-2"]);
  assert.equal(reported.length, 1);
});
