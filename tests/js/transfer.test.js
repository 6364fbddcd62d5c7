import assert from "node:assert/strict";
import { before, test } from "node:test";
import { takeIn, together } from "../../static/conversions/intake.js";
import { transfer } from "../../static/conversions/transfer.js";
import { formats, NOW } from "./samples.js";

/** @typedef {import("../../static/conversions/types.js").Upload} Upload */

/** @type {Record<string, string>[]} the headers of each request */
const requests = [];
/** @type {FormData[]} what each sent */
const forms = [];

class Request {
  upload = {};
  status = 0;
  headers = /** @type {Record<string, string>} */ ({});
  onloadend = () => {};

  open() {}

  /** @param {string} name @param {string} value */
  setRequestHeader(name, value) {
    this.headers[name] = value;
  }

  /** @param {FormData} form */
  send(form) {
    requests.push(this.headers);
    forms.push(form);
    this.onloadend();
  }
}

before(() => {
  const world = /** @type {any} */ (globalThis);
  world.XMLHttpRequest = Request;
  world.document = { cookie: "csrftoken=token" };
});

/** @param {File} file @param {Upload} upload */
async function keyOf(file, upload) {
  await transfer("/api/v1/conversions", "csrftoken", [file], upload, () => {}).done.catch(() => {});
  return requests.at(-1)?.["Idempotency-Key"] ?? "";
}

test("a file that is sent again has the key of the first time, another file or target one of its own", async () => {
  const file = new File(["content"], "a.png");
  const rules = { formats, maxUploadBytes: 100, last: null, now: NOW };
  const [one, same] = takeIn([file, file], rules).map(({ upload }) => upload);
  const key = await keyOf(file, one);
  assert.match(key, /^[A-Za-z0-9._:-]{1,64}$/);
  assert.equal(await keyOf(file, one), key);
  assert.notEqual(await keyOf(file, same), key);
  assert.notEqual(await keyOf(file, { ...one, to: "other" }), key);
  const [better, best] = [{ quality: 90 }, { quality: 100 }].map((options) => ({ ...one, options }));
  const keys = [await keyOf(file, better), await keyOf(file, best), await keyOf(file, better)];
  assert.equal(new Set([key, ...keys]).size, 3);
  assert.equal(keys[0], keys[2]);
  assert.match(keys[0], /^[A-Za-z0-9._:-]{1,64}$/);
  assert.equal(forms.at(-1)?.get("options"), '{"quality":90}');
});

test("several files go in their order, to become one", async () => {
  const files = ["b.png", "a.png"].map((name) => new File([name], name));
  const rules = { formats, maxUploadBytes: 100, last: null, now: NOW };
  const each = takeIn(files, rules).map(({ upload }) => upload);
  const upload = together(each, "pdf");
  await assert.rejects(transfer("/", "csrftoken", files, upload, () => {}).done);
  const form = /** @type {FormData} */ (forms.at(-1));
  const sent = form.getAll("file").map((file) => /** @type {File} */ (file).name);
  assert.deepEqual([sent, form.get("combine"), form.get("to")], [["b.png", "a.png"], "true", "pdf"]);
  assert.equal(upload.size, 10);
  await keyOf(files[0], upload);
  assert.equal(forms.at(-1)?.get("combine"), null);
});
