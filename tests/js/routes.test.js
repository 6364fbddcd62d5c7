import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/conversions/api.js";
import { hasRoutes } from "../../static/conversions/payloads.js";
import { Routes, spelled } from "../../static/conversions/routes.js";
import { failure, RULES } from "./samples.js";

const webp = { to: "webp", steps: ["jpeg", "png", "webp"], options: { properties: RULES } };

/** Routes whose answers are these in turn; null: none comes. @param {(import("../../static/conversions/types.js").Route[] | null)[]} answers */
function asking(...answers) {
  /** @type {string[]} */
  const asked = [];
  const routes = new Routes(async (id) => {
    asked.push(id);
    const answer = answers[asked.length - 1];
    if (!answer) throw new ApiError(failure, 0);
    return { routes: answer };
  });
  return { routes, asked };
}

test("a format's routes are asked for once", async () => {
  const { routes, asked } = asking([webp]);
  const first = routes.load("jpeg");
  assert.equal(routes.of("jpeg"), "asked");
  await Promise.all([first, routes.load("jpeg")]);
  await routes.load("jpeg");
  assert.deepEqual(asked, ["jpeg"]);
  assert.deepEqual(routes.find("jpeg", "webp"), webp);
  assert.deepEqual([routes.find("jpeg", "png"), routes.find("gif", "webp")], [null, null]);
  assert.equal(routes.of("jpeg"), routes.of("jpeg"));
});

test("of a file whose name tells no format nothing is asked", async () => {
  const { routes, asked } = asking([]);
  await routes.load("");
  assert.deepEqual(asked, []);
});

test("what could not be had is asked for again, by hand or once there is hope", async () => {
  const { routes, asked } = asking(null, null, [webp]);
  await routes.load("jpeg");
  assert.equal(routes.of("jpeg"), "failed");
  await routes.load("jpeg");
  assert.equal(routes.of("jpeg"), "failed");
  const changed = new Promise((resolve) =>
    routes.addEventListener("change", () => routes.find("jpeg", "webp") && resolve(true)),
  );
  routes.hope();
  assert.equal(await changed, true);
  routes.hope();
  assert.deepEqual(asked, ["jpeg", "jpeg", "jpeg"]);
});

test("only a way of several steps is spelled out", () => {
  assert.equal(spelled(["docx", "typst", "pdf"]), "docx → typst → pdf");
  assert.deepEqual([spelled(["png", "webp"]), spelled([]), spelled(undefined)], ["", "", ""]);
});

test("an answer that is not of routes is not taken for one", () => {
  assert.ok(hasRoutes({ routes: [webp] }));
  for (const wrong of [null, {}, { routes: [{ ...webp, options: {} }] }, { routes: [{ to: "webp" }] }])
    assert.ok(!hasRoutes(wrong));
});
