import { ApiError } from "./api.js";

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const SIGN_IN = 401;

/** @typedef {import("./types.js").Following} Following */

/**
 * Brings the owner's topic into the store, and keeps it there. Who we are may change elsewhere, by signing in or out in
 * another tab: then the topic and the list do too.
 *
 * Fires `following` when `following` is another, `moved` once we are somebody else, and `strangers` when the site serves
 * only those who sign in.
 */
export class Feed extends EventTarget {
  /** How the topic is followed. @type {Following} */
  following = { state: "asked", problem: null };
  #socket;
  #store;
  #api;
  #now;
  #topic = "";
  /** @type {Promise<import("./types.js").Problem | null> | null} */
  #asking = null;
  #leftAt;
  #pause = FIRST_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

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
    this.#leftAt = now();
    socket.addEventListener("unauthenticated", () => void this.ask());
    socket.addEventListener("poll", () => void this.ask(true));
    // Another connection has to be told the topic, which takes its time.
    socket.addEventListener("state", () => this.following.state === "followed" && this.#become("asked"));
  }

  /** For how many milliseconds nothing was told as it happens. */
  get silence() {
    return this.following.state === "followed" ? 0 : this.#now() - this.#leftAt;
  }

  /** @param {string} topic */
  follow(topic) {
    if (this.#topic && this.#topic !== topic) this.#socket.unsubscribe(this.#topic);
    this.#topic = topic;
    this.#pause = FIRST_MS;
    this.#become("asked");
    this.#subscribe();
  }

  /** Ask for a topic that was refused at once, not after the pause. */
  retry() {
    if (this.following.state === "refused") this.#subscribe();
  }

  /** Another tab shows this topic's list. @param {string} topic */
  heard(topic) {
    if (topic !== this.#topic) void this.ask();
  }

  /**
   * Ask whose list is ours now; asked again meanwhile, it is the same question.
   * @param {boolean} [always] show the list, whosever it is: nothing else tells what happens
   * @returns {Promise<import("./types.js").Problem | null>} why it was not answered
   */
  ask(always = false) {
    this.#asking ??= this.#ask(always).finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** @param {boolean} always */
  async #ask(always) {
    const askedAt = this.#now();
    try {
      const list = await this.#api.conversions();
      if (list.topic !== this.#topic) this.#move(list);
      else if (always) this.#show(list.items, { askedAt, isPart: list.next !== null });
      return null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === SIGN_IN) this.#strangers();
      return error.problem;
    }
  }

  /** We are somebody else. @param {{ items: import("./types.js").Conversion[], topic: string }} list */
  #move({ items, topic }) {
    this.#show(items);
    // A socket belongs to who opened it.
    this.#socket.close();
    this.follow(topic);
    this.#socket.connect();
    this.dispatchEvent(new Event("moved"));
  }

  /** What belongs to somebody who left is no longer shown, and no connection helps. */
  #strangers() {
    clearTimeout(this.#timer);
    this.#socket.unsubscribe(this.#topic);
    this.#socket.close();
    this.#topic = "";
    this.#show([]);
    this.#become("strangers");
    this.dispatchEvent(new Event("strangers"));
  }

  #subscribe() {
    clearTimeout(this.#timer);
    const topic = this.#topic;
    this.#socket.subscribe(topic, (message) => {
      if (message.type === "error") void this.#refused(topic);
      else if (message.type !== "subscribed")
        this.#store.dispatch({ type: "event", message, at: this.#now() });
      else this.#followed(message);
    });
  }

  /** @param {import("../realtime/types.js").Message} subscribed */
  #followed({ snapshot }) {
    this.#pause = FIRST_MS;
    if (snapshot) this.#show(snapshot.conversions);
    this.#become("followed");
  }

  /** @param {string} topic */
  async #refused(topic) {
    this.#become("refused", this.following.problem);
    const problem = await this.ask();
    if (topic !== this.#topic) return;
    this.#become("refused", problem);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#subscribe(), this.#pause);
    this.#pause = Math.min(2 * this.#pause, LONGEST_MS);
  }

  /** @param {Following["state"]} state @param {Following["problem"]} [problem] */
  #become(state, problem = null) {
    if (this.following.state === "followed") this.#leftAt = this.#now();
    this.following = { state, problem };
    this.dispatchEvent(new Event("following"));
  }

  /** @param {import("./types.js").Conversion[]} conversions @param {{ askedAt?: number, isPart?: boolean }} [answer] */
  #show(conversions, answer) {
    this.#store.dispatch({ type: "snapshot", conversions, at: this.#now(), ...answer });
  }
}
