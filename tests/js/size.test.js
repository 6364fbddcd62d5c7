import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { minify } from "terser";
import { World } from "./world.js";

const MINIFIED = 6 * 1024;
const FOLDER = new URL("../../static/realtime/", import.meta.url);

/** The modules that a page loads for these, each once and after those that it needs. @param {string[]} names @param {Map<string, string>} [found] */
function loaded(names, found = new Map()) {
  for (const name of names) {
    if (found.has(name)) continue;
    const text = readFileSync(new URL(name, FOLDER), "utf8");
    loaded(
      [...text.matchAll(/^import .* from "\.\/(.+)";$/gm)].map(([, other]) => other),
      found,
    );
    found.set(name, text);
  }
  return found;
}

/** @param {string} text */
const zipped = (text) => gzipSync(text, { level: 9 }).length;
const together = [...loaded(["robust-websocket.js", "once.js"]).values()].join("");

test("bundled and minified they fit into 6 KB, and work", async (t) => {
  const bundle = together
    .replaceAll(/^import .*;$/gm, "")
    .replaceAll(/^export (?!class RobustWebSocket|function once)/gm, "");
  const { code = "" } = await minify(bundle, { module: true, toplevel: true, compress: { passes: 2 } });
  t.diagnostic(`${zipped(code)} bytes`);
  assert.ok(zipped(code) <= MINIFIED);
  const { RobustWebSocket } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  assert.equal(new RobustWebSocket("wss://site.example/", {}, new World().environment).state, "closed");
});
