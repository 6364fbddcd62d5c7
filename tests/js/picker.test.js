import assert from "node:assert/strict";
import { test } from "node:test";
import { Formats } from "../../static/conversions/formats.js";
import { matches, missing, moved, offer, place } from "../../static/conversions/picker.js";

/** @param {string} id @param {string} name @param {string} kind @param {string[]} targets @param {string[]} [extensions] */
const format = (id, name, kind, targets, extensions = [id]) => ({
  ...{ id, name, kind, targets, extensions },
  media_type: "x/y",
});
const pictures = ["jpeg", "png", "webp", "gif", "pdf"];
const formats = new Formats(
  [
    format("jpeg", "JPEG", "image", pictures.slice(1), ["jpg", "jpeg"]),
    format("png", "PNG", "image", ["jpeg", "webp", "gif", "pdf"]),
    format("webp", "WebP", "image", ["jpeg", "png"]),
    format("gif", "GIF", "image", ["png"]),
    format("psd", "Photoshop", "image", ["png"]),
    format("pdf", "PDF", "document", ["txt", "png"]),
    format("docx", "Word", "document", ["pdf", "txt", "png"]),
    format("txt", "Plain text", "document", ["pdf"]),
    format("xlsx", "Excel", "table", ["csv", "pdf"]),
    format("csv", "CSV", "table", ["xlsx"]),
  ],
  { image: "Pictures", document: "Documents", table: "Tables" },
);

/** @param {string[]} sources @param {string | null} [last] @param {string[]} [targets] */
function question(sources, last = null, targets = formats.targets(sources[0])) {
  return { sources, targets, to: targets[0], last };
}

/** @param {string} source @param {string} typed */
const why = (source, typed) => missing(question([source]), formats, typed);

test("the target used last and the usual ones come first, the others by kind", () => {
  assert.deepEqual(offer(question(["jpeg"], "gif"), formats, ""), [
    { label: "Usual", ids: ["gif", "webp", "png"] },
    { label: "Documents", ids: ["pdf"] },
  ]);
  assert.deepEqual(
    offer(question(["jpeg"], "csv"), formats, " ").map(({ label }) => label),
    ["Usual", "Pictures", "Documents"],
  );
});

test("of what is typed the best match comes first: an id, an ending or a name", () => {
  const found = (/** @type {string} */ typed) => matches(formats.ids, formats, typed);
  assert.deepEqual(found("P"), ["png", "psd", "pdf", "txt", "jpeg", "webp"]);
  assert.deepEqual(found(".JPG"), ["jpeg"]);
  assert.deepEqual(found("text"), ["txt"]);
  assert.deepEqual(found("exc"), ["xlsx"]);
  assert.deepEqual(found("mp3"), []);
  assert.deepEqual(offer(question(["png"]), formats, "pd"), [{ label: "", ids: ["pdf"] }]);
  assert.deepEqual(offer(question(["png"]), formats, "xlsx"), []);
});

test("why a format is missing is told once somebody types it", () => {
  assert.equal(why("jpeg", "xlsx"), "JPEG cannot become Excel here. What can: tables.");
  assert.equal(why("docx", "gif"), "Word cannot become GIF here. What can: pictures.");
  assert.equal(why("xlsx", "png"), "Excel cannot become PNG here. What can: pictures and documents.");
  assert.equal(why("png", ".png"), "It is PNG already.");
  assert.equal(why("png", "photosh"), "Photoshop files can be read here, but not made.");
  assert.equal(why("png", "mp9"), "No format here is called “mp9”.");
});

test("nothing is said to be missing while what is typed leads somewhere", () => {
  assert.deepEqual([why("jpeg", ""), why("jpeg", "p"), why("jpeg", "pdf")], ["", "", ""]);
  assert.match(why("docx", "PNG"), /^$/);
  assert.match(why("gif", "gif"), /already/);
});

test("of several files it is told which cannot become it", () => {
  const several = question(["docx", "png", "xlsx"], null, ["pdf"]);
  assert.equal(
    missing(several, formats, "txt"),
    "PNG and Excel cannot become Plain text here. What can: documents.",
  );
  assert.equal(missing(several, formats, "png"), "One of them is PNG already.");
});

test("keys walk through the options and round their ends", () => {
  const walked = (/** @type {string} */ key) => [-1, 0, 4, 9].map((active) => moved(key, active, 10));
  assert.deepEqual(walked("ArrowDown"), [0, 1, 5, 0]);
  assert.deepEqual(walked("ArrowUp"), [9, 9, 3, 8]);
  assert.deepEqual(walked("PageDown"), [7, 8, 9, 9]);
  assert.deepEqual(walked("PageUp"), [0, 0, 0, 1]);
  assert.deepEqual([moved("Home", 4, 10), moved("End", 4, 10), moved("a", 4, 10)], [0, 9, null]);
  assert.equal(moved("ArrowDown", -1, 0), null);
});

test("the list stands under its field, or over it where there is more room, and never beyond an edge", () => {
  const viewport = { width: 320, height: 800 };
  assert.deepEqual(place({ left: 70, top: 100, bottom: 136 }, viewport), {
    ...{ left: 8, width: 304, height: 420 },
    ...{ top: 140, bottom: null },
  });
  assert.deepEqual(place({ left: 70, top: 700, bottom: 736 }, viewport), {
    ...{ left: 8, width: 304, height: 420 },
    ...{ top: null, bottom: 104 },
  });
  const low = place({ left: 900, top: 500, bottom: 536 }, { width: 1000, height: 790 });
  assert.deepEqual([low.left, low.width, low.top, low.height], [632, 360, 540, 242]);
  assert.equal(place({ left: 0, top: -300, bottom: -260 }, viewport).height, 420);
});
