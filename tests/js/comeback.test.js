import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, heard } from "./client.js";

test("a lost connection comes back within 500 ms", async () => {
  const { world, socket, states } = connected();
  world.chance = 1;
  world.socket.drop(1006);
  assert.equal(states.at(-1).retryAt, world.time + 500);
  await world.pass(500);
  assert.equal(world.sockets.length, 2);
  world.socket.accept();
  assert.equal(socket.state, "open");
});

test("waits grow, and after the last attempt it gives up and looks over HTTP every 30 s", async () => {
  const { world, socket, states } = client({ maxReconnectAttempts: 4 });
  world.chance = 1;
  world.reachable = false;
  socket.connect();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    world.socket.drop(1006);
    await world.pass(30_000 * Number(attempt < 4));
  }
  const waits = states.filter(({ state }) => state === "waiting").map(({ attempt }) => attempt);
  assert.deepEqual(waits, [1, 2, 3, 4]);
  assert.equal(socket.state, "given_up");
  await world.pass(60_000);
  assert.equal(world.sockets.length, 5);
  world.reachable = true;
  await world.pass(30_000);
  assert.equal(socket.state, "connecting");
});

test("a connection that is closed at once does not count as good", async () => {
  const { world, socket } = client({ maxReconnectAttempts: 3 });
  socket.connect();
  for (let attempt = 0; attempt < 4; attempt += 1) {
    world.socket.accept();
    world.socket.drop(1011);
    if (attempt < 3) await world.pass(10_000);
  }
  assert.equal(socket.state, "given_up");
});

test("a connection that stayed up starts the count anew", async () => {
  const { world, states } = connected();
  for (let round = 0; round < 3; round += 1) {
    await world.pass(5000);
    world.socket.drop(1006);
    assert.equal(states.at(-1).attempt, 1);
    await world.pass(500);
    world.socket.accept();
  }
});

test("a code that says never ends it", async () => {
  const { world, socket } = connected();
  world.socket.drop(4403, "origin");
  await world.pass(600_000);
  assert.equal(socket.state, "refused");
  assert.equal(world.sockets.length, 1);
});

test("a wait that the server asks for is kept", async () => {
  const { world, states } = connected();
  world.socket.say({ type: "server_shutdown", reason: "restart", reconnect_in_ms: 1234 });
  world.socket.drop(4012);
  assert.equal(states.at(-1).retryAt, world.time + 1234);
});

test("offline it waits for the network, and connects at once when that is back", async () => {
  const { world, socket } = connected();
  world.online = world.reachable = false;
  world.socket.drop(1006);
  await world.pass(120_000);
  assert.equal(socket.state, "offline");
  assert.equal(world.sockets.length, 1);
  world.online = true;
  world.tell("online");
  assert.equal(world.sockets.length, 2);
});

test("a device that calls itself offline but reaches the server reconnects", async () => {
  const { world, socket } = connected();
  world.online = false;
  world.socket.drop(1006);
  await world.pass(1000);
  world.socket.accept();
  assert.equal(socket.state, "open");
});

test("each try after a loss is an event, and all are told to the server in one frame when it is there", async () => {
  const { world, socket } = connected();
  /** @type {any[]} */
  const steps = [];
  for (const name of ["recovery_attempt", "recovery_failure", "recovery_success"]) {
    steps.push([name, heard(socket, name)]);
  }
  world.socket.drop(1006);
  await world.pass(250);
  world.socket.drop(1006, "refused");
  await world.pass(1000);
  world.socket.accept();
  assert.deepEqual(steps, [
    [
      "recovery_attempt",
      [
        { attempt: 1, reason: "closed with code 1006", downtime: 250 },
        { attempt: 2, reason: "closed with code 1006", downtime: 1250 },
      ],
    ],
    ["recovery_failure", [{ attempt: 1, reason: "refused", downtime: 250 }]],
    ["recovery_success", [{ attempt: 2, reason: "closed with code 1006", downtime: 1250 }]],
  ]);
  const told = world.socket.sent.filter(({ type }) => type.startsWith("recovery_"));
  assert.deepEqual(
    told.map(({ type, attempt }) => [type, attempt]),
    [
      ["recovery_attempt", 1],
      ["recovery_failure", 1],
      ["recovery_attempt", 2],
      ["recovery_success", 2],
    ],
  );
  assert.deepEqual(told[1], {
    type: "recovery_failure",
    attempt: 1,
    reason: "refused",
    downtime_ms: 250,
  });
});

test("after many tries the server is told of the newest eight steps, so that it does not close for haste", async () => {
  const { world } = connected();
  world.chance = 0;
  for (let attempt = 0; attempt < 8; attempt += 1) {
    world.socket.drop(1006);
    await world.pass(0);
  }
  world.socket.accept();
  const told = world.socket.sent.filter(({ type }) => type.startsWith("recovery_"));
  assert.deepEqual([told.length, told.at(-1).type, told.at(-1).attempt], [8, "recovery_success", 8]);
});

