import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";
import { dial, node, Site, until } from "./stack.js";

/** @typedef {import("../../static/realtime/types.js").Environment} Environment */

const GUIDE = readFileSync(new URL("../../docs/client.md", import.meta.url), "utf8");
const EXAMPLE = GUIDE.split("```js\n")[1].split("```")[0];

/** @type {Site} */
let site;
before(async () => (site = await Site.start()));
after(() => site.stop());

let rooms = 0;

/**
 * A client in a room of its own, and what it was told.
 * @param {{ after: (end: () => unknown) => void }} t
 * @param {Partial<import("../../static/realtime/types.js").Options>} [options]
 * @param {Partial<Environment>} [world]
 */
function enter(t, options, world) {
  rooms += 1;
  const topic = `room.r${rooms}`;
  const socket = new RobustWebSocket(site.url("/ws/events/"), options, node(world));
  t.after(() => socket.close());
  /** @type {{ texts: string[], starts: any[], states: any[], recoveries: any[], messages: any[] }} */
  const log = { texts: [], starts: [], states: [], recoveries: [], messages: [] };
  socket.subscribe(topic, (message) => {
    if (message.type === "said") log.texts.push(message.text);
    else log.starts.push(message);
  });
  /** @param {string} name @param {any[]} list */
  const note = (name, list) =>
    socket.addEventListener(name, (event) => list.push(/** @type {CustomEvent} */ (event).detail));
  note("state", log.states);
  note("recovery_success", log.recoveries);
  note("message", log.messages);
  socket.connect();
  return { socket, topic, log, started: (count = 1) => until(() => log.starts.length >= count, "a start") };
}

