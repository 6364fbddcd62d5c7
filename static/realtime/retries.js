import { backoff } from "./backoff.js";

const SETTLED_MS = 5000;
/** How often it is looked over HTTP whether the server is there. */
const LOOK_MS = 30_000;

/** @typedef {{ attempt: number, reason: string, downtime: number }} Recovery `downtime` in milliseconds */

/** When to try again: counts attempts, waits, and looks over HTTP once counting has ended. */
export class Retries {
  #attempt = 0;
  #askedMs = 0;
  /** @type {{ at: number, reason: string } | null} */
  #lost = null;
  /** @type {unknown} */
  #timer = null;
  #healthUrl;
  #options;
  #environment;

  /**
   * @param {string} healthUrl
   * @param {{ maxReconnectAttempts: number, reconnectInterval: number }} options
   * @param {import("./environment.js").Environment} environment
   */
  constructor(healthUrl, options, environment) {
    this.#healthUrl = healthUrl;
    this.#options = options;
    this.#environment = environment;
  }

  /** Retries since a connection last stayed up. */
  get attempt() {
    return this.#attempt;
  }

  /** The server says when to come back; holds for the next wait. @param {unknown} ms */
  asked(ms) {
    if (typeof ms === "number" && ms >= 0) this.#askedMs = ms;
  }

  /**
   * Arrange how to come back: after a wait; without a network, or once attempts are spent, when HTTP says so.
   * @param {object} calls
   * @param {() => void} calls.retry
   * @param {() => void} calls.restart after giving up
   * @param {(state: "waiting" | "offline" | "given_up", retryAt?: number) => void} calls.tell
   */
  comeBack({ retry, restart, tell }) {
    if (this.#attempt >= this.#options.maxReconnectAttempts) {
      this.#lookout(LOOK_MS, restart);
      return tell("given_up");
    }
    if (this.#environment.isOnline()) return tell("waiting", this.#wait(retry));
    // A browser may call itself offline and still reach this server, on the same machine or network.
    this.#lookout(0, () => tell("waiting", this.#wait(retry)));
    return tell("offline");
  }

  /** A connection that was open is lost. @param {string} reason */
  lost(reason) {
    this.#lost ??= { at: this.#environment.now(), reason };
  }

  /**
   * The connection is up; it counts as good only if it stays so, or a server that closes at once is hammered.
   * @returns {Recovery | null} what lies behind us, if one had been lost
   */
  connected() {
    this.#later(() => this.reset(), SETTLED_MS);
    const lost = this.#lost;
    this.#lost = null;
    return (
      lost && { attempt: this.#attempt, reason: lost.reason, downtime: this.#environment.now() - lost.at }
    );
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
   * @param {() => void} retry
   * @returns {number} when it will be called, Unix ms
   */
  #wait(retry) {
    this.#attempt += 1;
    const { random, now } = this.#environment;
    const ownMs = backoff(this.#attempt, { base: this.#options.reconnectInterval, random });
    const ms = this.#askedMs || ownMs;
    this.#askedMs = 0;
    this.#later(retry, ms);
    return now() + ms;
  }

  /**
   * Look over HTTP whether trying again makes sense, every 30 s until it does.
   * @param {number} firstMs when to look first
   * @param {() => void} found
   */
  #lookout(firstMs, found) {
    const timer = this.#later(async () => {
      const reachable = await this.#environment.isReachable(this.#healthUrl);
      if (this.#timer !== timer) return;
      if (reachable) found();
      else this.#lookout(LOOK_MS, found);
    }, firstMs);
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
