import assert from "node:assert/strict";
import { before, test } from "node:test";
import { takeIn, together } from "../../static/conversions/intake.js";
import { transfer } from "../../static/conversions/transfer.js";
import { formats, NOW, upload as sample } from "./samples.js";

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

test("a file is sent under the key that it was given, with its options", async () => {
  const upload = sample({ sentAs: "mine", options: { quality: 90 } });
  assert.equal(await keyOf(new File(["content"], "a.png"), upload), "mine");
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
