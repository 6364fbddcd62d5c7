const EVERY_FRAMES = 32;
const EVERY_MS = 1000;

/** Tells the server how many frames arrived, so that it never sends more than we can take. */
export class Receipts {
  #received = 0;
  #acknowledged = 0;
  /** @type {unknown} */
  #timer = null;
  #environment;
  #acknowledge;

  /**
   * @param {import("./environment.js").Environment} environment
   * @param {(received: number) => void} acknowledge
   */
  constructor(environment, acknowledge) {
    this.#environment = environment;
    this.#acknowledge = acknowledge;
  }

  /** Frames since the connection opened; a pong carries it too. */
  get received() {
    return this.#received;
  }

  /** A frame arrived: at once every 32 of them, else within a second, with jitter. */
  count() {
    this.#received += 1;
    if (this.#received - this.#acknowledged >= EVERY_FRAMES) this.#send();
    else this.#timer ??= this.#environment.setTimeout(() => this.#send(), this.#soon());
  }

  stop() {
    this.#environment.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #soon() {
    return EVERY_MS * (0.75 + this.#environment.random() / 4);
  }

  #send() {
    this.stop();
    this.#acknowledged = this.#received;
    this.#acknowledge(this.#received);
  }
}
