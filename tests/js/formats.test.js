import assert from "node:assert/strict";
import { test } from "node:test";
import { Formats } from "../../static/conversions/formats.js";

/** @param {string} id @param {string} kind @param {string[]} targets */
const format = (id, kind, targets) => ({ id, name: id, extensions: [id], media_type: "x/y", kind, targets });
const formats = new Formats(
  [
    format("png", "image", ["jpeg", "webp", "pdf"]),
    format("svg", "vector", ["jpeg", "png", "pdf"]),
    format("pdf", "document", ["txt", "jpeg", "png"]),
    format("docx", "document", ["odt", "pdf", "webp"]),
    format("csv", "table", ["xlsx", "tsv", "pdf"]),
    format("xlsx", "table", ["tsv", "csv"]),
    format("ttf", "font", ["woff", "woff2"]),
    format("wav", "audio", ["mp3", "flac"]),
  ],
  {},
);

test("the target to begin with is a usual one of such files", () => {
  assert.deepEqual(
    ["png", "svg", "pdf", "docx", "csv", "xlsx", "ttf", "wav", "none"].map((id) => formats.target(id, null)),
    ["webp", "png", "png", "pdf", "xlsx", "csv", "woff2", "mp3", ""],
  );
});

test("the target used last comes first where it is offered", () => {
  assert.equal(formats.target("docx", "odt"), "odt");
  assert.equal(formats.target("png", "odt"), "webp");
});
