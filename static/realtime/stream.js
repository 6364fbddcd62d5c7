import { Heartbeat } from "./heartbeat.js";
import { decode } from "./protocol.js";
import { Timer } from "./environment.js";

const POLL_MS = 30_000;
/** Streams last five minutes, and begin with a frame. */
const SILENT_MS = 330_000;
const CLOSED = 2;

/** Server-sent events, where no WebSocket comes through: one request a topic, while the page is seen. */
export class Stream {
  /** @type {import("./types.js").Transport} */
  transport = "sse";
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
      () => void this.#look(),
      () => this.end("heartbeat lost"),
    );
    this.#deadline = new Timer(world);
    this.#polling = new Timer(world);
    this.#polling.set(() => (world.isHidden() ? this.hide() : this.show()), 0);
  }

  send() {
    return false;
  }

  ping() {}

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
    this.follow(this.#calls.requests());
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

  /** @param {string} reason @param {number} [code] */
  end(reason, code = 0) {
    if (this.#ended) return;
    this.#ended = true;
    for (const part of [this.#deadline, this.#polling, this.#heartbeat]) part.stop();
    this.#closeAll();
    this.#calls.ended({ code, reason });
  }

  #closeAll() {
    for (const topic of [...this.#sources.keys()]) this.unfollow(topic);
  }

  #establish() {
    if (this.#established) return;
    this.#established = true;
    this.#heartbeat.start();
    this.follow(this.#calls.requests().filter(({ topic }) => !this.#sources.has(topic)));
    this.#calls.established(null);
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

  /** @param {import("./types.js").Message} message */
  #take(message) {
    const { type, params } = message;
    const refused = type === "error" && params?.topic;
    if (refused) this.unfollow(refused);
    this.#calls.received(message);
    if (type === "server_shutdown" || (type === "error" && !refused)) this.end(type);
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

  async #look() {
    const before = this.#world.now();
    if ((await this.#world.look(this.#world.healthUrl)) !== 200 || this.#ended) return;
    this.#calls.measured(this.#world.now() - before);
    this.#heartbeat.heard();
  }
}
