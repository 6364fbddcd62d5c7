import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, heard } from "./client.js";
import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";
import { settle, World } from "./world.js";

test("an unknown option throws and is named", () => {
  const options = /** @type {any} */ ({ heartbeatIntervall: 1 });
  assert.throws(() => client(options), { name: "TypeError", message: /heartbeatIntervall/ });
});

test("an option of a wrong type throws and says what was expected", () => {
  const options = /** @type {any} */ ({ maxQueueSize: "many" });
  assert.throws(() => client(options), {
    name: "TypeError",
    message: "Option maxQueueSize must be a whole number from 1 to 2147483647.",
  });
});

test("an option that no client can use throws and is named", () => {
  const circle = /** @type {any} */ ({});
  circle.circle = circle;
  const wrong = [
    ...[null, 1n, circle, "5", true, 0.5, 0, -1, NaN, Infinity, 2 ** 31].map((value) => [
      "maxQueueSize",
      value,
    ]),
    ...[null, 1n, circle, Symbol("no"), 1, "true"].map((value) => ["debug", value]),
    ...[null, 1n, circle, {}, 5, "http://["].map((value) => ["healthUrl", value]),
    ["maxReconnectAttempts", 1.5],
    ["fallbackUrl", "//["],
    ["fallbackUrl", "javascript:alert(1)"],
    ["healthUrl", ""],
    ["healthUrl", "httpx://site.example/"],
    ["constructor", 1],
    ["__proto__", 1],
  ];
  for (const [name, value] of wrong) {
    const options = /** @type {any} */ (Object.fromEntries([[name, value]]));
    assert.throws(() => client(options), { name: "TypeError", message: new RegExp(`ption ${name}\\b`) });
  }
});

test("no options are those by default", () => {
  assert.equal(client(/** @type {any} */ (null)).socket.state, "closed");
});

test("it is open only when the server has greeted", () => {
  const { world, socket } = client();
  socket.connect();
  world.socket.readyState = 1;
  assert.equal(socket.state, "connecting");
  world.socket.accept();
  assert.equal(socket.state, "open");
});

test("a server that accepts and never greets is given up after the time-out", async () => {
  const { world, socket } = client();
  socket.connect();
  world.socket.readyState = 1;
  await world.pass(9999);
  assert.equal(socket.state, "connecting");
  await world.pass(1);
  assert.equal(socket.state, "waiting");
});

test("close ends it, and connect starts it again", async () => {
  const { world, socket } = connected();
  socket.close();
  await world.pass(60_000);
  assert.equal(socket.state, "closed");
  assert.equal(world.sockets.length, 1);
  socket.connect();
  assert.equal(world.sockets.length, 2);
});

test("messages wait for the connection and keep their order; the oldest falls out and is told", () => {
  const { world, socket } = client({ maxQueueSize: 2 });
  const dropped = heard(socket, "overflow");
  for (const type of ["one", "two", "three"]) assert.equal(socket.send({ type }), false);
  socket.connect();
  world.socket.accept();
  const types = world.socket.sent.map(({ type }) => type).filter((type) => type !== "ping");
  assert.deepEqual(types, ["two", "three"]);
  assert.deepEqual(dropped, [{ type: "one" }]);
});

test("it subscribes before what waited is sent", () => {
  const { world, socket } = client();
  socket.send({ type: "hello" });
  socket.subscribe("jobs.1", () => {});
  socket.connect();
  world.socket.accept();
  const types = world.socket.sent.map(({ type }) => type).filter((type) => type !== "ping");
  assert.deepEqual(types, ["subscribe", "hello"]);
});

test("after a reconnect it goes on from where it stopped", async () => {
  const { world, socket } = connected();
  /** @type {any[]} */
  const got = [];
  socket.subscribe("jobs.1", (message) => got.push(message.offset));
  assert.deepEqual(world.socket.of("subscribe").at(-1).topics, [{ topic: "jobs.1" }]);
  const topic = "jobs.1";
  world.socket.say({ type: "subscribed", topic, epoch: "e", offset: 5, recovered: false, snapshot: {} });
  world.socket.say([
    { type: "done", topic, epoch: "e", offset: 6, event_id: "a" },
    { type: "done", topic, epoch: "e", offset: 9, event_id: "b" },
  ]);
  world.socket.drop(1006);
  await world.pass(500);
  world.socket.accept();
  assert.deepEqual(world.socket.of("subscribe").at(-1).topics, [{ topic, epoch: "e", offset: 9 }]);
  world.socket.say({ type: "subscribed", topic, epoch: "e", offset: 12, recovered: true });
  for (const offset of [9, 10, 12])
    world.socket.say({ type: "done", topic, epoch: "e", offset, event_id: `x${offset}` });
  assert.deepEqual(got, [5, 6, 9, 12, 10, 12]);
});

