import assert from "node:assert/strict";
import { test } from "node:test";
import { describeLight } from "../../static/conversions/light.js";
import { failure, NOW } from "./samples.js";

const quality = { grade: "good", latency: 199, last: 2.4 };
/** @param {import("../../static/conversions/light.js").Connection} connection @param {typeof quality} [measured] */
const light = (connection, measured = quality) => describeLight(connection, measured, NOW);

test("it says what is true and what can be done", () => {
  const waiting = light({ state: "waiting", retryAt: NOW + 2400, wasOpen: true });
  assert.deepEqual([waiting.word, waiting.action], ["Reconnecting in 3 s", "Retry now"]);
  assert.match(waiting.sentence, /^The connection was lost/);
  assert.equal(light({ state: "open", transport: "sse" }).word, "Live (fallback)");
  assert.equal(light({ state: "given_up" }).action, "Retry");
  assert.equal(light({ state: "offline" }).word, "Offline");
});

test("the last answer is the last one, not what is usual", () => {
  assert.match(light({ state: "open" }).sentence, /Last answer after 2 ms/);
});

test("it is slow while answers are, not after one that was", () => {
  const slow = light({ state: "open" }, { grade: "poor", latency: 1500, last: 2500 });
  assert.equal(slow.word, "Slow connection");
  assert.match(slow.sentence, /last answer took 2500 ms, and 1500 ms are usual/);
  assert.equal(light({ state: "open" }, { grade: "poor", latency: 569, last: 1 }).word, "Live");
});

test("it is live only when the topic is followed", () => {
  for (const transport of /** @type {const} */ (["websocket", "sse"])) {
    const asked = light({ state: "open", transport, following: { state: "asked", problem: null } });
    assert.deepEqual([asked.tone, asked.word], ["warn", "Connecting…"]);
  }
  const refused = light({ state: "open", following: { state: "refused", problem: null } });
  assert.deepEqual([refused.word, refused.action], ["Reconnecting…", "Retry now"]);
  const why = light({ state: "open", following: { state: "refused", problem: failure } });
  assert.ok(why.sentence.startsWith(failure.message));
});

test("who is signed out is told so, whatever the connection does", () => {
  const { word, action } = light({ state: "closed", following: { state: "strangers", problem: null } });
  assert.deepEqual([word, action], ["Signed out", ""]);
});

test("what the server said when it closed is told in its own words", () => {
  const told = {
    message: "There are 20 open connections already.",
    suggestion: "Close another tab, or wait.",
  };
  for (const state of /** @type {const} */ (["waiting", "given_up", "refused"])) {
    const { sentence } = light({ state, wasOpen: true, told });
    assert.ok(sentence.startsWith(`${told.message} ${told.suggestion}`), sentence);
  }
});

test("what never was connected is not said to be lost", () => {
  const { word, sentence } = light({ state: "waiting", retryAt: NOW + 2400 });
  assert.equal(word, "Retrying in 3 s");
  assert.match(sentence, /^The server did not answer/);
});
