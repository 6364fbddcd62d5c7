/** Messages that wait for a connection, oldest first. */
export class MessageQueue {
  /** @type {import("./protocol.js").Message[]} */
  #messages = [];
  #limit;

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#messages.length;
  }

  /**
   * Add a message. The oldest falls out when there are too many, and is returned.
   * @param {import("./protocol.js").Message} message
   */
  add(message) {
    this.#messages.push(message);
    return this.#messages.length > this.#limit ? this.#messages.shift() : undefined;
  }

  /**
   * Hand the messages on in their order until one is not taken; that one and the rest stay.
   * @param {(message: import("./protocol.js").Message) => boolean} take
   */
  drain(take) {
    while (this.#messages.length > 0 && take(this.#messages[0])) this.#messages.shift();
  }
}