/** docs/client.md's page: what it shows, and its socket. @param {any} t */
async function openExample(t) {
  const folder = mkdtempSync(join(tmpdir(), "convertsite-guide-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const shown = { "#light": { textContent: "" }, "#wall": { textContent: "of old" } };
  const querySelector = (/** @type {keyof shown} */ name) => shown[name];
  const page = {
    window: new EventTarget(),
    document: Object.assign(new EventTarget(), { hidden: false, querySelector }),
    location: { href: site.url("/") },
    WebSocket: function (/** @type {string} */ url) {
      return dial(url);
    },
  };
  Object.assign(globalThis, page);
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  symlinkSync(fileURLToPath(new URL("../../static/realtime", import.meta.url)), join(folder, "realtime"));
  const file = join(folder, "example.mjs");
  writeFileSync(file, `${EXAMPLE}\nexport { socket };`);
  const { socket } = await import(pathToFileURL(file).href);
  t.after(() => socket.close());
  return { light: shown["#light"], wall: shown["#wall"] };
}

test("the example in the guide works as written, in twenty lines", async (t) => {
  const { light, wall } = await openExample(t);
  await until(() => light.textContent === "open" && wall.textContent === "", "the light, and the snapshot");
  for (const text of ["Hello", "again"]) await site.say("room.hall", text);
  await until(() => wall.textContent === "Hello\nagain\n", "what was said");
  const lines = EXAMPLE.split("\n").filter((line) => line.trim());
  assert.ok(lines.length <= 20, `${lines.length} lines`);
});

test("events arrive in order, and a frame of a megabyte among them", async (t) => {
  const { topic, log, started } = enter(t);
  await started();
  await site.say(topic, "one");
  await site.say(topic, "long", 1_000_000);
  await site.say(topic, "three");
  await until(() => log.texts.length === 3, "three events");
  assert.deepEqual(
    log.texts.map((text) => text.length),
    [3, 1_000_000, 5],
  );
});

test("a server that is killed and back is found, and nothing is missed", async (t) => {
  const { socket, topic, log, started } = enter(t, { maxReconnectAttempts: 1000 }, { random: () => 0.01 });
  await started();
  await site.say(topic, "before");
  await until(() => log.texts.length === 1, "the first event");
  await site.end("SIGKILL");
  await until(() => socket.state !== "open", "the loss");
  await site.serve();
  await site.say(topic, "meanwhile");
  await started(2);
  await site.say(topic, "after");
  await until(() => log.texts.length === 3, "all events");
  assert.deepEqual(log.texts, ["before", "meanwhile", "after"]);
  assert.equal(log.starts[1].recovered, true);
  assert.ok(log.recoveries[0].downtime > 0);
});

test("a server that stops says when to come back, and is obeyed", async (t) => {
  const { socket, topic, log, started } = enter(t);
  await started();
  const ended = site.end("SIGTERM");
  await until(() => socket.state === "waiting", "the end");
  const asked = log.messages.find(({ type }) => type === "server_shutdown").reconnect_in_ms;
  const { retryAt } = log.states.at(-1);
  assert.ok(
    Math.abs(retryAt - Date.now() - asked) < 500,
    `asked for ${asked}, waits ${retryAt - Date.now()}`,
  );
  await ended;
  await site.serve({ REALTIME_FIRST_MESSAGE_TIMEOUT: 1 }); // for the next test
  await started(2);
  await site.say(topic, "again");
  await until(() => log.texts.length === 1, "the event");
});

test("a client that is not heard is closed with 4408, waits as asked and comes back", async (t) => {
  let sockets = 0;
  /** @type {number[]} */
  const codes = [];
  const openSocket = (/** @type {string} */ url) => {
    const socket = dial(url);
    socket.on("close", (code) => codes.push(code));
    sockets += 1;
    if (sockets === 1) socket.send = () => {};
    return /** @type {any} */ (socket);
  };
  const { log, started } = enter(t, {}, { openSocket });
  await started();
  assert.deepEqual([codes, sockets], [[4408], 2]);
  const { code, retry_after_ms: asked } = log.messages.find(({ type }) => type === "error");
  assert.deepEqual([code, asked], ["first_message_late", 1000]);
});

test("where no WebSocket comes through, the same events come as a stream; then the socket takes over", async (t) => {
  let blocked = true;
  const openSocket = (/** @type {string} */ url) =>
    /** @type {any} */ (dial(blocked ? site.url("/blocked") : url));
  const soon = (/** @type {() => void} */ callback, /** @type {number} */ ms) =>
    setTimeout(callback, ms > 30_000 && ms < 90_000 ? 1000 : ms);
  const options = { fallbackUrl: "/events", reconnectInterval: 100 };
  const { socket, topic, log, started } = enter(t, options, { openSocket, setTimeout: soon });
  /** @type {any[]} */
  const greetings = [];
  socket.addEventListener("established", (event) => {
    const { server_time: time } = /** @type {CustomEvent} */ (event).detail;
    greetings.push([socket.transport, Math.abs(time - Date.now()) < 5000]);
  });
  await started();
  assert.equal(socket.transport, "sse");
  assert.deepEqual(greetings, [["sse", true]]);
  await site.say(topic, "streamed");
  await until(() => log.texts.length === 1, "the event in the stream");
  blocked = false;
  await until(() => socket.transport === "websocket", "the WebSocket");
  await started(2);
  assert.equal(log.starts[1].recovered, true);
  await site.say(topic, "over the socket");
  await until(() => log.texts.length === 2, "the event on the socket");
});

test("a stream is told where to go on, also after the server was killed", async (t) => {
  const openSocket = () => /** @type {any} */ (dial(site.url("/blocked")));
  const options = {
    fallbackUrl: "/events",
    reconnectInterval: 100,
    maxReconnectAttempts: 1000,
    connectionTimeout: 1000,
  };
  const { socket, topic, log, started } = enter(t, options, { openSocket, random: () => 0.01 });
  await started();
  await site.end("SIGKILL");
  await until(() => socket.state !== "open", "the loss");
  await site.serve();
  await site.say(topic, "meanwhile");
  await started(2);
  await until(() => log.texts.length === 1, "the event");
  assert.equal(log.starts[1].recovered, true);
});

test("a topic that is refused is told alike on both ways", async (t) => {
  /** @param {RobustWebSocket} socket */
  const refused = async (socket) => {
    t.after(() => socket.close());
    /** @type {any[]} */
    const got = [];
    socket.subscribe("room.secret", (message) => got.push(message));
    socket.connect();
    await until(() => got.length > 0, "the refusal");
    return [got[0].type, got[0].code, got[0].params.topic];
  };
  const url = site.url("/ws/events/");
  const blocked = () => /** @type {any} */ (dial(site.url("/blocked")));
  const sse = node({ openSocket: blocked });
  const expected = ["error", "topic_not_found", "room.secret"];
  assert.deepEqual(await refused(new RobustWebSocket(url, {}, node())), expected);
  const streaming = new RobustWebSocket(url, { fallbackUrl: "/events", reconnectInterval: 100 }, sse);
  assert.deepEqual(await refused(streaming), expected);
});

test("what is sent is known to have arrived, or told as unsure when the server dies", async (t) => {
  const { socket, log, started } = enter(t);
  await started();
  /** @type {any[]} */
  const unsure = [];
  socket.addEventListener("unsure", (event) => unsure.push(/** @type {CustomEvent} */ (event).detail.id));
  socket.send({ type: "unknown to the server", id: "known" });
  await until(() => log.messages.some((message) => message.in_reply_to === "known"), "an answer");
  const ended = site.end("SIGKILL");
  socket.send({ type: "unknown to the server", id: "unsure" });
  await ended;
  await until(() => socket.state !== "open", "the loss");
  assert.deepEqual(unsure, ["unsure"]);
});
