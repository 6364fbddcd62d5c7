import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Api, problemOf } from "../../static/conversions/api.js";
import { conversion } from "./samples.js";
import { settle } from "./world.js";

let renewals = 0;
const api = new Api("/api/v1", "csrftoken", async () => void (renewals += 1));

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

test("a list is asked for again once a page has begun a session in place of the ended one", async () => {
  const ended = { code: "session_changed", detail: "You signed in or out.", retryable: true };
  const list = { items: [], topic: "owner.b", next: null };
  renewals = 0;
  globalThis.fetch = async () => (renewals > 0 ? Response.json(list) : Response.json(ended, { status: 409 }));
  assert.equal(await api.isReachable(), true, "the site does answer");
  assert.equal((await api.conversions()).topic, "owner.b");
  assert.equal(renewals, 1);
});

test("what a proxy says in place of the site is no answer of the site", async () => {
  answer(404, "404 page not found");
  await assert.rejects(api.conversion("c1"), (/** @type {any} */ error) => {
    assert.deepEqual(
      [error.problem.code, error.isNotFound, error.isOfTheNetwork],
      ["foreign_answer", false, true],
    );
    return true;
  });
  answer(404, JSON.stringify({ code: "not_found", detail: "There is nothing.", retryable: false }));
  await assert.rejects(
    api.conversion("c1"),
    (/** @type {any} */ error) => error.isNotFound && !error.isOfTheNetwork,
  );
});

test("an answer that is cut is none, and no other program's", async () => {
  const cut = new ReadableStream({ pull: (stream) => stream.error(new TypeError("network error")) });
  globalThis.fetch = async () => new Response(cut, { status: 200 });
  await assert.rejects(api.conversions(), (/** @type {any} */ { problem }) => problem.code === "unreachable");
});

test("four requests are under way at once, and the time of the others does not run", async () => {
  /** @type {(() => void)[]} */
  const asked = [];
  let most = 0;
  globalThis.fetch = () =>
    new Promise((resolve) => {
      asked.push(() => resolve(new Response(null, { status: 204 })));
      most = Math.max(most, asked.length);
    });
  const all = Promise.all([..."123456789"].map((id) => api.delete(id)));
  let answered = 0;
  while (answered < 9) {
    await settle();
    answered += asked.length;
    for (const arrive of asked.splice(0)) arrive();
  }
  await all;
  assert.equal(most, 4);
});

test("an answer of the site is taken", async () => {
  answer(200, JSON.stringify(conversion()));
  assert.equal((await api.ask("c1", "retry")).id, "c1");
});
