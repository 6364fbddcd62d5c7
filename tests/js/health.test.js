import assert from "node:assert/strict";
import { test } from "node:test";
import { range } from "../../static/health/charts.js";
import { Live } from "../../static/health/live.js";

/** What a page of admin's has of the real-time client. */
class Socket extends EventTarget {
  state = "idle";
  /** @type {string[]} */
  followed = [];
  /** @type {(message: any) => void} */
  tell = () => {};

  /** @param {string} topic @param {(message: any) => void} listener */
  subscribe(topic, listener) {
    this.followed.push(topic);
    this.tell = listener;
  }

  connect() {
    this.become("connecting");
  }

  /** @param {string} state */
  become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }
}

/** A document in which nothing is to be replaced. */
const nothing = { createElement: () => ({ content: { querySelectorAll: () => [] } }) };

/** @param {string} topic */
function page(topic = "admin.health") {
  Object.assign(globalThis, { document: nothing });
  const socket = new Socket();
  const light = { dataset: { tone: "" }, textContent: "As of this page's load." };
  const clock = { ms: 1_000_000 };
  const [tied, shown, said] = /** @type {any[]} */ ([socket, { dataset: { topic } }, light]);
  const live = new Live(tied, shown, said, () => clock.ms);
  live.start();
  return { socket, light, clock, live };
}

test("it is live once it was told something, and as long as it is", () => {
  const { socket, light, clock, live } = page();
  assert.deepEqual(socket.followed, ["admin.health"]);
  socket.become("open");
  assert.deepEqual([light.dataset.tone, light.textContent], ["warn", "Connecting…"]);
  socket.tell({ type: "subscribed", snapshot: { html: "<p></p>" } });
  assert.deepEqual([light.dataset.tone, light.textContent], ["good", "Live"]);
  clock.ms += 9000;
  live.tick();
  assert.deepEqual(
    [light.dataset.tone, light.textContent],
    ["warn", "Nothing new was told for a while. What is shown is 9 s old."],
  );
  socket.tell({ type: "shown", html: "<p></p>" });
  assert.equal(light.textContent, "Live");
});

test("a lost connection is told with the age of what is shown", () => {
  const { socket, light, clock } = page();
  socket.become("open");
  socket.tell({ type: "shown", html: "<p></p>" });
  clock.ms += 3000;
  socket.become("waiting");
  assert.match(light.textContent, /^Not live: .* What is shown is 3 s old\.$/);
  assert.equal(light.dataset.tone, "warn");
});

test("a refusal is told in the server's words, and what is deleted is", () => {
  const { socket, light } = page();
  socket.become("open");
  socket.tell({ type: "error", message: "There is no such topic.", suggestion: "Look at its name." });
  assert.deepEqual(
    [light.dataset.tone, light.textContent],
    ["bad", "Not live: There is no such topic. Look at its name."],
  );
  socket.tell({ type: "subscribed", snapshot: { html: "" } });
  assert.equal(light.textContent, "Not live: what this page showed is deleted.");
});

test("without a topic the page stays as it was loaded", () => {
  const { socket, light, live } = page("");
  live.tick();
  assert.deepEqual(socket.followed, []);
  assert.equal(light.textContent, "As of this page's load.");
});

test("charts begin at zero, but of parts of a whole just below the least", () => {
  assert.deepEqual(range(null, null), [0, 1.1]);
  assert.deepEqual(range(40, 50), [0, 50 * 1.1]);
  assert.deepEqual(range(99.5, 100, 100), [98.5, 100]);
  assert.deepEqual(range(0, 10, 100), [0, 100]);
  assert.deepEqual(range(null, null, 100), [98.5, 100]);
});
