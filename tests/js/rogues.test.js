import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { RobustWebSocket } from "../../static/realtime/robust-websocket.js";
import { node, until } from "./stack.js";

/** @typedef {{ after: (end: () => unknown) => void }} Test */

/**
 * A server that answers requests as it likes, and what connects to it.
 * @param {Test} t
 * @param {object} manners
 * @param {(socket: import("ws").WebSocket, path: string) => void} [manners.connected] without it no WebSocket is accepted
 * @param {import("node:http").RequestListener} [manners.asked]
 * @param {Partial<import("../../static/realtime/types.js").Options>} [manners.options]
 */
async function rogue(t, { connected, asked, options = {} }) {
  const answer = asked ?? ((_, response) => response.end("ok"));
  const server = createServer(answer).listen(0, "127.0.0.1");
  if (connected) {
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, { url }) => connected(socket, url ?? ""));
  } else {
    server.on("upgrade", (request, socket) => answerPlainly(answer, request, socket));
  }
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const quick = { reconnectInterval: 20, connectionTimeout: 200, maxReconnectAttempts: 4, ...options };
  const socket = new RobustWebSocket(`http://127.0.0.1:${port}/ws/`, quick, node({ random: () => 0.05 }));
  t.after(() => {
    socket.close();
    server.closeAllConnections();
    server.close();
  });
  /** @type {any[]} */
  const states = [];
  socket.addEventListener("state", (event) => states.push(/** @type {CustomEvent} */ (event).detail));
  return { socket, states };
}

/**
 * What came for a handshake is answered as any request would be.
 * @param {import("node:http").RequestListener} answer
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:stream").Duplex} socket
 */
function answerPlainly(answer, request, socket) {
  const status = { code: 200, body: "" };
  const response = /** @type {any} */ ({
    writeHead: (/** @type {number} */ code) => ((status.code = code), response),
    end: (/** @type {string} */ body) => (status.body = body),
  });
  answer(request, response);
  socket.end(`HTTP/1.1 ${status.code} No\r\ncontent-length: ${status.body.length}\r\n\r\n${status.body}`);
}

const GREETING = JSON.stringify({ type: "connection_established", connection_id: "c", server_time: 0 });
const HTML = { "content-type": "text/html; charset=utf-8" };

test("one that accepts and never answers is left, each time, and given up in the end", async (t) => {
  let count = 0;
  const { socket } = await rogue(t, { connected: () => (count += 1) });
  socket.connect();
  await until(() => socket.state === "given_up", "giving up");
  assert.equal(count, 5);
});

test("one that greets and closes at once, each time, is given up in the end", async (t) => {
  let count = 0;
  const connected = (/** @type {import("ws").WebSocket} */ peer) => {
    count += 1;
    peer.send(GREETING);
    peer.close(1011);
  };
  const { socket, states } = await rogue(t, { connected });
  socket.connect();
  await until(() => socket.state === "given_up", "giving up");
  assert.equal(count, 5);
  assert.match(states.at(-1).reason, /1011/);
});

test("one that answers nothing after its greeting is found dead by its heartbeat", async (t) => {
  const connected = (/** @type {import("ws").WebSocket} */ peer) => peer.send(GREETING);
  const options = { heartbeatInterval: 200, maxConsecutiveFailures: 1 };
  const { socket, states } = await rogue(t, { connected, options });
  socket.connect();
  await until(() => states.some(({ reason }) => reason === "heartbeat lost"), "the death");
});

test("a captive portal, which answers everything with a page, is not our server", async (t) => {
  /** @type {Set<string | undefined>} */
  const asked = new Set();
  const { socket } = await rogue(t, {
    asked: ({ url }, response) => {
      asked.add(url?.split("?")[0]);
      response.writeHead(200, HTML).end("<h1>Welcome to the hotel</h1>");
    },
    options: { fallbackUrl: "/events" },
  });
  socket.connect();
  await until(() => socket.state === "given_up", "giving up");
  assert.deepEqual([...asked].sort(), ["/healthz", "/ws/"], "it streams nothing from there");
});

test("a page that asks to sign in, where a socket was expected, is no end", async (t) => {
  const { socket } = await rogue(t, {
    asked: (_, response) => response.writeHead(401, HTML).end("<h1>Sign in</h1>"),
    options: { fallbackUrl: "/events" },
  });
  socket.connect();
  await until(() => socket.state === "given_up", "giving up");
});

test("streams that are refused with a page are left for the WebSocket", async (t) => {
  let streams = 0;
  const { socket } = await rogue(t, {
    asked: ({ url }, response) => {
      if (url === "/healthz") return response.end("ok");
      if (url?.startsWith("/events")) streams += 1;
      return response.writeHead(url === "/ws/" ? 403 : 200, HTML).end("<h1>No</h1>");
    },
    options: { fallbackUrl: "/events", maxReconnectAttempts: 6 },
  });
  socket.subscribe("room.hall", (message) => assert.fail(message.type));
  socket.connect();
  await until(() => socket.state === "given_up", "giving up");
  assert.ok(streams > 0);
});

test("nonsense of all kinds is left out and counted, and what makes sense arrives", async (t) => {
  const topic = "room.hall";
  const frames = [
    GREETING,
    JSON.stringify({ type: "subscribed", topic, epoch: "e", offset: 0, recovered: false }),
    "not JSON",
    JSON.stringify([{ type: "of the future" }, { no: "type" }, { type: "said", topic, text: "no offset" }]),
    Buffer.from([0, 1, 2]),
    JSON.stringify({ type: "said", topic, epoch: "e", offset: 2, text: "two" }),
    JSON.stringify({ type: "said", topic, epoch: "e", offset: 1, text: "out of order" }),
    JSON.stringify({ type: "said", topic, epoch: "e", offset: 3, text: "x".repeat(2 ** 20) }),
    JSON.stringify({ type: "ping", sent_at: "noon" }),
  ];
  const connected = (/** @type {import("ws").WebSocket} */ peer) =>
    frames.forEach((frame) => peer.send(frame));
  const { socket } = await rogue(t, { connected });
  /** @type {number[]} */
  const lengths = [];
  socket.subscribe(topic, ({ type, text }) => type === "said" && lengths.push(text.length));
  socket.connect();
  await until(() => socket.ignored === 6, "the last of the nonsense");
  assert.deepEqual([lengths, socket.state], [[3, 2 ** 20], "open"]);
});
