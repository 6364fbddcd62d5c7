import { backoff } from "./backoff.js";

const SETTLED_MS = 5000;
/** How often it is looked over HTTP whether the server is there. */
export const LOOK_MS = 30_000;

/** When to try again: counts attempts, waits, and looks over HTTP once counting has ended. */
export class Retries {
  #attempt = 0;
  #askedMs = 0;
  /** @type {unknown} */
  #timer = null;
  #options;
  #environment;

  /**
   * @param {{ maxReconnectAttempts: number, reconnectInterval: number }} options
   * @param {import("./environment.js").Environment} environment
   */
  constructor(options, environment) {
    this.#options = options;
    this.#environment = environment;
  }

  /** Retries since a connection last stayed up. */
  get attempt() {
    return this.#attempt;
  }

  get spent() {
    return this.#attempt >= this.#options.maxReconnectAttempts;
  }

  /** The server says when to come back; holds for the next wait. @param {unknown} ms */
  asked(ms) {
    if (typeof ms === "number" && ms >= 0) this.#askedMs = ms;
  }

  /**
   * @param {() => void} retry
   * @returns {number} when it will be called, Unix ms
   */
  wait(retry) {
    this.#attempt += 1;
    const { random, now } = this.#environment;
    const ownMs = backoff(this.#attempt, { base: this.#options.reconnectInterval, random });
    const ms = this.#askedMs || ownMs;
    this.#askedMs = 0;
    this.#later(retry, ms);
    return now() + ms;
  }

  /** The connection is up; it counts as good only if it stays so, or a server that closes at once is hammered. */
  connected() {
    this.#later(() => this.reset(), SETTLED_MS);
  }

  /**
   * Look over HTTP whether trying again makes sense, every 30 s until it does.
   * @param {string} url
   * @param {number} firstMs when to look first
   * @param {() => void} found
   */
  lookout(url, firstMs, found) {
    const timer = this.#later(async () => {
      const reachable = await this.#environment.isReachable(url);
      if (this.#timer !== timer) return;
      if (reachable) found();
      else this.lookout(url, LOOK_MS, found);
    }, firstMs);
  }

  /** Stop waiting. */
  stop() {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Stop waiting, and count from the start. */
  reset() {
    this.stop();
    this.#attempt = 0;
  }

  /**
   * @param {() => void} callback
   * @param {number} ms
   */
  #later(callback, ms) {
    this.stop();
    this.#timer = this.#environment.setTimeout(callback, ms);
    return this.#timer;
  }
}
