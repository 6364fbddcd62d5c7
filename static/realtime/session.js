import { Heartbeat } from "./heartbeat.js";
import { decode } from "./protocol.js";
import { Receipts } from "./receipts.js";

/** @typedef {import("./protocol.js").Message} Message */
/** @typedef {{ code: number, reason: string }} End */

/**
 * What the owner of a session is told. After `ended` nothing more comes.
 * @typedef {object} Calls
 * @property {(message: Message) => void} established the server's greeting arrived
 * @property {(message: Message) => void} received any message that the session does not answer itself
 * @property {(milliseconds: number) => void} measured one round trip
 * @property {(end: End) => void} ended
 */

/** The end of a session that we ended ourselves has no close code. */
const OURS = 0;

/** One socket from its opening to its end: greeting, heartbeat, receipts, and answers to the server's tests. */
export class Session {
  #environment;
  #calls;
  #socket;
  #heartbeat;
  #receipts;
  #ended = false;
  /** @type {unknown} */
  #timer;

  /**
   * @param {string} url
   * @param {import("./options.js").Options} options
   * @param {import("./environment.js").Environment} environment
   * @param {Calls} calls
   */
  constructor(url, options, environment, calls) {
    this.#environment = environment;
    this.#calls = calls;
    this.#receipts = new Receipts(environment, (received) => this.send({ type: "ack", received }));
    this.#heartbeat = new Heartbeat(options, environment, {
      ping: () => this.send({ type: "ping", sent_at: environment.now() }),
      lost: () => this.end("heartbeat lost"),
    });
    this.#timer = environment.setTimeout(() => this.end("no greeting in time"), options.connectionTimeout);
    this.#socket = environment.openSocket(url);
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) => this.#finish({ code, reason });
  }

  /**
   * @param {Message} message
   * @returns {boolean} whether the socket took it
   */
  send(message) {
    if (this.#ended || this.#socket.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** @param {number} patience ms @returns {Promise<boolean>} whether the server answered */
  probe(patience) {
    return this.#heartbeat.probe(patience);
  }

  /** End it now: a socket without a network takes minutes to close by itself. @param {string} reason */
  end(reason) {
    if (this.#ended) return;
    this.#finish({ code: OURS, reason });
    this.#socket.close(1000);
  }

  /** @param {End} end */
  #finish(end) {
    if (this.#ended) return;
    this.#ended = true;
    this.#environment.clearTimeout(this.#timer);
    this.#heartbeat.stop();
    this.#receipts.stop();
    this.#calls.ended(end);
  }

  /** @param {unknown} frame */
  #receive(frame) {
    if (this.#ended) return;
    this.#receipts.count();
    this.#heartbeat.heard();
    for (const message of decode(frame)) this.#answer(message);
  }

  /** @param {Message} message */
  #answer(message) {
    switch (message.type) {
      case "connection_established":
        this.#environment.clearTimeout(this.#timer);
        this.#heartbeat.start();
        return this.#calls.established(message);
      case "ping":
        this.send({ type: "pong", sent_at: message.sent_at, received: this.#receipts.received });
        return undefined;
      case "pong":
        return this.#calls.measured(Math.max(this.#environment.now() - message.sent_at, 0));
      case "connection_test":
        this.send({ type: "connection_test_response", test_id: message.test_id });
        return undefined;
      default:
        return this.#calls.received(message);
    }
  }
}
