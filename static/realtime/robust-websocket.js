import { browser } from "./environment.js";
import { withDefaults } from "./options.js";
import { closing } from "./protocol.js";
import { Quality } from "./quality.js";
import { MessageQueue } from "./queue.js";
import { Retries } from "./retries.js";
import { Session } from "./session.js";
import { Subscriptions } from "./subscriptions.js";

/** @typedef {import("./protocol.js").Message} Message */
/** @typedef {"closed" | "connecting" | "open" | "waiting" | "offline" | "given_up" | "refused"} State */

const PATIENCE_MS = 3000;

/**
 * A WebSocket that comes back, and goes on in each topic where it stopped: no event is lost, doubled or out of
 * order. It starts with `connect()`.
 *
 * Fires `state` ({state, reason, attempt, retryAt}), `quality` ({grade, latency, jitter}), `established` and
 * `message` (the server's message), `overflow` (the message that fell out of the queue), `unauthenticated`,
 * and `recovered` ({reason, attempt, downtime}); each is a `CustomEvent` with its value in `detail`.
 */
export class RobustWebSocket extends EventTarget {
  #url;
  #options;
  #environment;
  #retries;
  #queue;
  #subscriptions = new Subscriptions();
  #quality = new Quality();
  /** @type {Session | null} */
  #session = null;
  /** @type {State} */
  #state = "closed";
  /** @type {Promise<boolean> | null} */
  #check = null;

  /**
   * @param {string} url absolute, or a path of this site; `/healthz` beside it is asked over HTTP
   * @param {Partial<import("./options.js").Options>} [options]
   * @param {import("./environment.js").Environment} [environment]
   * @throws {TypeError} for an unknown or wrong option
   */
  constructor(url, options = {}, environment = browser()) {
    super();
    const address = new URL(url, globalThis.location?.href);
    const healthUrl = new URL("/healthz", address).href.replace(/^ws/, "http");
    this.#url = address.href.replace(/^http/, "ws");
    this.#options = withDefaults(options);
    this.#environment = environment;
    this.#retries = new Retries(healthUrl, this.#options, environment);
    this.#queue = new MessageQueue(this.#options.maxQueueSize);
    environment.watch((happening) => this.#happened(happening));
  }

  get state() {
    return this.#state;
  }

  /** Grade, latency and jitter (ms) as measured; the grade is "unknown" before the first heartbeat. */
  get quality() {
    const { grade, latency, jitter } = this.#quality;
    return { grade, latency, jitter };
  }

  /** Connect now, and count retries from the start. Does nothing while open or connecting. */
  connect() {
    if (this.#session) return;
    this.#retries.reset();
    this.#open();
  }

  /** Close for good, until `connect()`. Subscriptions and waiting messages are kept. */
  close() {
    this.#retries.reset();
    this.#become("closed", { reason: "closed here" });
    this.#session?.end("closed here");
  }

  /**
   * Send now, or as soon as there is a connection; at most once, in order.
   * @param {Message} message
   * @returns {boolean} whether it went out now
   */
  send(message) {
    const sent = this.#state === "open" && this.#queue.size === 0 && this.#session?.send(message);
    if (sent) return true;
    const dropped = this.#queue.add(message);
    if (dropped) this.#fire("overflow", dropped);
    return false;
  }

  /** Send what waits, in order. Called by itself after each connection, when the subscriptions are back. */
  processMessageQueue() {
    if (this.#state === "open") this.#queue.drain((message) => this.#session?.send(message) ?? false);
  }

  /**
   * Follow a topic, across reconnections.
   * @param {string} topic
   * @param {import("./subscriptions.js").Listener} listener gets `subscribed`, then events, or one `error`
   */
  subscribe(topic, listener) {
    this.#subscriptions.add(topic, listener);
    if (this.#state === "open") this.#request([this.#subscriptions.request(topic)]);
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    if (!this.#subscriptions.remove(topic) || this.#state !== "open") return;
    this.#session?.send({ type: "unsubscribe", topics: [topic] });
  }

  /**
   * Ask the server whether it is there. Without an answer within 3 s a fresh socket is made. Asked again
   * meanwhile, it gives the same answer.
   * @returns {Promise<boolean>}
   */
  performHealthCheck() {
    this.#check ??= this.#probe().finally(() => (this.#check = null));
    return this.#check;
  }

  async #probe() {
    const session = this.#session;
    if (this.#state !== "open" || !session) return false;
    const healthy = await session.probe(PATIENCE_MS);
    if (!healthy) session.end("no answer to a health check");
    return healthy;
  }

  #open() {
    this.#become("connecting");
    this.#session = new Session(this.#url, this.#options, this.#environment, {
      established: (message) => this.#established(message),
      received: (message) => this.#received(message),
      measured: (milliseconds) => this.#measured(milliseconds),
      ended: (end) => this.#ended(end),
    });
  }

  /** @param {Message} message */
  #established(message) {
    const recovery = this.#retries.connected();
    this.#become("open");
    this.#request(this.#subscriptions.requests);
    if (recovery) this.#recovered(recovery);
    this.processMessageQueue();
    this.#fire("established", message);
  }

  /** @param {import("./subscriptions.js").Request[]} topics */
  #request(topics) {
    if (topics.length > 0) this.#session?.send({ type: "subscribe", topics });
  }

  /** @param {import("./retries.js").Recovery} recovery */
  #recovered({ attempt, reason, downtime }) {
    this.#session?.send({ type: "recovery_success", attempt, reason, downtime_ms: downtime });
    this.#fire("recovered", { attempt, reason, downtime });
  }

  /** @param {Message} message */
  #received(message) {
    this.#fire("message", message);
    this.#retries.asked(message.reconnect_in_ms ?? message.retry_after_ms);
    this.#subscriptions.receive(message);
    const leave = message.type === "connection_recovery" && message.action === "reconnect";
    if (leave) this.#session?.end("asked to reconnect");
  }

  /** @param {number} milliseconds */
  #measured(milliseconds) {
    if (this.#quality.measured(milliseconds)) this.#fire("quality", this.quality);
  }

  /** @param {import("./session.js").End} end */
  #ended({ code, reason }) {
    this.#session = null;
    this.#retries.stop();
    if (this.#state === "closed") return;
    const why = reason || `closed with code ${code}`;
    if (this.#state === "open") this.#retries.lost(why);
    const next = closing(code);
    if (next === "end") return this.#become("refused", { reason: why });
    if (next === "sign_in") this.#fire("unauthenticated", null);
    this.#comeBack(why);
  }

  /** @param {string} reason */
  #comeBack(reason) {
    this.#retries.comeBack({
      retry: () => this.#open(),
      restart: () => this.connect(),
      tell: (state, retryAt) => this.#become(state, { reason, retryAt }),
    });
  }

  /** @param {import("./environment.js").Happening} happening */
  #happened(happening) {
    if (this.#state === "open") void this.performHealthCheck();
    else if (happening === "offline" && this.#state === "waiting") this.#comeBack("offline");
    else if (["waiting", "offline", "given_up"].includes(this.#state)) this.connect();
  }

  /**
   * @param {State} state
   * @param {{ reason?: string, retryAt?: number }} [detail]
   */
  #become(state, detail = {}) {
    this.#state = state;
    if (this.#options.debug) console.debug("RobustWebSocket", state, detail);
    this.#fire("state", { state, attempt: this.#retries.attempt, ...detail });
  }

  /**
   * @param {string} name
   * @param {unknown} detail
   */
  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
