import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { rows } from "../../static/conversions/rows.js";
import { Store } from "../../static/conversions/store.js";
import { Uploads } from "../../static/conversions/uploads.js";
import { conversion, failure, NOW, upload } from "./samples.js";
import { settle, World } from "./world.js";

/** @typedef {{ files: File[], to: string, sentAs: string, progress: (sent: number) => void, accept: (id: string) => void, fail: (status: number) => void, reject: (problem: any, status: number) => void, aborted: boolean }} Sending */

/** Files f1, f2, …, and a site that answers, and can be reached, when the test says so. @param {number} count */
function page(count) {
  const store = new Store();
  /** @type {Sending[]} */
  const sendings = [];
  /** @type {import("../../static/conversions/uploads.js").Send} */
  const send = (files, { to, sentAs }, progress) => {
    const { promise, resolve, reject } = withResolvers();
    const refuse = (/** @type {any} */ problem, /** @type {number} */ status) =>
      reject(new ApiError(problem, status));
    const fail = (/** @type {number} */ status) => refuse({ ...failure, retryable: status === 0 }, status);
    const sending = {
      files,
      to,
      sentAs,
      progress,
      fail,
      reject: refuse,
      aborted: false,
      accept: (/** @type {string} */ id) => resolve(conversion({ id })),
    };
    sendings.push(sending);
    return { done: promise, abort: () => void ((sending.aborted = true), fail(0)) };
  };
  const site = { reachable: true, asked: 0 };
  const isReachable = async () => ((site.asked += 1), site.reachable);
  const world = new World();
  const timers = { later: world.environment.setTimeout, forget: world.environment.clearTimeout };
  const uploads = new Uploads(store, send, () => NOW, isReachable, timers);
  const keys = Array.from({ length: count }, (_, index) => `f${index + 1}`);
  uploads.add(
    keys.map((key) => ({ upload: upload({ key, name: key, size: 4 }), files: [new File(["data"], key)] })),
  );
  const states = () => keys.map((key) => store.state.uploads.get(key)?.state);
  const error = (/** @type {string} */ key) => store.state.uploads.get(key)?.error;
  return { store, uploads, sendings, keys, states, error, site, world };
}

