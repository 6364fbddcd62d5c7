import assert from "node:assert/strict";
import { test } from "node:test";
import { Subscriptions } from "../../static/realtime/subscriptions.js";

/** @typedef {import("../../static/realtime/types.js").Message} Message */
const topic = "jobs.1";

/** @param {Partial<Message>} [subscribed] */
function following(subscribed = { epoch: "e", offset: 10, recovered: false, snapshot: {} }) {
  const subscriptions = new Subscriptions(assert.ifError, assert.fail);
  /** @type {Message[]} */
  const got = [];
  subscriptions.add(topic, (message) => got.push(message));
  subscriptions.receive({ type: "subscribed", topic, ...subscribed });
  got.length = 0;
  return { subscriptions, got };
}

/** @param {number} offset @param {Partial<Message>} [more] */
const event = (offset, more = {}) => ({
  type: "done",
  topic,
  epoch: "e",
  offset,
  event_id: `id-${offset}`,
  ...more,
});

test("an event is delivered once, and none that is older", () => {
  const { subscriptions, got } = following();
  for (const offset of [9, 10, 11, 11, 15, 12]) subscriptions.receive(event(offset));
  assert.deepEqual(
    got.map(({ offset }) => offset),
    [11, 15],
  );
});

test("an event that was seen under another offset is dropped", () => {
  const { subscriptions, got } = following();
  subscriptions.receive(event(11, { event_id: "same" }));
  subscriptions.receive(event(12, { event_id: "same" }));
  assert.equal(got.length, 1);
  assert.deepEqual(subscriptions.requests, [{ topic, epoch: "e", offset: 12 }]);
});

test("a whole history that is replayed under new offsets doubles nothing", () => {
  const { subscriptions, got } = following({ epoch: "e", offset: 0, recovered: false });
  const replayed = 2000; // a history's finals and conflation keys
  for (let offset = 1; offset <= replayed; offset += 1) subscriptions.receive(event(offset));
  subscriptions.receive({ type: "subscribed", topic, epoch: "f", offset: 0, recovered: false });
  for (let offset = 1; offset <= replayed; offset += 1) {
    subscriptions.receive(event(offset + 7, { epoch: "f", event_id: `id-${offset}` }));
  }
  assert.equal(got.filter(({ type }) => type === "done").length, replayed);
});

test("another epoch is not ours until the server says so", () => {
  const { subscriptions, got } = following();
  subscriptions.receive(event(11, { epoch: "f" }));
  assert.equal(got.length, 0);
  subscriptions.receive({ type: "subscribed", topic, epoch: "f", offset: 2, recovered: false, snapshot: {} });
  subscriptions.receive(event(3, { epoch: "f" }));
  assert.deepEqual(
    got.map(({ type }) => type),
    ["subscribed", "done"],
  );
});

test("without a snapshot the whole history is news", () => {
  const { subscriptions, got } = following({ epoch: "e", offset: 10, recovered: false });
  subscriptions.receive(event(3));
  assert.equal(got.length, 1);
});

test("a topic that is refused is told and given up", () => {
  const { subscriptions, got } = following();
  subscriptions.receive({ type: "error", code: "topic_not_found", params: { topic } });
  assert.equal(got[0].code, "topic_not_found");
  assert.deepEqual(subscriptions.requests, []);
});

test("messages about nothing that is followed are ignored", () => {
  const { subscriptions, got } = following();
  subscriptions.receive({ type: "error", code: "too_fast", params: {} });
  subscriptions.receive({ ...event(11), topic: "jobs.2" });
  subscriptions.receive({ type: "subscribed", topic: "jobs.2", epoch: "e", offset: 1, recovered: false });
  assert.equal(got.length, 0);
});
