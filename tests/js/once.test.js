import assert from "node:assert/strict";
import { test } from "node:test";
import { once } from "../../static/realtime/once.js";
import { settle } from "./world.js";

/** The locks of one browser, and time that stands still until it is let go. */
class Browser {
  /** @type {Set<string>} */
  held = new Set();
  /** @type {(() => void)[]} */
  timers = [];
  setTimeout = (/** @type {() => void} */ callback) => this.timers.push(callback);
  locks = /** @type {any} */ ({
    request: async (/** @type {string} */ name, /** @type {object} */ _, /** @type {Function} */ work) => {
      if (this.held.has(name)) return work(null);
      this.held.add(name);
      try {
        return await work({ name });
      } finally {
        this.held.delete(name);
      }
    },
  });
}

test("the first tab does it, the others do not", async () => {
  const browser = new Browser();
  let done = 0;
  const tabs = [1, 2, 3].map(() => once("done-c1", () => (done += 1), browser));
  assert.deepEqual(await Promise.all(tabs), [true, false, false]);
  assert.equal(await once("done-c2", () => (done += 1), browser), true);
  assert.equal(done, 2);
});

test("a tab that hears of it later does not do it again, until the lock is let go", async () => {
  const browser = new Browser();
  await once("done", () => {}, browser);
  assert.equal(await once("done", assert.fail, browser), false);
  for (const callback of browser.timers) callback();
  await settle();
  assert.equal(browser.held.size, 0);
});

test("what fails is told, and another tab may try", async () => {
  const browser = new Browser();
  await assert.rejects(
    once("done", () => Promise.reject(new Error("no")), browser),
    /no/,
  );
  assert.equal(await once("done", () => {}, browser), true);
});

test("without Web Locks it is left out", async () => {
  assert.equal(await once("done", assert.fail), false);
});
