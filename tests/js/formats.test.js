import assert from "node:assert/strict";
import { test } from "node:test";
import { Formats } from "../../static/conversions/formats.js";

/** @param {string} id @param {string} media_type @param {string[]} targets */
const format = (id, media_type, targets) => ({ id, name: id, extensions: [id], media_type, targets });
const formats = new Formats([
  format("png", "image/png", ["jpeg", "webp", "pdf"]),
  format("pdf", "application/pdf", ["jpeg", "png", "txt"]),
  format("docx", "application/x", ["webp", "pdf", "odt"]),
  format("wav", "audio/x-wav", ["mp3", "flac"]),
]);

test("the target to begin with is a usual one of such files", () => {
  assert.deepEqual(
    ["png", "pdf", "docx", "wav", "none"].map((id) => formats.target(id, null)),
    ["webp", "png", "pdf", "mp3", ""],
  );
});

test("the target used last comes first where it is offered", () => {
  assert.equal(formats.target("docx", "odt"), "odt");
  assert.equal(formats.target("png", "odt"), "webp");
});
