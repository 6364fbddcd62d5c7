import assert from "node:assert/strict";
import { test } from "node:test";
import { Series } from "../../static/conversions/series.js";

test("the second click of a double click is not taken where another row came under the pointer", () => {
  const series = new Series();
  assert.deepEqual(
    [series.isMeant(1, "a"), series.isMeant(2, "b"), series.isMeant(3, "b")],
    [true, false, false],
  );
  assert.deepEqual([series.isMeant(1, "b"), series.isMeant(2, "b")], [true, true]);
});

test("a double click that begins above the list does nothing in it", () => {
  const series = new Series();
  series.isMeant(1, "a");
  series.isMeant(1, undefined);
  assert.equal(series.isMeant(2, "a"), false);
});

test("clicks by keyboard are each for themselves", () => {
  const series = new Series();
  assert.deepEqual([series.isMeant(0, "a"), series.isMeant(0, "b")], [true, true]);
});
