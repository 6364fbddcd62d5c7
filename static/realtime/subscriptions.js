/** @typedef {import("./protocol.js").Message} Message */
/** @typedef {(message: Message) => void} Listener */
/** @typedef {{ topic: string, epoch?: string, offset?: number }} Request a topic, and where to go on */

/** Event ids a topic: more than a history replays at once, finals and keyed events together. */
const REMEMBERED = 4096;

/** One topic: who listens, and how far they have come. */
class Subscription {
  /** @type {string | undefined} */
  epoch;
  offset = 0;
  /** @type {Set<string>} */
  #seen = new Set();
  listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.listener = listener;
  }

  /** @param {Message} message @returns {boolean} whether it is news of the feed that we follow */
  accepts({ epoch, offset, event_id: id }) {
    if (epoch !== this.epoch || offset <= this.offset) return false;
    this.offset = offset;
    if (id === undefined) return true;
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED)
      this.#seen.delete(/** @type {string} */ (this.#seen.values().next().value));
    return true;
  }
}

/**
 * The topics of one client. Listeners get `subscribed` first (with a `snapshot`, which replaces all that was
 * known, where `recovered` is false), then each event once and in order, or an `error`.
 */
export class Subscriptions {
  /** @type {Map<string, Subscription>} */
  #topics = new Map();

  /** @returns {Request[]} all topics, with the positions from which to go on */
  get requests() {
    return [...this.#topics.keys()].map((topic) => this.request(topic));
  }

  /** @param {string} topic @returns {Request} */
  request(topic) {
    const { epoch, offset } = /** @type {Subscription} */ (this.#topics.get(topic));
    return epoch === undefined ? { topic } : { topic, epoch, offset };
  }

  /**
   * @param {string} topic
   * @param {Listener} listener takes the place of an earlier one
   */
  add(topic, listener) {
    const known = this.#topics.get(topic);
    if (known) known.listener = listener;
    else this.#topics.set(topic, new Subscription(listener));
  }

  /** @param {string} topic */
  remove(topic) {
    return this.#topics.delete(topic);
  }

  /** Hand a message of the server to the listener that it is for, if it is for one. @param {Message} message */
  receive(message) {
    if (message.type === "subscribed") this.#subscribed(message);
    else if (message.type === "error") this.#refused(message);
    else this.#deliver(message);
  }

  /** @param {Message} message */
  #subscribed(message) {
    const subscription = this.#topics.get(message.topic);
    if (!subscription) return;
    if (!message.recovered) {
      subscription.epoch = message.epoch;
      // Without a snapshot the whole history follows, so no offset is behind us yet.
      subscription.offset = "snapshot" in message ? message.offset : 0;
    }
    subscription.listener(message);
  }

  /** The topic is given up. @param {Message} message */
  #refused(message) {
    const topic = message.params?.topic;
    const subscription = this.#topics.get(topic);
    this.#topics.delete(topic);
    subscription?.listener(message);
  }

  /** What is known, or of a topic that is not ours, is dropped. @param {Message} message */
  #deliver(message) {
    const subscription = this.#topics.get(message.topic);
    if (subscription?.accepts(message)) subscription.listener(message);
  }
}
