import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { Store } from "../../static/conversions/store.js";
import { Watch } from "../../static/conversions/watch.js";
import { conversion, failure, NOW, output } from "./samples.js";
import { settle } from "./world.js";

/** A running conversion of which nothing was heard for a minute, and a site with that answer. @param {() => any} answer */
function silence(answer) {
  const store = new Store();
  const clock = { now: NOW + 60_000 };
  /** @type {string[]} */
  const asked = [];
  const api = /** @type {any} */ ({
    conversion: async (/** @type {string} */ id) => (asked.push(id), answer()),
  });
  store.dispatch({ type: "snapshot", conversions: [conversion({ state: "running" })], at: NOW });
  return { store, clock, asked, watch: new Watch(store, api, () => clock.now) };
}

/** @param {number} status @returns {never} */
function refuse(status) {
  throw new ApiError(failure, status);
}

test("a final event that was missed is corrected by asking", async () => {
  const { store, asked, watch } = silence(() => conversion({ state: "completed", output }));
  watch.look();
  watch.look();
  await settle();
  assert.deepEqual(asked, ["c1"]);
  assert.equal(store.state.conversions.get("c1")?.conversion.state, "completed");
});

test("a conversion that is no longer there goes", async () => {
  const { store, watch } = silence(() => refuse(404));
  watch.look();
  await settle();
  assert.equal(store.state.conversions.size, 0);
});

test("a server in trouble is left alone for five seconds", async () => {
  const { clock, asked, watch } = silence(() => refuse(503));
  watch.look();
  await settle();
  clock.now += 4999;
  watch.look();
  assert.equal(asked.length, 1);
  clock.now += 1;
  watch.look();
  assert.equal(asked.length, 2);
});