test("a recovery is reported to the page and to the server", async () => {
  const { world, socket } = connected();
  const recoveries = heard(socket, "recovery_success");
  world.socket.drop(1006);
  await world.pass(250);
  world.socket.accept();
  assert.deepEqual(recoveries, [{ reason: "closed with code 1006", attempt: 1, downtime: 250 }]);
  assert.equal(world.socket.of("recovery_success")[0].downtime_ms, 250);
});

test("silence past the heartbeats is death: a fresh socket is made", async () => {
  const { world, socket } = connected();
  await world.pass(10_000 + 5000);
  assert.equal(socket.state, "open");
  await world.pass(5000);
  assert.equal(socket.state, "waiting");
  assert.equal(world.sockets[0].readyState, 3);
});

test("any frame shows that the server is there", async () => {
  const { world, socket } = connected();
  for (let round = 0; round < 20; round += 1) {
    await world.pass(9000);
    world.socket.say({ type: "something" });
  }
  assert.equal(socket.state, "open");
});

test("a health check is answered, or replaces the socket after 3 s", async () => {
  const { world, socket } = connected();
  const answered = socket.performHealthCheck();
  world.socket.say({ type: "pong", sent_at: world.time });
  assert.equal(await answered, true);
  const unanswered = socket.performHealthCheck();
  await world.pass(3000);
  assert.equal(await unanswered, false);
  assert.equal(socket.state, "waiting");
});

test("a health check that is asked for twice asks the server once", async () => {
  const { world, socket } = connected();
  const before = world.socket.of("ping").length;
  const answers = Promise.all([socket.performHealthCheck(), socket.performHealthCheck()]);
  world.socket.say({ type: "pong", sent_at: world.time });
  assert.deepEqual(await answers, [true, true]);
  assert.equal(world.socket.of("ping").length, before + 1);
});

test("waking up asks the server whether it is there", async () => {
  const { world, socket } = connected();
  world.tell("woken");
  await world.pass(3000);
  await settle();
  assert.equal(socket.state, "waiting");
});

test("pings and tests of the server are answered", () => {
  const { world } = connected();
  world.socket.say({ type: "ping", sent_at: 17 });
  world.socket.say({ type: "connection_test", test_id: "t1", sent_at: 18 });
  assert.deepEqual(world.socket.of("pong"), [{ type: "pong", sent_at: 17, received: 2 }]);
  assert.deepEqual(world.socket.of("connection_test_response"), [
    { type: "connection_test_response", test_id: "t1" },
  ]);
});

test("frames are acknowledged every 32, and at the latest after a second", async () => {
  const { world } = connected();
  for (let frame = 1; frame < 32; frame += 1) world.socket.say({ type: "something" });
  assert.deepEqual(world.socket.of("ack"), [{ type: "ack", received: 32 }]);
  world.socket.say({ type: "something" });
  await world.pass(1000);
  assert.equal(world.socket.of("ack").at(-1).received, 33);
});

test("the quality follows the round trips", () => {
  const { world, socket } = connected();
  const grades = heard(socket, "quality");
  world.socket.say({ type: "pong", sent_at: world.time - 40 });
  world.socket.say({ type: "pong", sent_at: world.time - 9000 });
  assert.deepEqual(
    grades.map(({ grade }) => grade),
    ["excellent", "poor"],
  );
});

test("the server can ask for a fresh connection", () => {
  const { world, socket } = connected();
  world.socket.say({ type: "connection_recovery", reason: "admin", latency_ms: null, action: "reconnect" });
  assert.equal(socket.state, "waiting");
});

test("frames that are no messages change nothing", () => {
  const { world, socket } = connected();
  for (const frame of ["{", "17", "null", "[null, 3, {}]", '{"type": 5}', "x".repeat(1_000_000)])
    world.socket.say(frame);
  assert.equal(socket.state, "open");
});

test("nothing comes from a socket that was given up", async () => {
  const { world, socket } = connected();
  const messages = heard(socket, "message");
  const [old] = world.sockets;
  void socket.performHealthCheck();
  await world.pass(3000);
  old.say({ type: "late" });
  old.drop(1006);
  assert.deepEqual(messages, []);
  assert.equal(world.sockets.length, 1);
});

test("who is not signed in is told to the page, and it reconnects", async () => {
  const { world, socket } = connected();
  const told = heard(socket, "unauthenticated");
  world.socket.drop(4401);
  assert.equal(told.length, 1);
  assert.equal(socket.state, "waiting");
});

