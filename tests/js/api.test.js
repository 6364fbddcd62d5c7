import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Api, problemOf } from "../../static/conversions/api.js";
import { conversion } from "./samples.js";

const api = new Api("/api/v1", "csrftoken");

beforeEach(() => {
  /** @type {any} */ (globalThis).document = { cookie: "csrftoken=token" };
});

/** What a request meets. @param {number} status @param {string | null} body */
function answer(status, body) {
  globalThis.fetch = async () => new Response(body, { status });
}

test("a deletion is done once the site says so", async () => {
  answer(204, null);
  await api.delete("c1");
});

test("a page that answers in place of the site has done nothing, and is told", async () => {
  answer(200, "<h1>Sign in to this network</h1>");
  const foreign = { status: 0, problem: { code: "foreign_answer" } };
  for (const call of [
    () => api.delete("c1"),
    () => api.ask("c1", "restore"),
    () => api.ask("c1", "cancel"),
    () => api.conversion("c1"),
    () => api.conversions(),
  ]) {
    await assert.rejects(call, (/** @type {any} */ { status, problem }) => {
      assert.deepEqual({ status, problem: { code: problem.code } }, foreign);
      return /Another program on the network answered/.test(problem.message);
    });
  }
  assert.equal(problemOf(200, null).code, "foreign_answer");
});

test("an answer of the site is taken", async () => {
  answer(200, JSON.stringify(conversion()));
  assert.equal((await api.ask("c1", "retry")).id, "c1");
});
