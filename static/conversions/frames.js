const HIDDEN_MS = 500;

/** Runs `render` once a frame, however often it is asked for. A hidden page has no frames, yet its title is seen. */
export class Frames {
  #render;
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} render */
  constructor(render) {
    this.#render = render;
    // What waits for a frame would wait until the page is seen again, and what waits for a timer may be late.
    document.addEventListener("visibilitychange", () => this.#isAsked() && this.#askAnew());
  }

  ask() {
    if (!this.#isAsked()) this.#askAnew();
  }

  #isAsked() {
    return this.#frame !== 0 || this.#timer !== undefined;
  }

  #askAnew() {
    this.#forget();
    if (document.hidden) this.#timer = setTimeout(() => this.#run(), HIDDEN_MS);
    else this.#frame = requestAnimationFrame(() => this.#run());
  }

  #forget() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = 0;
    this.#timer = undefined;
  }

  #run() {
    this.#forget();
    this.#render();
  }
}
