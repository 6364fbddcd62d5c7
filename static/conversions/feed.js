const AGAIN_MS = 30_000;
const SIGN_IN = 401;

/**
 * Brings the owner's topic into the store, and keeps it there. Who we are may change elsewhere, by signing in or out in
 * another tab: then the topic and the list do too.
 *
 * Fires `moved` once we are somebody else, and `strangers` when the site serves only those who sign in.
 */
export class Feed extends EventTarget {
  #socket;
  #store;
  #api;
  #now;
  #topic = "";
  /** @type {Promise<void> | null} */
  #asking = null;

  /**
   * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
   * @param {import("./store.js").Store} store
   * @param {import("./api.js").Api} api
   * @param {() => number} now
   */
  constructor(socket, store, api, now) {
    super();
    this.#socket = socket;
    this.#store = store;
    this.#api = api;
    this.#now = now;
    socket.addEventListener("unauthenticated", () => void this.ask());
    socket.addEventListener("poll", () => void this.ask(true));
  }

  /** @param {string} topic */
  follow(topic) {
    if (this.#topic && this.#topic !== topic) this.#socket.unsubscribe(this.#topic);
    this.#topic = topic;
    this.#socket.subscribe(topic, (message) => {
      if (message.type === "error") void this.#refused(topic);
      else if (message.type !== "subscribed")
        this.#store.dispatch({ type: "event", message, at: this.#now() });
      else if (message.snapshot) this.#show(message.snapshot.conversions);
    });
  }

  /** Another tab shows this topic's list. @param {string} topic */
  heard(topic) {
    if (topic !== this.#topic) void this.ask();
  }

  /**
   * Ask whose list is ours now; asked again meanwhile, it is the same question.
   * @param {boolean} [always] show the list, whosever it is: nothing else tells what happens
   */
  ask(always = false) {
    this.#asking ??= this.#ask(always).finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** @param {boolean} always */
  async #ask(always) {
    const askedAt = this.#now();
    const list = await this.#api.conversions().catch(({ status }) => status);
    if (list === SIGN_IN) this.#strangers();
    if (typeof list !== "object") return;
    const isOurs = list.topic === this.#topic;
    if (!isOurs) this.#show(list.items);
    else if (always) this.#show(list.items, { askedAt, isPart: list.next !== null });
    if (isOurs) return;
    // A socket belongs to who opened it.
    this.#socket.close();
    this.follow(list.topic);
    this.#socket.connect();
    this.dispatchEvent(new Event("moved"));
  }

  /** What belongs to somebody who left is no longer shown. */
  #strangers() {
    this.#socket.unsubscribe(this.#topic);
    this.#topic = "";
    this.#show([]);
    this.dispatchEvent(new Event("strangers"));
  }

  /** @param {string} topic */
  async #refused(topic) {
    await this.ask();
    if (topic === this.#topic) setTimeout(() => topic === this.#topic && this.follow(topic), AGAIN_MS);
  }

  /** @param {import("./types.js").Conversion[]} conversions @param {{ askedAt?: number, isPart?: boolean }} [answer] */
  #show(conversions, answer) {
    this.#store.dispatch({ type: "snapshot", conversions, at: this.#now(), ...answer });
  }
}
