import { Heartbeat } from "./heartbeat.js";
import { decode } from "./protocol.js";
import { Timer } from "./environment.js";

/** @typedef {import("./types.js").Message} Message */

const EVERY_FRAMES = 32;
const EVERY_MS = 1000;

/** Tells the server how many frames arrived, so that it never sends more than we can take. */
class Receipts {
  /** Frames since the connection opened; a pong carries it too. */
  received = 0;
  #acknowledged = 0;
  #timer;
  #random;
  #acknowledge;

  /** @param {import("./types.js").World} world @param {(received: number) => void} acknowledge */
  constructor(world, acknowledge) {
    this.#timer = new Timer(world);
    this.#random = world.random;
    this.#acknowledge = acknowledge;
  }

  /** A frame arrived: tell at once every 32 of them, else within a second, with jitter. */
  count() {
    this.received += 1;
    if (this.received - this.#acknowledged >= EVERY_FRAMES) this.#send();
    else if (this.#timer.handle === null)
      this.#timer.set(() => this.#send(), EVERY_MS * (0.75 + this.#random() / 4));
  }

  stop() {
    this.#timer.stop();
  }

  #send() {
    this.stop();
    this.#acknowledged = this.received;
    this.#acknowledge(this.received);
  }
}

/** One socket: greeting, heartbeat, receipts, and answers to the server's tests. */
export class Session {
  /** @type {import("./types.js").Transport} */
  transport = "websocket";
  #ended = false;
  #world;
  #calls;
  #heartbeat;
  #receipts;
  #deadline;
  #socket;

  /** @param {string} url @param {import("./types.js").World} world @param {import("./types.js").SessionCalls} calls */
  constructor(url, world, calls) {
    this.#world = world;
    this.#calls = calls;
    this.#heartbeat = new Heartbeat(
      world,
      () => this.ping(),
      () => this.end("heartbeat lost"),
    );
    this.#receipts = new Receipts(world, (received) => this.#send({ type: "ack", received }));
    this.#deadline = new Timer(world);
    this.#deadline.set(() => this.end("no greeting in time"), world.connectionTimeout);
    this.#socket = world.openSocket(url);
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) => this.#finish({ code, reason });
  }

  /** @param {string} text a frame @returns {boolean} whether the socket took it */
  send(text) {
    if (this.#ended || this.#socket.readyState !== 1) return false;
    this.#socket.send(text);
    return true;
  }

  /** @param {object[]} topics */
  follow(topics) {
    if (topics.length > 0) this.#send({ type: "subscribe", topics });
  }

  /** @param {string} topic */
  unfollow(topic) {
    this.#send({ type: "unsubscribe", topics: [topic] });
  }

  ping() {
    this.#send({ type: "ping", id: this.#calls.mark(), sent_at: this.#world.now() });
  }

  /** @param {number} patience ms */
  probe(patience) {
    return this.#heartbeat.probe(patience);
  }

  /** At once: a socket without a network takes minutes to close. @param {string} reason */
  end(reason) {
    if (this.#ended) return;
    this.#finish({ code: 0, reason });
    this.#socket.close(1000);
  }

  /** @param {Message} message */
  #send(message) {
    this.send(JSON.stringify(message));
  }

  /** @param {import("./types.js").End} end */
  #finish(end) {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline.stop();
    this.#heartbeat.stop();
    this.#receipts.stop();
    this.#calls.ended(end);
  }

  /** @param {unknown} frame */
  #receive(frame) {
    if (this.#ended) return;
    this.#receipts.count();
    this.#heartbeat.heard();
    for (const message of decode(frame, this.#calls.ignored)) {
      if (!this.#ended) this.#answer(message);
    }
  }

  /** @param {Message} message */
  #answer(message) {
    if (message.in_reply_to !== undefined) this.#calls.answered(message.in_reply_to);
    switch (message.type) {
      case "connection_established":
        this.#deadline.stop();
        this.#heartbeat.start();
        return this.#calls.established(message);
      case "ping":
        return this.#send({ type: "pong", sent_at: message.sent_at, received: this.#receipts.received });
      case "pong":
        return this.#calls.measured(this.#world.now() - message.sent_at);
      case "connection_test":
        return this.#send({ type: "connection_test_response", test_id: message.test_id });
      default:
        return this.#calls.received(message);
    }
  }
}
