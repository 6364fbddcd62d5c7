import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, choice, control, lasting, read, summary } from "../../static/conversions/options.js";
import { RULES } from "./samples.js";

/** @typedef {import("../../static/conversions/types.js").Rule} Rule */

/** @type {Record<string, Rule>} */
const rules = {
  ...RULES,
  dpi: { type: "integer", title: "Dots per inch", minimum: 36, maximum: 600, default: 150 },
  start: { type: "number", title: "Begin at (seconds)", minimum: 0, maximum: 360_000, default: 0 },
  background: { type: "string", format: "color", pattern: "^#[0-9a-fA-F]{6}$", default: "#ffffff" },
  sheet: {
    ...{ type: "string", title: "Sheet, by its number or name", pattern: "[^\\x00-\\x1f]{1,100}" },
    ...{ expected: "a sheet's number or name", default: "1" },
  },
  password: { type: "string", format: "password", title: "Password", default: "" },
  paper: { enum: ["a4", "us-letter"], title: "Paper", default: "a4" },
};

test("each option is asked for by what it may be", () => {
  const controls = Object.entries(rules).map(([name, rule]) => control(name, rule));
  assert.deepEqual(controls, [
    ...["slider", "tick", "slider", "number", "colour", "text", "password", "choice"],
  ]);
});

test("a letter beyond the first 65,536 is a letter, half of one is none", () => {
  const secret = { ...rules.password, pattern: "^[^\\x00-\\x1f\\ud800-\\udfff]{0,4}$", expected: "text" };
  assert.deepEqual(read(secret, "pä😀!"), { value: "pä😀!", wrong: "" });
  assert.equal(read(secret, "\ud83d").wrong, "Must be text.");
});

test("what is typed is read as the option's value", () => {
  assert.deepEqual(read(rules.quality, " 60 "), { value: 60, wrong: "" });
  assert.deepEqual(read(rules.start, "1,5"), { value: 1.5, wrong: "" });
  assert.deepEqual(read(rules.sheet, "Total 2026"), { value: "Total 2026", wrong: "" });
  assert.deepEqual(read(rules.background, "#00FF00"), { value: "#00FF00", wrong: "" });
});

test("what is left empty is the default", () => {
  assert.deepEqual(read(rules.quality, ""), { value: 85, wrong: "" });
  assert.deepEqual(read(rules.sheet, "  "), { value: "1", wrong: "" });
});

test("what is wrong is told before it is sent, with what is right", () => {
  const wrongs = ["0", "101", "1.5", "many"].map((text) => read(rules.quality, text).wrong);
  assert.deepEqual(wrongs, Array(4).fill("Must be a whole number from 1 to 100."));
  assert.equal(read(rules.start, "-1").wrong, "Must be a number from 0 to 360000.");
  assert.equal(read(rules.sheet, "a\tb").wrong, "Must be a sheet's number or name.");
});

test("only what differs from the defaults is sent, and only what there is", () => {
  const options = { quality: 85, upright: false, paper: "us-letter", other: 1 };
  assert.deepEqual(changed(rules, options), { upright: false, paper: "us-letter" });
});

test("a password is not kept for the next file", () => {
  assert.deepEqual(lasting(rules, { quality: 60, password: "secret" }), { quality: 60 });
});

test("options are told in short", () => {
  assert.equal(summary(rules, { quality: 85 }), "Options");
  assert.equal(summary(rules, { quality: 60 }), "Quality 60");
  assert.equal(summary(rules, { quality: 60, upright: false, paper: "us-letter" }), "Quality 60, 2 more");
  assert.equal(summary(rules, { upright: false }), "Upright: no");
  assert.equal(summary(rules, { sheet: "2" }), "Sheet 2");
  assert.equal(summary(rules, { password: "secret" }), "Password set");
  assert.deepEqual([choice("keep"), choice(";"), choice("h264")], ["As it is", "Semicolon", "h264"]);
});
