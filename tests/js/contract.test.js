import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EMPTY, reduce } from "../../static/conversions/state.js";
import { decode } from "../../static/realtime/protocol.js";
import { Subscriptions } from "../../static/realtime/subscriptions.js";

/** @param {string} name a file of frames that Python reads too */
const frame = (name) => readFileSync(new URL(`../contract/${name}.json`, import.meta.url), "utf8");

for (const name of ["from_client", "from_server", "events"]) {
  test(`each message of ${name} is understood`, () => {
    assert.deepEqual(decode(frame(name)), JSON.parse(frame(name)));
  });
}

test("the events reach their listener, and make one conversion's life", () => {
  const subscriptions = new Subscriptions(assert.ifError, assert.fail);
  let state = EMPTY;
  /** @type {(string | undefined)[]} */
  const states = [];
  subscriptions.add("owner.k", (message) => {
    if (message.type === "subscribed") return;
    state = reduce(state, { type: "event", message, at: 0 });
    states.push(state.conversions.values().next().value?.conversion.state);
  });
  subscriptions.receive({ type: "subscribed", topic: "owner.k", epoch: "e1", offset: 0, recovered: false });
  const events = decode(frame("events"));
  for (const message of events) subscriptions.receive(message);
  assert.equal(states.length, events.length);
  assert.deepEqual(states.slice(0, 4), ["queued", "queued", "running", "running"]);
  assert.deepEqual(states.slice(-2), [undefined, "cancelled"]);
});
