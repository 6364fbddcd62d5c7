import assert from "node:assert/strict";
import { test } from "node:test";
import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";
import { settle, World } from "./world.js";

const topic = "jobs.1";
const SUBSCRIBED = { type: "subscribed", topic, epoch: "e", offset: 5, recovered: false, snapshot: {} };

/** @param {number} offset */
const event = (offset) => ({ type: "done", topic, epoch: "e", offset, event_id: `id-${offset}` });

/** A client of one topic, and what it was told. @param {Partial<World>} [change] */
function client(change = {}) {
  const world = Object.assign(new World(), change);
  const options = { fallbackUrl: "/api/events?lang=en" };
  const socket = new RobustWebSocket("wss://site.example/ws/events/", options, world.environment);
  /** @type {any[]} */
  const got = [];
  let polls = 0;
  socket.subscribe(topic, (message) => got.push(message));
  socket.addEventListener("poll", () => (polls += 1));
  socket.connect();
  return { world, socket, got, polls: () => polls };
}

/** The WebSocket fails until streams are opened. @param {Partial<World>} [change] */
async function fallen(change) {
  const parts = client(change);
  for (let failure = 0; failure < 2; failure += 1) {
    parts.world.socket.drop(1006);
    await settle();
    await parts.world.pass(2000);
  }
  return parts;
}

/** @param {Partial<World>} [change] */
async function streaming(change) {
  const parts = await fallen(change);
  parts.world.streams[0].say(SUBSCRIBED);
  return parts;
}

test("after two failures while HTTP works the topics are streamed", async () => {
  const { world, socket, got } = await fallen();
  assert.equal(socket.state, "connecting");
  assert.equal(world.streams[0].url.href, `https://site.example/api/events?lang=en&topic=${topic}`);
  world.streams[0].say([SUBSCRIBED, event(6)]);
  assert.deepEqual([socket.state, socket.transport], ["open", "sse"]);
  assert.deepEqual(
    got.map(({ offset }) => offset),
    [5, 6],
  );
});

test("without an address there is no fallback", async () => {
  const world = new World();
  const socket = new RobustWebSocket("wss://site.example/ws/events/", {}, world.environment);
  socket.connect();
  for (let failure = 0; failure < 4; failure += 1) {
    world.socket.drop(1006);
    await world.pass(30_000);
  }
  assert.equal(world.streams.length, 0);
  assert.ok(world.sockets.length > 4);
});

test("a server that does not answer HTTP either is no reason", async () => {
  const { world } = await fallen({ reachable: false });
  assert.deepEqual([world.streams.length, world.sockets.length], [0, 3]);
});

test("a server that closes with a code of its own has a WebSocket that works", async () => {
  const { world } = client();
  for (let failure = 0; failure < 3; failure += 1) {
    world.socket.drop(4412);
    await settle();
    await world.pass(4000);
  }
  assert.equal(world.streams.length, 0);
});

test("about each minute a WebSocket is tried, and takes over where the streams were", async () => {
  const { world, socket, got } = await streaming();
  world.streams[0].say(event(6));
  await world.pass(60_000);
  assert.equal(world.sockets.length, 3);
  assert.equal(socket.transport, "sse");
  world.socket.accept();
  assert.deepEqual([socket.state, socket.transport, world.streaming.length], ["open", "websocket", 0]);
  assert.deepEqual(world.socket.of("subscribe")[0].topics, [{ topic, epoch: "e", offset: 6 }]);
  world.streams[0].say(event(7));
  assert.equal(got.length, 2, "nothing more comes from a stream that was left");
});

test("a WebSocket that still fails leaves the streams alone, and is tried again", async () => {
  const { world, socket } = await streaming();
  for (const count of [3, 4]) {
    await world.pass(60_000);
    assert.equal(world.sockets.length, count);
    world.socket.drop(1006);
  }
  assert.deepEqual([socket.state, socket.transport], ["open", "sse"]);
});

test("a stream that the server ended comes back by itself", async () => {
  const { world, socket } = await streaming();
  world.streams[0].break();
  await world.pass(9000);
  world.streams[0].say({ ...SUBSCRIBED, recovered: true });
  await world.pass(9000);
  assert.equal(socket.state, "open");
});