/** @returns {any} */
function withResolvers() {
  /** @type {any} */
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

test("three files are sent at once, the others in their turn", async () => {
  const { uploads, sendings, keys, states } = page(5);
  uploads.start(keys);
  assert.deepEqual(states(), ["uploading", "uploading", "uploading", "waiting", "waiting"]);
  sendings[1].accept("c2");
  await settle();
  assert.deepEqual(states(), ["uploading", "accepted", "uploading", "uploading", "waiting"]);
});

test("a file whose bytes are all out is sent, and accepted only by the answer", async () => {
  const { uploads, sendings, states, store } = page(1);
  uploads.start(["f1"]);
  sendings[0].progress(2);
  assert.deepEqual(states(), ["uploading"]);
  sendings[0].progress(4);
  assert.deepEqual(states(), ["sent"]);
  sendings[0].accept("c1");
  await settle();
  assert.deepEqual(states(), ["accepted"]);
  assert.equal(store.state.uploads.get("f1")?.id, "c1");
});

test("a file that is sent again has the key of the first time, another file or target one of its own", async () => {
  const { store, uploads, sendings, keys } = page(2);
  const again = async (/** @type {string} */ key) => {
    sendings.at(-1)?.fail(500);
    await settle();
    uploads.start([key]);
    return sendings.at(-1)?.sentAs ?? "";
  };
  uploads.start(keys);
  const [one, two] = sendings.map(({ sentAs }) => sentAs);
  assert.match(one, /^[A-Za-z0-9._:-]{1,64}$/);
  assert.notEqual(one, two);
  assert.equal(await again("f2"), two);
  store.dispatch({ type: "upload", key: "f2", change: { options: { quality: 90 } } });
  const better = await again("f2");
  store.dispatch({ type: "upload", key: "f2", change: { to: "png" } });
  assert.equal(new Set([one, two, better, await again("f2")]).size, 4);
});

test("who signs in or out meanwhile sends again by itself", async () => {
  const { uploads, sendings, states, site, world } = page(1);
  uploads.start(["f1"]);
  sendings[0].reject({ ...failure, code: "session_changed", retryable: true }, 409);
  await settle();
  await world.pass(60_000);
  assert.deepEqual([states(), sendings.length, site.asked], [["uploading"], 2, 1]);
});

test("a file that is refused says why, and does not hold up the others", async () => {
  const { uploads, sendings, keys, states, store } = page(4);
  uploads.start(keys);
  sendings[0].fail(422);
  await settle();
  assert.deepEqual(states(), ["failed", "uploading", "uploading", "uploading"]);
  assert.deepEqual(store.state.uploads.get("f1")?.error, failure);
});

test("a file that is taken back while it is sent is ready again", async () => {
  const { uploads, sendings, states } = page(1);
  uploads.start(["f1"]);
  uploads.cancel("f1");
  await settle();
  assert.equal(sendings[0].aborted, true);
  assert.deepEqual(states(), ["ready"]);
});

test("a file that is taken back while it waits is never sent", async () => {
  const { uploads, sendings, keys } = page(4);
  uploads.start(keys);
  uploads.cancel("f4");
  sendings[0].accept("c1");
  await settle();
  assert.equal(sendings.length, 3);
});

test("a refused file can be tried again", async () => {
  const { uploads, sendings, states } = page(1);
  uploads.start(["f1"]);
  sendings[0].fail(422);
  await settle();
  uploads.start(["f1"]);
  assert.deepEqual(states(), ["uploading"]);
});

test("what is under way is not started again", async () => {
  const { uploads, sendings, keys } = page(5);
  uploads.start(keys);
  uploads.start(keys);
  for (const [index] of keys.entries()) {
    sendings[index].accept(`c${index}`);
    await settle();
  }
  uploads.start(keys);
  assert.equal(sendings.length, 5);
});

/** A page of five, of which the network cuts the three that are sent. */
async function cut() {
  const all = page(5);
  all.site.reachable = false;
  all.uploads.start(all.keys);
  for (const { fail } of [...all.sendings]) fail(0);
  await settle();
  return all;
}

test("after a cut none begins, and all go on by themselves once the site can be reached", async () => {
  const { sendings, states, keys, error, site, world } = await cut();
  assert.deepEqual(states(), Array(5).fill("paused"));
  assert.deepEqual(keys.map(error).map(Boolean), [true, true, true, false, false]);
  await world.pass(20_000);
  assert.deepEqual([sendings.length, states()[0]], [3, "paused"]);
  site.reachable = true;
  await world.pass(30_000);
  assert.deepEqual(states(), ["uploading", "uploading", "uploading", "waiting", "waiting"]);
  assert.deepEqual(keys.map(error), Array(5).fill(null));
  assert.equal(sendings.length, 6);
});

test("what the site has taken in after all is not sent again when another is cut", async () => {
  const { store, uploads, sendings, states, site, world, keys } = page(2);
  site.reachable = false;
  uploads.start(keys);
  sendings[0].fail(0);
  await settle();
  store.dispatch({ type: "upload", key: "f1", change: { state: "accepted", id: "c1" } });
  sendings[1].fail(0);
  await settle();
  assert.deepEqual(states(), ["accepted", "paused"]);
  site.reachable = true;
  await world.pass(30_000);
  assert.deepEqual([states()[0], sendings.length], ["accepted", 3]);
});

test("the site is asked after growing pauses, and at once when there is hope", async () => {
  const { uploads, states, site, world } = await cut();
  await world.pass(7000);
  assert.equal(site.asked, 3);
  site.reachable = true;
  uploads.hope();
  await settle();
  assert.equal(states()[0], "uploading");
});

test("a file that is added while the site is away waits for it too, and can be taken back", async () => {
  const { uploads, states, site, world, keys } = await cut();
  for (const key of keys) uploads.cancel(key);
  assert.deepEqual(states(), Array(5).fill("ready"));
  uploads.start(["f5"]);
  await settle();
  assert.equal(states()[4], "paused");
  site.reachable = true;
  await world.pass(30_000);
  assert.deepEqual(states(), ["ready", "ready", "ready", "ready", "uploading"]);
});

test("a file that is cut again and again, though the site is there, holds up no other for ever", async () => {
  const { uploads, sendings, states, world } = page(1);
  uploads.start(["f1"]);
  for (let cuts = 0; cuts < 5; cuts += 1) {
    assert.equal(states()[0], "uploading");
    sendings[cuts].fail(0);
    await settle();
    await world.pass(60_000);
  }
  assert.deepEqual([states(), sendings.length], [["failed"], 5]);
});

test("a cut file that the site has all the same is no second row, and is not sent again", async () => {
  const { store, uploads, sendings, states, site } = await cut();
  const [{ sentAs }] = store.state.uploads.values();
  const told = conversion({ id: "c1", idempotency_key: sentAs });
  store.dispatch({ type: "snapshot", conversions: [told], at: NOW });
  assert.equal(rows(store.state, NOW).length, 5);
  site.reachable = true;
  uploads.hope();
  await settle();
  assert.deepEqual(states(), ["accepted", "uploading", "uploading", "uploading", "waiting"]);
  assert.equal(sendings.length, 6);
});

test("a site under maintenance refuses in words; files stay, what waits is not sent, and all can be tried again", async () => {
  const { uploads, sendings, keys, states, error, site, world } = page(5);
  uploads.start(keys);
  sendings[0].reject({ ...failure, code: "maintenance", retryable: true }, 503);
  await settle();
  assert.deepEqual(states(), ["failed", "uploading", "uploading", "ready", "ready"]);
  assert.equal(error("f1")?.code, "maintenance");
  assert.deepEqual(
    keys.map((key) => uploads.files(key)?.length),
    [1, 1, 1, 1, 1],
  );
  await world.pass(60_000);
  assert.deepEqual([sendings.length, site.asked], [3, 0]);
  uploads.start(["f1"]);
  sendings[3].accept("c1");
  await settle();
  assert.equal(states()[0], "accepted");
});
