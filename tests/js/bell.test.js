import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Bell, headline } from "../../static/conversions/bell.js";
import { EMPTY, reduce } from "../../static/conversions/state.js";
import { conversion, failure, NOW, output } from "./samples.js";

/** @type {string[]} */
let rung = [];

class Notification {
  static permission = "granted";

  /** @param {string} title @param {{ body: string }} about */
  constructor(title, { body }) {
    rung.push(`${title}: ${body}`);
  }
}

beforeEach(() => {
  rung = [];
  const world = /** @type {any} */ (globalThis);
  world.Notification = Notification;
  world.isSecureContext = true;
  world.localStorage = { getItem: () => "yes", setItem: () => {} };
  world.document = { hidden: true };
});

const button = /** @type {any} */ (new EventTarget());
const running = reduce(EMPTY, { type: "snapshot", conversions: [conversion({ state: "running" })], at: NOW });
const ended = reduce(running, {
  type: "event",
  message: { type: "conversion_completed", conversion_id: "c1", output, finished_at: NOW },
  at: NOW,
});

/** Tabs that hear of the same end, in this order; some are seen. @param {boolean[]} hidden */
function hear(...hidden) {
  const claimed = new Set();
  const once = async (/** @type {string} */ name, /** @type {() => void} */ work) => {
    if (!claimed.has(name) && claimed.add(name)) work();
  };
  /** @type {(() => void)[]} */
  const later = [];
  for (const isHidden of hidden) {
    Object.assign(document, { hidden: isHidden });
    new Bell(button, once, (work) => later.push(work)).changed(running, ended, NOW);
  }
  Object.assign(document, { hidden: true });
  for (const work of later) work();
  return rung;
}

test("a hidden tab tells the end, and of two only one does", () => {
  assert.deepEqual(hear(true, true), ["Your file is ready: 1\u00a0done"]);
});

test("whoever sees the end in another tab is not told of it", () => {
  assert.deepEqual(hear(true, false), []);
});

test("the title says how it ended", () => {
  const ends = { c: { state: "completed" }, f: { state: "failed" }, x: { state: "cancelled" } };
  const titles = ["c", "ccc", "ccf", "f", "fx"].map((all) =>
    headline([...all].map((each) => conversion(/** @type {any} */ (ends)[each]))),
  );
  const none = "Nothing was converted";
  assert.deepEqual(titles, [
    "Your file is ready",
    "Your files are ready",
    "2 of 3 files are ready",
    none,
    none,
  ]);
});

test("what ended before is no part of what the title says", () => {
  const message = { type: "conversion_failed", conversion_id: "c1", error: failure, finished_at: NOW };
  const old = conversion({ id: "old", state: "completed", output });
  const all = [old, conversion({ state: "running" })];
  const before = reduce(EMPTY, { type: "snapshot", conversions: all, at: NOW });
  const after = reduce(before, { type: "event", message, at: NOW });
  const once = async (/** @type {string} */ _, /** @type {() => void} */ work) => work();
  new Bell(button, once, (work) => work()).changed(before, after, NOW);
  assert.deepEqual(rung, ["Nothing was converted: 1\u00a0done · 1\u00a0failed"]);
});

test("an end that was followed by an upload that failed is no part of the next batch", () => {
  const bell = new Bell(
    /** @type {any} */ ({ addEventListener: () => {}, getAttribute: () => "true" }),
    async (_, work) => work(),
    (work) => work(),
  );
  const two = [conversion({ state: "running" }), conversion({ id: "c2", state: "running" })];
  const failed = two.map((each) => ({ ...each, state: /** @type {const} */ ("failed"), error: failure }));
  const states = [two, [failed[0], two[1]]].map((conversions) =>
    reduce(EMPTY, { type: "snapshot", conversions, at: NOW }),
  );
  bell.changed(states[0], states[1], NOW);
  bell.render(false);
  const next = conversion({ id: "c3", state: "running" });
  const done = { ...next, state: /** @type {const} */ ("completed"), output };
  const [before, after] = [next, done].map((each) =>
    reduce(EMPTY, { type: "snapshot", conversions: [...failed, each], at: NOW }),
  );
  bell.changed(before, after, NOW);
  assert.deepEqual(rung, ["Your file is ready: 1\u00a0done · 2\u00a0failed"]);
});
