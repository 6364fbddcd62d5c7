import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { download } from "../../static/conversions/download.js";

const URL = "/api/v1/conversions/c1/download";
/** @type {string[]} */
let told = [];
/** @type {any[]} */
let saved = [];
/** @type {AbortSignal | undefined} */
let signal;

beforeEach(() => {
  told = [];
  saved = [];
  /** @type {any} */ (globalThis).document = {
    createElement: () => {
      const link = { click: () => saved.push(link) };
      return link;
    },
  };
});

/** @param {() => Response | Promise<Response>} answer */
async function whenTheSiteAnswers(answer) {
  globalThis.fetch = async (_, options) => {
    signal = options?.signal ?? undefined;
    return answer();
  };
  await download(URL, { show: (text) => void told.push(text) });
}

test("a file that is there is saved by the browser, not read by the page", async () => {
  const headers = { "Content-Disposition": 'attachment; filename="a.webp"' };
  await whenTheSiteAnswers(() => new Response("bytes", { headers }));
  assert.deepEqual([saved.length, saved[0].href, saved[0].download, told], [1, URL, "", []]);
  assert.ok(signal?.aborted);
});

test("a file that has gone is told in the site's words", async () => {
  const problem = { code: "expired", detail: "The files have been removed.", suggestion: "Convert again." };
  await whenTheSiteAnswers(() => Response.json(problem, { status: 410 }));
  assert.deepEqual([saved, told], [[], ["The files have been removed. Convert again."]]);
});

test("without network the page says so and nothing is saved", async () => {
  await whenTheSiteAnswers(() => Promise.reject(new TypeError("Failed to fetch")));
  assert.deepEqual(saved, []);
  assert.match(told[0], /cannot be reached/);
});

test("what another program on the network answers is not saved as the file", async () => {
  await whenTheSiteAnswers(() => new Response("<h1>Sign in</h1>"));
  assert.deepEqual(saved, []);
  assert.match(told[0], /not the site/);
});
