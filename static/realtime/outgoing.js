import { Timer } from "./environment.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Letter} Letter */

/** Messages in flight: the server takes 50 a second, and we ask for its answer after one. */
const WINDOW = 25;
const ASK_MS = 1000;

/**
 * The application's messages, in order and at most once: those that wait, and those that a socket has and that are not
 * known to have arrived. A server reads in order, so an answer to one, or to a later ping, is one to all before it.
 */
export class Outgoing {
  /** @type {Letter[]} */
  #waiting = [];
  /** @type {Letter[]} */
  #handed = [];
  /** Handed to this socket, and confirmed by a ping. */
  #count = 0;
  #confirmed = 0;
  /** In each mark: no message of the application has that for its id. */
  #own;
  #timer;
  #limit;
  #calls;

  /** @param {import("./types.js").World} world @param {import("./types.js").OutgoingCalls} calls */
  constructor(world, calls) {
    this.#timer = new Timer(world);
    this.#own = String(world.random());
    this.#limit = world.maxQueueSize;
    this.#calls = calls;
  }

  /** The id of a ping whose answer confirms all until now. */
  get mark() {
    return `${this.#own} ${this.#count}`;
  }

  /** @param {Message} message @returns {boolean} whether it went out now */
  send(message) {
    const text = JSON.stringify(message);
    if (typeof message?.type !== "string") throw new TypeError("A message is an object with a type.");
    this.#waiting.push({ message: JSON.parse(text), text });
    this.process();
    if (this.#waiting.length > this.#limit) {
      this.#calls.overflow(/** @type {Letter} */ (this.#waiting.shift()).message);
    }
    return this.#waiting.length === 0;
  }

  /** Hand over what waits, as far as it may. */
  process() {
    while (this.#waiting.length > 0 && this.#count - this.#confirmed < WINDOW) {
      if (!this.#calls.take(this.#waiting[0].text)) break;
      this.#handed.push(/** @type {Letter} */ (this.#waiting.shift()));
      this.#count += 1;
    }
    const open = this.#count > this.#confirmed;
    if (open && this.#timer.handle === null) this.#timer.set(this.#calls.ask, ASK_MS);
  }

  /** The server answered a message with this id. @param {unknown} id */
  answered(id) {
    const [own, count] = String(id).split(" ");
    if (own !== this.#own) {
      const index = this.#handed.findIndex(({ message }) => message.id === id);
      this.#handed.splice(0, index + 1);
      return;
    }
    this.#confirmed = Number(count);
    const open = this.#count - this.#confirmed;
    this.#handed.splice(0, this.#handed.length - open);
    this.process();
  }

  lost() {
    this.#timer.stop();
    this.#count = this.#confirmed = 0;
    for (const { message } of this.#handed.splice(0)) this.#calls.unsure(message);
  }
}
