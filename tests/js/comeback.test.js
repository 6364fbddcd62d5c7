import assert from "node:assert/strict";
import { test } from "node:test";
import { client, connected, heard } from "./client.js";
import { settle } from "./world.js";

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

test("it comes back to a site that has no page for its health", async () => {
  const { world, socket } = client({ maxReconnectAttempts: 1 });
  const looks = [0, 0, 404];
  world.looking = async () => looks.shift() ?? 0;
  socket.connect();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    world.socket.drop(1006);
    await world.pass(30_000 * Number(attempt < 1));
  }
  assert.equal(socket.state, "given_up");
  await world.pass(60_000);
  assert.deepEqual([socket.state, looks], ["given_up", [404]]);
  await world.pass(30_000);
  assert.deepEqual([socket.state, looks], ["connecting", []]);
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

test("times are measured whatever the clock is set to", async () => {
  const { world, socket } = connected();
  const recoveries = heard(socket, "recovery_success");
  world.socket.drop(1006);
  await world.pass(250);
  world.set = -3_600_000;
  world.socket.accept();
  const { sent_at } = world.socket.of("ping")[0];
  await world.pass(20);
  world.set = -7_200_000;
  world.socket.say({ type: "pong", sent_at });
  assert.deepEqual([recoveries[0].downtime, socket.quality.latency], [250, 20]);
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

test("an attempt that hung when the network came is made anew at once, and has not failed", async () => {
  const { world, socket } = connected();
  const failures = heard(socket, "recovery_failure");
  world.socket.drop(1006);
  await world.pass(250 + 2000);
  world.tell("online");
  assert.deepEqual([world.sockets.length, world.sockets[1].readyState], [3, 3]);
  assert.deepEqual([socket.state, failures], ["connecting", []]);
});

test("a device that wakes up says so in many ways, and gets one socket", async () => {
  const { world, socket } = connected();
  const failures = heard(socket, "recovery_failure");
  world.tell("left");
  for (const happening of /** @type {const} */ (["woken", "woken", "visible", "online"])) {
    world.tell(happening);
    await world.pass(450);
  }
  assert.deepEqual([socket.state, world.sockets.length, failures], ["connecting", 2, []]);
});

test("a page that is left while it connects lets that attempt go, which has not failed", async () => {
  const { world, socket, states } = connected({ fallbackUrl: "/events" });
  const failures = heard(socket, "recovery_failure");
  for (let round = 0; round < 3; round += 1) {
    world.tell("left");
    await settle();
    world.tell("woken");
    assert.equal(world.sockets[round].readyState, 3);
  }
  assert.deepEqual([socket.state, world.streams.length, failures], ["connecting", 0, []]);
  assert.equal(states.at(-2).reason, "the page was left");
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

test("the wait that is left does not jump with the clock", async () => {
  const { world, socket, states } = connected();
  assert.equal(socket.retryAt, undefined);
  world.socket.say({ type: "server_shutdown", reconnect_in_ms: 4000 });
  world.socket.drop(4012);
  assert.equal(states.at(-1).retryAt, socket.retryAt);
  await world.pass(1000);
  for (const set of [-3_600_000, 0, 3_600_000]) {
    world.set = set;
    assert.equal(Number(socket.retryAt) - (world.time + set), 3000);
  }
  world.tell("online");
  assert.equal(socket.state, "waiting", "a clock that was set ahead is no end of a wait that was asked for");
});

test("a wait that the server once asked for does not hold up a device without a network", async () => {
  const { world, socket } = connected();
  world.socket.say({ type: "server_shutdown", reconnect_in_ms: 4000 });
  world.socket.drop(4012);
  world.online = world.reachable = false;
  world.tell("offline");
  world.set = -3_600_000;
  await world.pass(4000);
  world.online = true;
  world.tell("online");
  assert.equal(socket.state, "connecting");
});

test("a wait in an error binds only who is closed for that error", async () => {
  const error = { type: "error", code: "history_unavailable", params: {}, retry_after_ms: 60_000 };
  for (const [code, ...after] of [
    [1006],
    [4410, { type: "said", topic: "a", epoch: "e", offset: 1 }],
    [4408, { type: "connection_recovery", action: "slow_down" }],
  ]) {
    const { world, states } = connected();
    world.socket.say(error);
    for (const message of after) world.socket.say(message);
    world.socket.drop(Number(code));
    assert.ok(states.at(-1).retryAt <= world.time + 500, `${code}`);
  }
});

test("a wait in an error binds once", async () => {
  const { world, states } = connected();
  world.socket.say({ type: "error", code: "too_many_connections", params: {}, retry_after_ms: 60_000 });
  world.socket.drop(4412);
  await world.pass(60_000);
  world.socket.drop(4409);
  assert.ok(states.at(-1).retryAt <= world.time + 2000);
});

test("closing in a listener ends it, whatever it was told", async () => {
  for (const name of ["state", "recovery_attempt", "recovery_failure", "recovery_success", "unsure"]) {
    const { world, socket } = client({ fallbackUrl: "/events" });
    let armed = name === "state";
    socket.addEventListener(name, () => armed && socket.close());
    socket.connect();
    assert.equal(world.sockets.length, Number(!armed), name);
    armed = true;
    world.socket?.accept();
    socket.send({ type: "say" });
    for (let round = 0; round < 2; round += 1) {
      world.socket?.drop(1006);
      await world.pass(1000);
    }
    world.socket?.accept();
    const count = world.sockets.length;
    await world.pass(120_000);
    assert.deepEqual(
      [socket.state, world.sockets.length, world.streaming.length],
      ["closed", count, 0],
      name,
    );
  }
});

test("connecting in a listener makes one socket", async () => {
  for (const [name, code] of /** @type {[string, number][]} */ ([
    ["unauthenticated", 4401],
    ["state", 1006],
    ["unsure", 1006],
  ])) {
    const { world, socket, states } = connected();
    socket.send({ type: "say" });
    socket.addEventListener(name, () => socket.connect());
    world.socket.drop(code);
    await world.pass(600);
    world.socket.accept();
    await world.pass(4000);
    assert.deepEqual([socket.state, world.sockets.length], ["open", 2], name);
    assert.equal(states.filter(({ state }) => state === "waiting").length, 1, name);
  }
});

test("a person who connects without a network ends the wait that the server asked for", async () => {
  const { world, socket } = connected();
  world.socket.say({ type: "server_shutdown", reconnect_in_ms: 60_000 });
  world.socket.drop(4012);
  world.online = world.reachable = false;
  socket.connect();
  world.online = true;
  world.tell("online");
  assert.equal(socket.state, "connecting");
});