test("a first connection that fails is no recovery", async () => {
  const { world, socket } = client();
  const attempts = heard(socket, "recovery_attempt");
  socket.connect();
  world.socket.drop(1006);
  await world.pass(500);
  world.socket.accept();
  assert.deepEqual([attempts, world.socket.of("recovery_success")], [[], []]);
});

test("giving up is told once, with how long the connection has been gone", async () => {
  const { world, socket } = connected({ maxReconnectAttempts: 1 });
  const told = heard(socket, "given_up");
  world.socket.drop(1006);
  await world.pass(250);
  world.socket.drop(1006);
  assert.deepEqual(told, [{ reason: "closed with code 1006", downtime: 250 }]);
});

test("a clock that was set back makes no negative times", async () => {
  const { world, socket } = connected();
  const recoveries = heard(socket, "recovery_success");
  world.socket.drop(1006);
  await world.pass(250);
  world.time -= 3_600_000;
  world.socket.accept();
  world.socket.say({ type: "pong", sent_at: world.time + 5000 });
  assert.equal(recoveries[0].downtime, 0);
  assert.equal(socket.quality.latency, null);
});

test("a wait that the server asked for is not cut short by a look at the page, but by a person", async () => {
  const { world, socket } = connected();
  world.socket.say({ type: "error", code: "too_many_connections", params: {}, retry_after_ms: 30_000 });
  world.socket.drop(4412);
  for (const happening of /** @type {const} */ (["visible", "online", "woken"])) world.tell(happening);
  await world.pass(29_999);
  assert.deepEqual([socket.state, world.sockets.length], ["waiting", 1]);
  socket.connect();
  assert.equal(world.sockets.length, 2);
});

test("a wait of its own is cut short when the page is seen", async () => {
  const { world } = connected();
  world.socket.drop(1006);
  world.tell("visible");
  assert.equal(world.sockets.length, 2);
});

test("a wait that no server can mean is cut to ten minutes, and nonsense is none", () => {
  const { world, states } = connected();
  world.socket.say({ type: "server_shutdown", reconnect_in_ms: 1e15 });
  world.socket.drop(4012);
  assert.equal(states.at(-1).retryAt, world.time + 600_000);
  const other = connected();
  other.world.socket.say({ type: "server_shutdown", reconnect_in_ms: "soon" });
  other.world.socket.say({ type: "event of an app", topic: "a", epoch: "e", offset: 1, retry_after_ms: 9e5 });
  other.world.socket.drop(4012);
  assert.ok(other.states.at(-1).retryAt <= other.world.time + 500);
});

test("a wait that was asked for is forgotten once a connection is up", () => {
  const { world, socket, states } = client();
  socket.connect();
  world.socket.say({ type: "error", code: "of a proxy", params: {}, retry_after_ms: 5000 });
  world.socket.accept();
  world.socket.drop(1006);
  assert.ok(states.at(-1).retryAt <= world.time + 500);
});

test("an answer over HTTP that comes after somebody connected changes nothing", async () => {
  const { world, socket } = client({ maxReconnectAttempts: 1 });
  socket.connect();
  for (const ms of [500, 29_999]) {
    world.socket.drop(1006);
    await world.pass(ms);
  }
  assert.equal(socket.state, "given_up");
  const passed = world.pass(1); // it looks, and the answer is on its way
  socket.connect();
  world.socket.accept();
  await passed;
  assert.deepEqual([socket.state, world.sockets.length], ["open", 3]);
});

test("what follows in a frame after the server sent us away is not taken", () => {
  const { world, socket } = connected();
  const messages = heard(socket, "message");
  world.socket.say([
    { type: "connection_recovery", reason: "lost", latency_ms: null, action: "reconnect" },
    { type: "error", code: "late", params: {} },
  ]);
  assert.equal(messages.length, 1);
});

test("a device without a network does not try, until the server answers over HTTP", async () => {
  const { world, socket } = client();
  world.online = world.reachable = false;
  socket.connect();
  await world.pass(30_000);
  assert.deepEqual([socket.state, world.sockets.length], ["offline", 0]);
  world.reachable = true;
  await world.pass(30_500);
  assert.equal(world.sockets.length, 1);
});

test("an attempt that hung when the network came is made anew at once", () => {
  const { world, socket } = client();
  socket.connect();
  world.tell("online");
  assert.deepEqual([world.sockets.length, world.sockets[0].readyState], [2, 3]);
});

test("a page that is left for another lets its socket go, and connects when it is shown again", () => {
  const { world, socket } = connected();
  world.tell("left");
  assert.equal(world.sockets[0].readyState, 3);
  world.tell("woken");
  assert.deepEqual([socket.state, world.sockets.length], ["connecting", 2]);
});

test("a client that is closed hears nothing of the world", () => {
  const { world, socket } = connected();
  socket.close();
  world.tell("online");
  assert.deepEqual([socket.state, world.sockets.length], ["closed", 1]);
});
