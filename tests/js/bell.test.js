import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Bell } from "../../static/conversions/bell.js";
import { EMPTY, reduce } from "../../static/conversions/state.js";
import { conversion, NOW, output } from "./samples.js";

/** @type {string[]} */
let rung = [];

class Notification {
  static permission = "granted";

  /** @param {string} _ @param {{ body: string }} about */
  constructor(_, { body }) {
    rung.push(body);
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
  assert.deepEqual(hear(true, true), ["1\u00a0done"]);
});

test("whoever sees the end in another tab is not told of it", () => {
  assert.deepEqual(hear(true, false), []);
});
