import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn } from "../../static/conversions/folders.js";

/** @param {string} name */
const file = (name) => ({
  isDirectory: false,
  file: (/** @type {(file: File) => void} */ found) => found(new File(["x"], name)),
});
const unreadable = {
  isDirectory: false,
  file: (/** @type {unknown} */ _, /** @type {(error: Error) => void} */ failed) => failed(new Error("gone")),
};

/** A folder, whose reader tells a hundred entries at a time, as browsers do. @param {any[]} entries */
const folder = (entries) => ({
  isDirectory: true,
  createReader: () => {
    const left = [...entries];
    return { readEntries: (/** @type {(part: any[]) => void} */ found) => found(left.splice(0, 100)) };
  },
});
const closed = {
  isDirectory: true,
  createReader: () => ({
    readEntries: (/** @type {unknown} */ _, /** @type {(error: Error) => void} */ failed) =>
      failed(new Error("no permission")),
  }),
};

/** What was dropped, gone from the list once the event is over. @param {any[]} entries */
async function dropped(...entries) {
  const items = entries.map((entry) => ({
    webkitGetAsEntry: () => entry,
    getAsFile: () => (entry?.isDirectory ? null : new File(["x"], "loose.png")),
  }));
  const found = filesIn(/** @type {any} */ ({ items }));
  items.length = 0;
  return (await found).map(({ file: { name }, inFolder }) => [name, inFolder]);
}

test("of a dropped folder all files are found, however deep they lie", async () => {
  const album = folder([file("one.png"), folder([file("two.png"), folder([])])]);
  assert.deepEqual(await dropped(album, {}), [
    ["one.png", true],
    ["two.png", true],
    ["loose.png", false],
  ]);
});

test("a folder of more than its reader tells at once is read to its end", async () => {
  const many = Array.from({ length: 250 }, (_, index) => file(`${index}.png`));
  assert.equal((await dropped(folder(many))).length, 250);
});

test("what cannot be read is left out, and the rest is found", async () => {
  assert.deepEqual(await dropped(folder([unreadable, closed, file("one.png")])), [["one.png", true]]);
});

test("where the browser tells no entries, files are files", async () => {
  assert.deepEqual(await dropped(null), [["loose.png", false]]);
});
