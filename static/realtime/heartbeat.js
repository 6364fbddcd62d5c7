const RETEST_MS = 5000;

/**
 * Asks the server at intervals whether it is there, and says when it is not: a socket that claims to be
 * open is not believed.
 */
export class Heartbeat {
  #heard = 0;
  #failures = 0;
  /** @type {unknown} */
  #timer = null;
  /** @type {Set<() => void>} */
  #probes = new Set();
  #options;
  #environment;
  #ping;
  #lost;

  /**
   * @param {{ heartbeatInterval: number, connectionTimeout: number, maxConsecutiveFailures: number }} options
   * @param {import("./environment.js").Environment} environment
   * @param {{ ping: () => void, lost: (failures: number) => void }} calls `lost` is called once
   */
  constructor(options, environment, { ping, lost }) {
    this.#options = options;
    this.#environment = environment;
    this.#ping = ping;
    this.#lost = lost;
  }

  /** Ask now, and from then on at each interval. */
  start() {
    this.#beat(this.#options.connectionTimeout);
  }

  stop() {
    this.#environment.clearTimeout(this.#timer);
    for (const settle of this.#probes) settle();
  }

  /** Something arrived; what, does not matter. */
  heard() {
    this.#heard += 1;
    this.#failures = 0;
    for (const settle of this.#probes) settle();
  }

  /**
   * Ask now; true as soon as anything arrives, false when nothing did within `patience` ms.
   * @param {number} patience
   * @returns {Promise<boolean>}
   */
  probe(patience) {
    const before = this.#heard;
    return new Promise((resolve) => {
      const settle = () => {
        this.#environment.clearTimeout(timer);
        this.#probes.delete(settle);
        resolve(this.#heard > before);
      };
      const timer = this.#environment.setTimeout(settle, patience);
      this.#probes.add(settle);
      this.#ping();
    });
  }

  /** @param {number} patience */
  #beat(patience) {
    const before = this.#heard;
    this.#ping();
    this.#later(() => this.#judge(before), patience);
  }

  /** @param {number} before what had been heard when the question went out */
  #judge(before) {
    const { heartbeatInterval, connectionTimeout, maxConsecutiveFailures } = this.#options;
    if (this.#heard > before) {
      this.#later(() => this.#beat(connectionTimeout), Math.max(heartbeatInterval - connectionTimeout, 0));
      return;
    }
    this.#failures += 1;
    if (this.#failures >= maxConsecutiveFailures) this.#lost(this.#failures);
    else this.#beat(RETEST_MS);
  }

  /**
   * @param {() => void} callback
   * @param {number} ms
   */
  #later(callback, ms) {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = this.#environment.setTimeout(callback, ms);
  }
}