test("a stream that does not come back is a lost connection", async () => {
  const { world, socket } = await streaming();
  for (let second = 0; second < 10; second += 1) {
    world.streams[0].break(); // it tries each second
    await world.pass(1000);
  }
  assert.equal(socket.state, "waiting");
  assert.equal(world.streaming.length, 0);
  await world.pass(500);
  assert.equal(world.streaming[0].url.searchParams.get("last_event_id"), "e:5");
});

test("a stream in which nothing ever arrives is no use: the WebSocket is tried again", async () => {
  const { world, socket } = await fallen();
  await world.pass(10_000);
  assert.equal(socket.state, "waiting");
  await world.pass(5000);
  assert.deepEqual([socket.state, world.sockets.length], ["connecting", 3]);
});

test("a stream that is silent for longer than any stream lasts is dead", async () => {
  const { world, socket } = await streaming();
  await world.pass(330_000);
  assert.equal(socket.state, "waiting");
});

test("a server that stops answering over HTTP is lost too", async () => {
  const { world, socket } = await streaming();
  world.reachable = false;
  await world.pass(60_000);
  assert.notEqual(socket.state, "open");
});

test("a health check asks over HTTP", async () => {
  const { world, socket } = await streaming();
  assert.equal(await socket.performHealthCheck(), true);
  world.reachable = false;
  const check = socket.performHealthCheck();
  await world.pass(3000);
  assert.equal(await check, false);
});

test("a hidden page streams nothing and is asked to poll; when it is seen it goes on where it was", async () => {
  const { world, socket, polls } = await streaming();
  world.hidden = true;
  world.tell("hidden");
  assert.equal(world.streaming.length, 0);
  for (let minute = 0; minute < 2; minute += 1) {
    await world.pass(30_000);
    assert.equal(world.streaming.length, 0);
  }
  assert.deepEqual([polls(), socket.state], [2, "open"]);
  await world.pass(600_000);
  assert.deepEqual([polls(), socket.state, world.streaming.length], [22, "open", 0]);
  world.hidden = false;
  world.tell("visible");
  assert.equal(world.streaming[0].url.searchParams.get("last_event_id"), "e:5");
  await world.pass(9000);
  assert.equal(polls(), 22);
});

test("a page that is hidden from the start polls at once", async () => {
  const { world, socket } = await fallen({ hidden: true });
  assert.deepEqual([socket.state, socket.transport, world.streams.length], ["open", "sse", 0]);
});

test("a topic that is not there is told to its listener, like on a WebSocket", async () => {
  const { world, socket, got } = await fallen({ status: 404 });
  world.streams[0].refuse();
  await settle();
  assert.deepEqual([got[0].code, got[0].params.topic], ["topic_not_found", topic]);
  assert.equal(socket.state, "open");
});

test("a stream that is refused otherwise is a failed connection", async () => {
  const { world, socket } = await fallen({ status: 503 });
  world.streams[0].refuse();
  await settle();
  assert.equal(socket.state, "waiting");
});

test("a stream to which we are nobody says so", async () => {
  const { world, socket } = await fallen({ status: 401 });
  let told = 0;
  socket.addEventListener("unauthenticated", () => (told += 1));
  world.streams[0].refuse();
  await settle();
  assert.deepEqual([told, socket.state], [1, "waiting"]);
});

test("an error in a stream ends it, and a wait that it asks for is kept", async () => {
  const { world, socket } = await streaming();
  world.streams[0].say({ type: "error", code: "too_many_connections", params: {}, retry_after_ms: 20_000 });
  assert.equal(socket.state, "waiting");
  await world.pass(19_999);
  assert.equal(world.streaming.length, 0);
  await world.pass(1);
  assert.equal(world.streaming.length, 1);
});

test("an error about a topic ends that topic alone", async () => {
  const { world, socket, got } = await streaming();
  world.streams[0].say({ type: "error", code: "topic_not_found", params: { topic } });
  assert.equal(got.at(-1).code, "topic_not_found");
  assert.deepEqual([socket.state, world.streaming.length], ["open", 0]);
});

