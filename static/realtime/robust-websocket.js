import { Connection } from "./connection.js";
import { browser } from "./environment.js";
import { checked, withDefaults } from "./options.js";
import { Outgoing } from "./outgoing.js";
import { isKnown } from "./protocol.js";
import { Quality } from "./quality.js";
import { Subscriptions } from "./subscriptions.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").State} State */

/**
 * A WebSocket that comes back, and goes on in each topic where it stopped: no event is lost, doubled or out of order.
 * It starts with `connect()`. docs/client.md tells all.
 */
export class RobustWebSocket extends EventTarget {
  #connection;
  #outgoing;
  #subscriptions;
  #quality = new Quality();
  #ignored = 0;
  /** @type {number | null} */
  #last = null;

  /**
   * @param {string} url absolute, or a path of this site
   * @param {Partial<import("./types.js").Options>} [options]
   * @param {import("./types.js").Environment} [environment]
   * @throws {TypeError} for a wrong URL or option
   */
  constructor(url, options = {}, environment = browser()) {
    super();
    const address = checked("url", url, globalThis.location?.href, "string");
    const world = {
      ...environment,
      ...withDefaults(options, address),
      url: address.replace(/^http/, "ws"),
    };
    this.#subscriptions = new Subscriptions(world.report, () => (this.#ignored += 1));
    this.#outgoing = new Outgoing(world, {
      take: (text) => this.#connection.session?.send(text) ?? false,
      ask: () => this.#connection.session?.ping(),
      overflow: (message) => this.#fire("overflow", message),
      unsure: (message) => this.#fire("unsure", message),
    });
    this.#connection = new Connection(world, this.#calls());
  }

  get state() {
    return this.#connection.state;
  }

  /** "websocket", or "sse" on the fallback; null while there is no connection. */
  get transport() {
    return this.#connection.session?.transport ?? null;
  }

  /** When the next try comes, in Unix milliseconds as the clock is set now; undefined unless it is waiting. */
  get retryAt() {
    return this.#connection.retryAt;
  }

  /** As measured, in ms; `last` is one round trip. */
  get quality() {
    const { grade, latency, jitter } = this.#quality;
    return { grade, latency, jitter, last: this.#last };
  }

  /** How much came that was no message, incomplete or of an unknown type. */
  get ignored() {
    return this.#ignored;
  }

  /** Connect now, unless it is open or connecting, and count retries from the start. */
  connect() {
    this.#connection.start();
  }

  /** Close for good, until `connect()`. Subscriptions and waiting messages are kept. */
  close() {
    this.#connection.stop();
  }

  /**
   * Send now, or as soon as that is possible; at most once, in order, up to 25 a second.
   * @param {Message} message
   * @returns {boolean} whether it went out now
   */
  send(message) {
    return this.#outgoing.send(message);
  }

  /** Send what waits. Called by itself after each connection, when the subscriptions are back. */
  processMessageQueue() {
    this.#outgoing.process();
  }

  /**
   * Follow a topic, across reconnections.
   * @param {string} topic
   * @param {import("./types.js").Listener} listener gets `subscribed`, then events, or one `error`
   */
  subscribe(topic, listener) {
    this.#subscriptions.add(topic, listener);
    this.#connection.session?.follow([this.#subscriptions.request(topic)]);
  }

  /** @param {string} topic */
  unsubscribe(topic) {
    if (this.#subscriptions.remove(topic)) this.#connection.session?.unfollow(topic);
  }

  /** Whether the server answers within 3 s; if not, a fresh socket is made. */
  performHealthCheck() {
    return this.#connection.probe();
  }

  /** @returns {import("./types.js").ConnectionCalls} */
  #calls() {
    return {
      fire: (name, detail) => this.#fire(name, detail),
      outgoing: this.#outgoing,
      subscriptions: this.#subscriptions,
      received: (message) => this.#received(message),
      measured: (milliseconds) => this.#measured((this.#last = milliseconds)),
      ignored: () => (this.#ignored += 1),
    };
  }

  /** @param {Message} message */
  #received(message) {
    if (!isKnown(message)) this.#ignored += 1;
    this.#fire("message", message);
    this.#subscriptions.receive(message);
    if (message.type === "connection_recovery") this.#measured(message.latency_ms);
  }

  /** @param {number} milliseconds */
  #measured(milliseconds) {
    if (this.#quality.measured(milliseconds)) this.#fire("quality", this.quality);
  }

  /** @param {string} name @param {unknown} detail */
  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
