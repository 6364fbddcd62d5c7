/** No telling is longer on its way; a server's clock that was set is further behind. */
const LATE_MS = 60_000;

/**
 * The server's time (Unix ms), as far as it was told. Between two tellings the page's own stopwatch counts: the device's
 * clock may be wrong, and may be set while the page is open.
 */
export class Clock {
  #told = 0;
  #at = 0;
  #stopwatch;

  /** @param {number} time the server's @param {() => number} [stopwatch] milliseconds since whenever */
  constructor(time, stopwatch = () => performance.now()) {
    this.#stopwatch = stopwatch;
    this.set(time);
  }

  /** @param {unknown} time the server's when it told; what is no time, or was late to come, is not taken */
  set(time) {
    if (typeof time !== "number" || !Number.isFinite(time)) return;
    const behind = this.now() - time;
    if (behind > 0 && behind < LATE_MS) return;
    this.#told = time;
    this.#at = this.#stopwatch();
  }

  now() {
    return this.#told + this.#stopwatch() - this.#at;
  }
}
