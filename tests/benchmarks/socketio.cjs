// Socket.IO with its Redis streams adapter and connection state recovery.
//   socketio.cjs serve PORT
//   socketio.cjs publish RATE SECONDS TOPICS
const { createServer } = require("node:http");
const { setTimeout: sleep } = require("node:timers/promises");
const { Server } = require("socket.io");
const { createClient } = require("redis");
const { createAdapter } = require("@socket.io/redis-streams-adapter");

const KEYS = 100;
const FINAL_EVERY = 20;
const now = () => (performance.timeOrigin + performance.now()) / 1000;

async function publish(io, rate, seconds, topics) {
  const start = performance.now();
  for (let number = 0; number < rate * seconds; number++) {
    const wait = start + (number * 1000) / rate - performance.now();
    if (wait > 0) await sleep(wait);
    io.to(`board.${number % topics}`).emit("progress", {
      type: "progress_update",
      t: now(),
      seq: number,
      final: number % FINAL_EVERY === 0,
      conversion_id: `c${String(number % KEYS).padStart(2, "0")}`,
      percent: number % 100,
      stage: "encoding",
    });
  }
  await sleep(500); // the adapter writes in the background
  process.exit(0);
}

async function main([action, ...numbers]) {
  const valkey = createClient({ socket: { path: process.env.VALKEY_SOCKET } });
  await valkey.connect();
  const http = createServer();
  const io = new Server(http, {
    adapter: createAdapter(valkey),
    connectionStateRecovery: {},
    transports: ["websocket"],
  });
  io.on("connection", (socket) => {
    socket.join(socket.handshake.query.topic);
    socket.on("ack", () => {});
  });
  if (action === "publish") await publish(io, ...numbers.map(Number));
  else http.listen(Number(numbers[0]), "127.0.0.1", 4096);
}

main(process.argv.slice(2));
