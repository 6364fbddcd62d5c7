import { Timer } from "./environment.js";
import { OWN_CODES } from "./protocol.js";

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const SETTLED_MS = 5000;
const LOOK_MS = 30_000;
const BLOCKED = 2;
/** Steps told at once: the server counts messages. */
const TOLD = 8;
const LONGEST_REASON = 100;
/** No server may ask for a longer wait. */
const ASKED_MS = 600_000;

/**
 * The wait before a retry: full jitter, since a thousand clients that lost one server must not come back in step.
 * @param {number} attempt 1 for the first retry
 * @param {{ base: number, random: () => number }} by `base` in milliseconds
 */
export function backoff(attempt, { base, random }) {
  const ceiling = attempt === 1 ? FIRST_MS : base * 2 ** (attempt - 2);
  return Math.round(random() * Math.min(ceiling, LONGEST_MS));
}

/** When to try again, and by which way: counts attempts, waits, and looks over HTTP once counting has ended. */
export class Retries {
  /** Retries since a connection last stayed up. */
  attempt = 0;
  /** WebSockets that did not come up while HTTP worked; another one once they do, for late answers not to count. */
  #blocked = { count: 0 };
  /** @type {number | null} */
  #askedMs = null;
  #dueAt = 0;
  #boundUntil = 0;
  #timer;
  #world;

  /** @param {import("./types.js").World} world */
  constructor(world) {
    this.#timer = new Timer(world);
    this.#world = world;
  }

  /** Whether to do without a WebSocket. */
  get streaming() {
    return this.#blocked.count >= BLOCKED;
  }

  /** Whether it is the server that wants us to wait: only `connect()` makes that shorter. */
  get bound() {
    return this.#world.elapsed() < this.#boundUntil;
  }

  /** When the wait ends, by the clock as it is set now. */
  get retryAt() {
    const { now, elapsed } = this.#world;
    return now() + this.#dueAt - elapsed();
  }

  /** The server says how long to wait after this connection. @param {unknown} ms */
  asked(ms) {
    if (typeof ms === "number" && ms >= 0) this.#askedMs = Math.min(ms, ASKED_MS);
  }

  /**
   * Come back after a wait; without a network, or once attempts are spent, when HTTP says so.
   * @param {import("./types.js").RetryCalls} calls
   */
  comeBack({ retry, restart, tell }) {
    if (this.attempt >= this.#world.maxReconnectAttempts) {
      this.#lookout(LOOK_MS, restart);
      return tell("given_up");
    }
    const wait = () => {
      this.#wait(retry);
      tell("waiting");
    };
    if (this.#world.isOnline()) return wait();
    // A browser may call itself offline and still reach this server, on the same machine or network.
    this.#lookout(0, wait);
    return tell("offline");
  }

  /**
   * It did not come up. While the server restarts, all fails: that says nothing about WebSockets.
   * @param {import("./types.js").Transport} transport
   * @param {number} code
   */
  async failed(transport, code) {
    const { fallbackUrl } = this.#world;
    const blocked = this.#blocked;
    if (transport === "sse") this.#blocked = { count: 0 };
    else if (fallbackUrl && code < OWN_CODES)
      blocked.count = (await isThere(this.#world)) ? blocked.count + 1 : 0;
  }

  /**
   * It is up; it counts as good only if it stays so, or a server that closes at once is hammered.
   * @param {import("./types.js").Transport} transport
   */
  connected(transport) {
    if (transport === "websocket") this.#blocked = { count: 0 };
    this.#askedMs = null;
    this.#timer.set(() => this.reset(), SETTLED_MS);
  }

  stop() {
    this.#timer.stop();
  }

  reset() {
    this.stop();
    this.attempt = this.#boundUntil = 0;
  }

  /** @param {() => void} retry */
  #wait(retry) {
    this.attempt += 1;
    const { random, reconnectInterval: base, elapsed } = this.#world;
    const ms = this.#askedMs ?? backoff(this.attempt, { base, random });
    this.#dueAt = elapsed() + ms;
    this.#boundUntil = this.#askedMs === null ? 0 : this.#dueAt;
    this.#askedMs = null;
    this.#timer.set(retry, ms);
  }

  /** @param {number} firstMs @param {() => void} found */
  #lookout(firstMs, found) {
    this.#timer.set(async () => {
      this.#lookout(LOOK_MS, found);
      const { handle } = this.#timer; // another by the time of the answer, if we were stopped meanwhile
      if ((await isThere(this.#world)) && handle === this.#timer.handle) found();
    }, firstMs);
  }
}

/**
 * Whether the server answers, be it that it has nothing at that address.
 * @param {Pick<import("./types.js").World, "look" | "healthUrl">} world
 */
export async function isThere({ look, healthUrl }) {
  const status = await look(healthUrl);
  return status === 200 || status === 404;
}

/** How a lost connection comes back: told as events at once, to the server when it is there. */
export class Recoveries {
  /** @type {{ at: number, reason: string } | null} */
  #lost = null;
  #attempt = 0;
  /** @type {import("./types.js").Message[]} */
  #untold = [];
  #elapsed;
  #tell;

  /** @param {() => number} elapsed @param {(step: import("./types.js").Step, recovery: import("./types.js").Recovery) => void} tell */
  constructor(elapsed, tell) {
    this.#elapsed = elapsed;
    this.#tell = tell;
  }

  /** A connection that was open is lost. @param {string} reason */
  lost(reason) {
    this.#lost ??= { at: this.#elapsed(), reason };
  }

  trying() {
    if (!this.#lost) return;
    this.#attempt += 1;
    this.#step("recovery_attempt", this.#lost.reason);
  }

  /** That did not work. @param {string} reason */
  failed(reason) {
    if (this.#attempt > 0) this.#step("recovery_failure", reason);
  }

  succeeded() {
    if (this.#lost) this.#step("recovery_success", this.#lost.reason);
    this.forget();
  }

  forget() {
    this.#lost = null;
    this.#attempt = 0;
  }

  /** Milliseconds since the loss. */
  get downtime() {
    return this.#lost ? Math.round(this.#elapsed() - this.#lost.at) : 0;
  }

  /** What the server has not been told yet. */
  take() {
    return this.#untold.splice(0);
  }

  /** @param {import("./types.js").Step} type @param {string} why */
  #step(type, why) {
    const { downtime } = this;
    const step = { attempt: this.#attempt, reason: why.slice(0, LONGEST_REASON) };
    this.#untold = [...this.#untold, { type, ...step, downtime_ms: downtime }].slice(-TOLD);
    this.#tell(type, { ...step, downtime });
  }
}
