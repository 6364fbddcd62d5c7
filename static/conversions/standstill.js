const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** A stop until the site can be reached again: that is asked after growing pauses, and at once when there is hope. */
export class Standstill {
  isOn = false;
  #pauseMs = FIRST_MS;
  #asking = false;
  /** @type {unknown} */
  #timer;
  #isReachable;
  #over;
  #later;
  #forget;

  /**
   * @param {() => Promise<boolean>} isReachable
   * @param {() => void} over called when it ends
   * @param {{ later: (work: () => void, ms: number) => unknown, forget: (timer: any) => void }} [timers]
   */
  constructor(
    isReachable,
    over,
    timers = { later: (work, ms) => setTimeout(work, ms), forget: (timer) => clearTimeout(timer) },
  ) {
    this.#isReachable = isReachable;
    this.#over = over;
    this.#later = timers.later;
    this.#forget = timers.forget;
  }

  begin() {
    if (this.isOn) return;
    this.isOn = true;
    this.#wait();
  }

  /** The site may be back: look. */
  async look() {
    if (!this.isOn || this.#asking) return;
    this.#asking = true;
    this.#forget(this.#timer);
    this.isOn = !(await this.#isReachable());
    this.#asking = false;
    if (this.isOn) this.#wait();
    else this.#over();
  }

  /** Something arrived: the next pauses are short again. */
  arrived() {
    this.#pauseMs = FIRST_MS;
  }

  #wait() {
    this.#timer = this.#later(() => void this.look(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_MS);
  }
}
