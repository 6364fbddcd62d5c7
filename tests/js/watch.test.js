import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { Store } from "../../static/conversions/store.js";
import { Watch } from "../../static/conversions/watch.js";
import { conversion, failure, NOW, output } from "./samples.js";
import { settle } from "./world.js";

/**
 * Running conversions of which nothing was heard for a minute, and a site with these answers.
 * @param {() => any} answer
 * @param {string[]} [ids]
 * @param {import("../../static/conversions/types.js").Conversion[]} [list]
 */
function silence(answer, ids = ["c1"], list = []) {
  const store = new Store();
  const clock = { now: NOW + 60_000 };
  /** @type {string[]} */
  const asked = [];
  const api = /** @type {any} */ ({
    conversion: async (/** @type {string} */ id) => (asked.push(id), answer()),
    conversions: async () => (asked.push("list"), { items: list }),
  });
  const conversions = ids.map((id) => conversion({ id, state: "running" }));
  store.dispatch({ type: "snapshot", conversions, at: NOW });
  return { store, clock, asked, watch: new Watch(store, api, () => clock.now) };
}

/** @param {number} status @param {string} [code] @returns {never} */
function refuse(status, code = status === 404 ? "not_found" : failure.code) {
  throw new ApiError({ ...failure, code }, status);
}

test("a final event that was missed is corrected by asking", async () => {
  const { store, asked, watch } = silence(() => conversion({ state: "completed", output }));
  void watch.look();
  await watch.look();
  await settle();
  assert.deepEqual(asked, ["c1"]);
  assert.equal(store.state.conversions.get("c1")?.conversion.state, "completed");
});

test("a conversion that is no longer there goes", async () => {
  const { store, watch } = silence(() => refuse(404));
  await watch.look();
  assert.equal(store.state.conversions.size, 0);
});

test("what a proxy does not know is not gone", async () => {
  const { store, watch } = silence(() => refuse(404, "foreign_answer"));
  await watch.look();
  assert.equal(store.state.conversions.size, 1);
});

test("an answer that was overtaken by a deletion brings nothing back", async () => {
  const { store, watch } = silence(() => {
    store.dispatch({ type: "gone", id: "c1", at: NOW + 60_000 });
    return conversion({ state: "running" });
  });
  await watch.look();
  assert.equal(store.state.conversions.size, 0);
});

test("a server in trouble is left alone for five seconds", async () => {
  const { clock, asked, watch } = silence(() => refuse(503));
  await watch.look();
  clock.now += 4999;
  await watch.look();
  assert.equal(asked.length, 1);
  clock.now += 1;
  await watch.look();
  assert.equal(asked.length, 2);
});

test("of many the list is asked for, and by themselves those that it does not have", async () => {
  const ids = ["c1", "c2", "c3", "c4", "c5"];
  const list = ids.slice(0, 4).map((id) => conversion({ id, state: "completed", output }));
  const { store, asked, watch } = silence(() => refuse(404), ids, list);
  await watch.look();
  assert.deepEqual(asked, ["list", "c5"]);
  assert.deepEqual([...store.state.conversions.keys()], ids.slice(0, 4));
  await watch.look();
  assert.equal(asked.length, 2);
});
