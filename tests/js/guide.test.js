import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DEFAULTS } from "../../static/realtime/options.js";
import { closing } from "../../static/realtime/protocol.js";
import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";

/** @param {string} path */
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const GUIDE = read("docs/client.md");

/** @param {string} title @returns {string[]} the first column of the table under a heading, without its head */
function column(title) {
  const [, section] = GUIDE.split(`## ${title}\n`);
  const rows = section.split("\n## ")[0].match(/^\| .*$/gm) ?? [];
  return rows.slice(1).flatMap((row) => row.split("|")[1].match(/[\w]+(?=\(|`|,| |$)/g) ?? []);
}

test("every option and its default is in the guide", () => {
  const rows = Object.entries(DEFAULTS).map(([name, value]) => {
    const shown = name === "healthUrl" ? "`/healthz`" : name === "fallbackUrl" ? '`""`' : String(value);
    return `| \`${name}\` | ${shown} |`;
  });
  assert.deepEqual(
    rows.filter((row) => !GUIDE.includes(row)),
    [],
  );
});

test("every method and property is in the guide", () => {
  const names = Object.getOwnPropertyNames(RobustWebSocket.prototype).filter(
    (name) => name !== "constructor",
  );
  assert.deepEqual(
    names.filter((name) => !column("Methods and properties").includes(name)),
    [],
  );
});

test("every state and every event is in the guide", () => {
  const types = read("static/realtime/types.js");
  const states = [...(types.match(/typedef \{(.*)\} State/)?.[1] ?? "").matchAll(/"(\w+)"/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(column("States").sort(), states.sort());
  const block = types.split("@typedef {object} Events")[1].split("*/")[0];
  const events = [...block.matchAll(/^ \* @property \{.*\} (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(column("Events").sort(), events.sort());
});

test("every close code of the protocol is in the guide, with what is done", () => {
  const codes = [...read("docs/protocol.md").matchAll(/^\| (4\d{3}) /gm)].map(([, code]) => Number(code));
  const wanted = { end: "ends", sign_in: "fires", reconnect: "reconnects" };
  for (const code of codes) {
    const row = GUIDE.match(new RegExp(`^\\|[^|]*\\b${code}\\b[^|]*\\| (\\w+)`, "m"));
    assert.equal(row?.[1], wanted[/** @type {keyof wanted} */ (closing(code))], `${code}`);
  }
  assert.ok(codes.length > 7);
});
