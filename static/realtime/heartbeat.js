import { Timer } from "./environment.js";

const RETEST_MS = 5000;

/** Asks the server at intervals whether it is there, and says when it is not: an open socket is not believed. */
export class Heartbeat {
  #heard = 0;
  #failures = 0;
  #settle = () => {};
  #timer;
  #patience;
  #world;
  #ping;
  #lost;

  /** @param {import("./types.js").World} world @param {() => void} ping @param {() => void} lost called once */
  constructor(world, ping, lost) {
    this.#timer = new Timer(world);
    this.#patience = Math.min(world.heartbeatInterval, world.connectionTimeout);
    this.#world = world;
    this.#ping = ping;
    this.#lost = lost;
  }

  /** Ask now, and from then on at each interval. */
  start() {
    this.#beat(this.#patience);
  }

  stop() {
    this.#timer.stop();
    this.#settle();
  }

  /** Something arrived. */
  heard() {
    this.#heard += 1;
    this.#failures = 0;
    this.#settle();
  }

  /** Ask now: whether anything arrives within `patience` ms. @param {number} patience @returns {Promise<boolean>} */
  probe(patience) {
    const before = this.#heard;
    const timer = new Timer(this.#world);
    return new Promise((resolve) => {
      this.#settle = () => {
        timer.stop();
        resolve(this.#heard > before);
      };
      timer.set(this.#settle, patience);
      this.#ping();
    });
  }

  /** @param {number} patience */
  #beat(patience) {
    const before = this.#heard;
    this.#ping();
    this.#timer.set(() => this.#judge(before), patience);
  }

  /** @param {number} before what had been heard when the question went out */
  #judge(before) {
    const { heartbeatInterval, maxConsecutiveFailures } = this.#world;
    if (this.#heard > before) {
      return this.#timer.set(() => this.start(), heartbeatInterval - this.#patience);
    }
    this.#failures += 1;
    if (this.#failures >= maxConsecutiveFailures) this.#lost();
    else this.#beat(RETEST_MS);
  }
}