test("topics come and go with their streams", async () => {
  const { world, socket } = await streaming();
  socket.subscribe("jobs.2", () => {});
  assert.deepEqual(
    world.streaming.map(({ url }) => url.searchParams.get("topic")),
    [topic, "jobs.2"],
  );
  socket.unsubscribe(topic);
  assert.equal(world.streaming.length, 1);
  socket.close();
  assert.deepEqual([world.streaming.length, socket.state], [0, "closed"]);
  await world.pass(120_000);
  assert.equal(world.sockets.length, 2);
});

test("what is sent waits for a WebSocket", async () => {
  const { world, socket } = await streaming();
  assert.equal(socket.send({ type: "hello" }), false);
  await world.pass(60_000);
  world.socket.accept();
  assert.equal(world.socket.of("hello").length, 1);
});

test("a WebSocket that came up in between starts the count anew", async () => {
  const { world } = client();
  world.socket.drop(1006);
  await settle();
  await world.pass(500);
  world.socket.accept();
  for (const next of [3, 4]) {
    world.socket.drop(1006);
    await settle();
    await world.pass(2000);
    assert.deepEqual([world.sockets.length, world.streams.length], [next, 0]);
  }
});

test("a topic that is followed while the streams are opened gets its own", async () => {
  const { world, socket } = await fallen();
  socket.subscribe("jobs.2", () => {});
  world.streams[0].say(SUBSCRIBED);
  assert.deepEqual(
    world.streaming.map(({ url }) => url.searchParams.get("topic")),
    [topic, "jobs.2"],
  );
});

test("closing ends a WebSocket that is being tried, too", async () => {
  const { world, socket } = await streaming();
  await world.pass(60_000);
  socket.close();
  assert.equal(world.socket.readyState, 3);
});

test("an answer over HTTP that comes after a WebSocket is up says nothing about it", async () => {
  const { world, socket } = client();
  /** @type {((status: number) => void)[]} */
  const answers = [];
  world.looking = () => new Promise((resolve) => answers.push(resolve));
  for (const ms of [500, 2000]) {
    world.socket.drop(1006);
    await world.pass(ms);
  }
  world.socket.accept();
  for (const answer of answers) answer(200);
  await settle();
  world.socket.drop(1006);
  await world.pass(2000);
  assert.deepEqual([answers.length, world.sockets.length, world.streams.length], [2, 4, 0]);
  assert.equal(socket.state, "connecting");
});

test("attempts that the client ends itself are no reason", async () => {
  const { world, socket } = client();
  for (let round = 0; round < 3; round += 1) {
    await world.pass(2000);
    world.tell("woken");
    await settle();
  }
  world.socket.drop(1006);
  await settle();
  await world.pass(500);
  assert.deepEqual([socket.state, world.sockets.length, world.streams.length], ["connecting", 5, 0]);
});

test("each stream begins with the server's greeting, which is told as on a WebSocket", async () => {
  const { world, socket } = await fallen();
  /** @type {any[]} */
  const told = [];
  for (const name of ["established", "message"]) {
    socket.addEventListener(name, (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      told.push([name, detail.type, detail.client_version, socket.state]);
    });
  }
  world.streams[0].say({ type: "connection_established", server_time: 5, client_version: "new" });
  world.streams[0].say(SUBSCRIBED);
  assert.deepEqual(told, [
    ["established", "connection_established", "new", "open"],
    ["message", "subscribed", undefined, "open"],
  ]);
});

test("closing when the streams are open leaves no WebSocket to be tried", async () => {
  const { world, socket } = await fallen();
  socket.addEventListener("state", () => socket.close());
  world.streams[0].say(SUBSCRIBED);
  await world.pass(120_000);
  assert.deepEqual([socket.state, world.sockets.length, world.streaming.length], ["closed", 2, 0]);
});

test("where no WebSocket can even be made, the topics are streamed", async () => {
  const world = new World();
  const environment = { ...world.environment, openSocket: () => assert.fail("no sockets here") };
  const socket = new RobustWebSocket("wss://site.example/", { fallbackUrl: "/events" }, environment);
  socket.subscribe(topic, () => {});
  socket.connect();
  await world.pass(5000);
  world.streams[0].say(SUBSCRIBED);
  assert.deepEqual([socket.state, socket.transport], ["open", "sse"]);
});