test("a listener that throws is reported, and the others go on", () => {
  const { world, socket } = connected();
  const error = new Error("mine");
  /** @type {string[]} */
  const got = [];
  socket.subscribe("a", () => {
    throw error;
  });
  socket.subscribe("b", ({ type }) => got.push(type));
  const base = { type: "subscribed", epoch: "e", offset: 1, recovered: true };
  world.socket.say([
    { ...base, topic: "a" },
    { ...base, topic: "b" },
  ]);
  assert.deepEqual([world.errors, got, socket.state], [[error], ["subscribed"], "open"]);
});

test("what the server says about slowness shows in the quality", () => {
  const { world, socket } = connected();
  world.socket.say({
    type: "connection_recovery",
    reason: "poor",
    latency_ms: 2500,
    action: "slow_down",
  });
  assert.deepEqual([socket.state, socket.quality.grade], ["open", "poor"]);
});

test("messages of an unknown type are counted, and disturb nothing", () => {
  const { world, socket } = connected();
  world.socket.say([{ type: "of the future" }, { type: "error", params: null }, { type: "__proto__" }]);
  assert.deepEqual([socket.ignored, socket.state], [2, "open"]);
});

test("a topic that goes on from where it never was starts afresh, and is counted", () => {
  const { world, socket } = connected();
  /** @type {any[]} */
  const got = [];
  const topic = "t";
  socket.subscribe(topic, ({ type, epoch, offset, recovered }) => got.push([type, epoch, offset, recovered]));
  world.socket.say({ type: "subscribed", topic, epoch: "e", offset: 5, recovered: true });
  world.socket.say({ type: "said", topic, epoch: "e", offset: 6 });
  world.socket.say({ type: "subscribed", topic, epoch: "f", offset: 1, recovered: true });
  world.socket.say({ type: "said", topic, epoch: "f", offset: 2 });
  assert.deepEqual(got, [
    ["subscribed", "e", 5, false],
    ["said", "e", 6, undefined],
    ["subscribed", "f", 1, false],
    ["said", "f", 2, undefined],
  ]);
  assert.equal(socket.ignored, 2);
});

test("what is unsure when a socket dies is told, and not sent again", async () => {
  const { world, socket } = connected();
  const unsure = heard(socket, "unsure");
  socket.send({ type: "first" });
  await world.pass(1000);
  world.socket.say({ type: "pong", sent_at: world.time, in_reply_to: world.socket.of("ping").at(-1).id });
  socket.send({ type: "second" });
  world.socket.drop(1006);
  await world.pass(500);
  world.socket.accept();
  assert.deepEqual([unsure, world.socket.of("second")], [[{ type: "second" }], []]);
});

test("the state tells by which way it is open", () => {
  const { socket, states } = connected();
  assert.deepEqual(
    states.map(({ state, transport }) => [state, transport]),
    [
      ["connecting", null],
      ["open", "websocket"],
    ],
  );
  assert.equal(socket.transport, "websocket");
});

test("an address that no socket can have throws and is named", () => {
  const { environment } = new World();
  for (const url of ["ftp://x/", "mailto:a", "http://[", ""])
    assert.throws(() => new RobustWebSocket(url, {}, environment), {
      name: "TypeError",
      message: "Option url must be a URL.",
    });
});

test("it is asked at each interval, also at one shorter than an answer may take", async () => {
  const { world } = connected({ heartbeatInterval: 1000 });
  const { socket } = world;
  for (let second = 1; second <= 5; second += 1) {
    assert.equal(socket.of("ping").length, second);
    socket.say({ type: "pong", sent_at: world.time - 2 });
    await world.pass(1000);
  }
});

test("the last round trip is told beside the average", () => {
  const { world, socket } = connected();
  assert.equal(socket.quality.last, null);
  for (const ms of [100, 2]) world.socket.say({ type: "pong", sent_at: world.time - ms });
  world.socket.say({ type: "connection_recovery", latency_ms: 50 });
  assert.equal(socket.quality.last, 2);
});

test("a socket that cannot be made is a failed attempt, until connecting is given up", async () => {
  const world = new World();
  const environment = { ...world.environment, openSocket: () => assert.fail("no sockets here") };
  world.reachable = false;
  const socket = new RobustWebSocket("wss://site.example/", { maxReconnectAttempts: 2 }, environment);
  const states = heard(socket, "state");
  socket.connect();
  await world.pass(10_000);
  assert.deepEqual(
    states.map(({ state }) => state),
    ["connecting", "waiting", "connecting", "waiting", "connecting", "given_up"],
  );
  assert.equal(states[1].reason, "no socket");
});
