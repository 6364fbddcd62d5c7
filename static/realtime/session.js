import { Timer } from "./environment.js";
import { Heartbeat } from "./heartbeat.js";
import { decode, OWN_CODES } from "./protocol.js";
import { isThere } from "./retries.js";

/** @typedef {import("./types.js").Message} Message */

const EVERY_FRAMES = 32;
const EVERY_MS = 1000;

const POLL_MS = 30_000;
/** Streams last five minutes, and begin with a frame. */
const SILENT_MS = 330_000;
const CLOSED = 2;

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
  transport = /** @type {const} */ ("websocket");
  #ended = false;
  #world;
  #calls;
  #heartbeat;
  #receipts;
  #deadline;
  #socket;

  /** @param {import("./types.js").World} world @param {import("./types.js").SessionCalls} calls */
  constructor(world, calls) {
    this.#world = world;
    this.#calls = calls;
    this.#heartbeat = new Heartbeat(
      world,
      () => void this.ping(),
      () => this.end("heartbeat lost"),
    );
    this.#deadline = new Timer(world);
    this.#receipts = new Receipts(world, (received) => this.#send({ type: "ack", received }));
    this.#deadline.set(() => this.end("no greeting in time"), world.connectionTimeout);
    try {
      this.#socket = world.openSocket(world.url);
      this.#socket.onmessage = ({ data }) => this.#receive(data);
      this.#socket.onclose = ({ code, reason }) => this.end(reason, code);
    } catch {
      this.#deadline.set(() => this.end("no socket"), 0);
    }
  }

  /** @param {string} text a frame @returns {boolean} whether the socket took it */
  send(text) {
    if (this.#socket?.readyState !== 1) return false;
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
    this.#send({ type: "ping", id: this.#calls.outgoing.mark, sent_at: this.#world.elapsed() });
  }

  /** @param {number} patience ms */
  probe(patience) {
    return this.#heartbeat.probe(patience);
  }

  /** At once: a socket without a network takes minutes to close. @param {string} [reason] @param {number} [code] */
  end(reason, code = 0) {
    if (this.#ended) return;
    this.#ended = true;
    for (const part of [this.#deadline, this.#receipts, this.#heartbeat]) part.stop();
    this.#socket?.close(1000);
    this.#calls.ended({ code, reason });
  }

  /** @param {Message} message */
  #send(message) {
    this.send(JSON.stringify(message));
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
    if (message.in_reply_to !== undefined) this.#calls.outgoing.answered(message.in_reply_to);
    switch (message.type) {
      case "connection_established":
        this.#deadline.stop();
        this.#heartbeat.start();
        this.#calls.established();
        return this.#calls.received(message);
      case "ping":
        return this.#send({ type: "pong", sent_at: message.sent_at, received: this.#receipts.received });
      case "pong":
        return this.#calls.measured(this.#world.elapsed() - message.sent_at);
      case "connection_test":
        return this.#send({ type: "connection_test_response", test_id: message.test_id });
      default:
        return this.#calls.received(message);
    }
  }
}

/** Server-sent events, where no WebSocket comes through: one request a topic, while the page is seen. */
export class Stream {
  transport = /** @type {const} */ ("sse");
  /** @type {Map<string, EventSource>} */
  #sources = new Map();
  #established = false;
  #ended = false;
  #patience = Infinity;
  #world;
  #calls;
  #heartbeat;
  #deadline;
  #polling;

  /** @param {import("./types.js").World} world @param {import("./types.js").SessionCalls} calls */
  constructor(world, calls) {
    this.#world = world;
    this.#calls = calls;
    this.#heartbeat = new Heartbeat(
      world,
      () => void this.ping(),
      () => this.end("heartbeat lost"),
    );
    this.#deadline = new Timer(world);
    this.#polling = new Timer(world);
    this.#polling.set(() => (world.isHidden() ? this.hide() : this.show()), 0);
  }

  send() {
    return false;
  }

  /** @param {import("./types.js").Request[]} topics */
  follow(topics) {
    if (!this.#world.isHidden()) for (const request of topics) this.#open(request);
  }

  /** @param {string} topic */
  unfollow(topic) {
    this.#sources.get(topic)?.close();
    this.#sources.delete(topic);
  }

  show() {
    this.#polling.stop();
    this.follow(this.#calls.subscriptions.requests);
    if (this.#sources.size === 0) this.#establish();
  }

  hide() {
    this.#rest();
    this.#closeAll();
    this.#establish();
    this.#poll();
  }

  /** @param {number} patience ms */
  probe(patience) {
    return this.#heartbeat.probe(patience);
  }

  /** @param {string} [reason] @param {number} [code] */
  end(reason, code = 0) {
    if (this.#ended) return;
    this.#ended = true;
    for (const part of [this.#deadline, this.#polling, this.#heartbeat]) part.stop();
    this.#closeAll();
    this.#calls.ended({ code, reason });
  }

  #closeAll() {
    for (const topic of this.#sources.keys()) this.unfollow(topic);
  }

  #establish() {
    if (this.#established) return;
    this.#established = true;
    this.#heartbeat.start();
    this.follow(this.#calls.subscriptions.requests.filter(({ topic }) => !this.#sources.has(topic)));
    this.#calls.established();
  }

  #poll() {
    this.#polling.set(() => {
      this.#poll();
      this.#calls.poll();
    }, POLL_MS);
  }

  /** @param {import("./types.js").Request} request */
  #open({ topic, epoch, offset }) {
    this.unfollow(topic);
    const url = new URL(this.#world.fallbackUrl);
    url.searchParams.set("topic", topic);
    if (epoch !== undefined) url.searchParams.set("last_event_id", `${epoch}:${offset}`);
    const source = this.#world.openStream(url.href);
    this.#sources.set(topic, source);
    source.onmessage = ({ data }) => this.#receive(data);
    // What the server ended comes back by itself, with the position; what it refused does not.
    source.onerror = () =>
      source.readyState === CLOSED ? void this.#refused(topic, url.href) : this.#await();
    this.#await();
  }

  /** @param {number} [ms] */
  #await(ms = this.#world.connectionTimeout) {
    if (ms >= this.#patience) return;
    this.#patience = ms;
    this.#deadline.set(() => this.end("no stream in time"), ms);
  }

  #rest() {
    this.#patience = Infinity;
    this.#deadline.stop();
  }

  /** @param {unknown} frame */
  #receive(frame) {
    if (this.#ended) return;
    this.#rest();
    this.#await(SILENT_MS);
    this.#heartbeat.heard();
    this.#establish();
    for (const message of decode(frame, this.#calls.ignored)) {
      if (!this.#ended) this.#take(message);
    }
  }

  /** @param {Message} message */
  #take(message) {
    const { type, params } = message;
    const refused = type === "error" && params?.topic;
    if (refused) this.unfollow(refused);
    this.#calls.received(message);
    if (type === "server_shutdown" || (type === "error" && !refused)) this.end(type, OWN_CODES);
  }

  /** An `EventSource` does not say why. @param {string} topic @param {string} url */
  async #refused(topic, url) {
    const status = await this.#world.look(url);
    if (this.#ended) return;
    if (status !== 404) return this.end(`stream refused with ${status}`, status === 401 ? 4401 : 0);
    this.#take({ type: "error", code: "topic_not_found", params: { topic }, retryable: false });
    if (this.#sources.size === 0) this.#rest();
    this.#establish();
  }

  async ping() {
    const before = this.#world.elapsed();
    if (!(await isThere(this.#world)) || this.#ended) return;
    this.#calls.measured(this.#world.elapsed() - before);
    this.#heartbeat.heard();
  }
}
