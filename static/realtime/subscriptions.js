/** @typedef {import("./types.js").Message} Message */

/** Event ids a topic: more than a history replays at once. */
const REMEMBERED = 4096;

/** One topic: who listens, and how far they have come. */
class Subscription {
  /** @type {string | undefined} */
  epoch;
  offset = 0;
  /** @type {Set<string>} */
  #seen = new Set();
  listener;

  /** @param {import("./types.js").Listener} listener */
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

/** The topics of one client, their listeners and positions. */
export class Subscriptions {
  /** @type {Map<string, Subscription>} */
  #topics = new Map();
  #report;
  #ignored;

  /** @param {(error: unknown) => void} report a listener threw @param {() => void} ignored */
  constructor(report, ignored) {
    this.#report = report;
    this.#ignored = ignored;
  }

  /** All topics, with the positions from which to go on. */
  get requests() {
    return [...this.#topics.keys()].map((topic) => this.request(topic));
  }

  /** @param {string} topic */
  request(topic) {
    const { epoch, offset = 0 } = this.#topics.get(topic) ?? {};
    return epoch === undefined ? { topic } : { topic, epoch, offset };
  }

  /** @param {string} topic @param {import("./types.js").Listener} listener */
  add(topic, listener) {
    const known = this.#topics.get(topic);
    if (known) known.listener = listener;
    else this.#topics.set(topic, new Subscription(listener));
  }

  /** @param {string} topic */
  remove(topic) {
    return this.#topics.delete(topic);
  }

  /** @param {Message} message */
  receive(message) {
    if (message.type === "subscribed") this.#subscribed(message);
    else if (message.type === "error") this.#refused(message);
    else this.#deliver(message);
  }

  /** @param {Message} message */
  #subscribed(message) {
    const subscription = this.#topics.get(message.topic);
    if (!subscription) return;
    if (message.recovered && message.epoch !== subscription.epoch) {
      this.#ignored();
      message = { ...message, recovered: false }; // from a position that we never had
    }
    if (!message.recovered) {
      subscription.epoch = message.epoch;
      // Without a snapshot the whole history follows, so no offset is behind us yet.
      subscription.offset = "snapshot" in message ? message.offset : 0;
    }
    this.#tell(subscription, message);
  }

  /** The topic is given up. @param {Message} message */
  #refused(message) {
    const subscription = this.#topics.get(message.params?.topic);
    this.#topics.delete(message.params?.topic);
    if (subscription) this.#tell(subscription, message);
  }

  /** @param {Message} message */
  #deliver(message) {
    const subscription = this.#topics.get(message.topic);
    if (subscription?.accepts(message)) this.#tell(subscription, message);
  }

  /** @param {Subscription} subscription @param {Message} message */
  #tell({ listener }, message) {
    try {
      listener(message);
    } catch (error) {
      this.#report(error);
    }
  }
}
