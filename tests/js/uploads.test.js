import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { Store } from "../../static/conversions/store.js";
import { Uploads } from "../../static/conversions/uploads.js";
import { conversion, failure, NOW, upload } from "./samples.js";
import { settle } from "./world.js";

/** @typedef {{ file: File, to: string, progress: (sent: number) => void, accept: (id: string) => void, fail: (status: number) => void, aborted: boolean }} Sending */

/** Files f1, f2, …, and a site that answers when the test says so. @param {number} count */
function page(count) {
  const store = new Store();
  /** @type {Sending[]} */
  const sendings = [];
  /** @type {import("../../static/conversions/uploads.js").Send} */
  const send = (file, { to }, progress) => {
    const { promise, resolve, reject } = withResolvers();
    const fail = (/** @type {number} */ status) => reject(new ApiError(failure, status));
    const sending = {
      file,
      to,
      progress,
      fail,
      aborted: false,
      accept: (/** @type {string} */ id) => resolve(conversion({ id })),
    };
    sendings.push(sending);
    return { done: promise, abort: () => void ((sending.aborted = true), fail(0)) };
  };
  const uploads = new Uploads(store, send, () => NOW);
  const keys = Array.from({ length: count }, (_, index) => `f${index + 1}`);
  uploads.add(
    keys.map((key) => ({ upload: upload({ key, name: key, size: 4 }), file: new File(["data"], key) })),
  );
  const states = () => keys.map((key) => store.state.uploads.get(key)?.state);
  return { store, uploads, sendings, keys, states };
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

test("a file that is refused says why, and does not hold up the others", async () => {
  const { uploads, sendings, keys, states, store } = page(4);
  uploads.start(keys);
  sendings[0].fail(422);
  await settle();
  assert.deepEqual(states(), ["failed", "uploading", "uploading", "uploading"]);
  assert.equal(store.state.uploads.get("f1")?.error, failure);
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
  sendings[0].fail(0);
  await settle();
  uploads.start(["f1"]);
  assert.deepEqual(states(), ["uploading"]);
});
