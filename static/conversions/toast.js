/** One short message at the foot of the page, with at most one button. A newer one takes its place. */
export class Toast {
  #element;
  #text;
  #button;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {() => void} */
  #run = () => {};
  /** @type {EventTarget | null} */
  #cameFrom = null;

  /** @param {HTMLElement} element with a span and a button */
  constructor(element) {
    this.#element = element;
    this.#text = /** @type {HTMLElement} */ (element.querySelector("span"));
    this.#button = /** @type {HTMLButtonElement} */ (element.querySelector("button"));
    element.addEventListener("focusin", ({ relatedTarget }) => (this.#cameFrom = relatedTarget));
    this.#button.addEventListener("click", () => {
      this.hide();
      this.#run();
    });
  }

  /**
   * @param {string} text
   * @param {number} ms how long; longer while the pointer or the focus is on it
   * @param {{ label: string, run: () => void }} [action]
   */
  show(text, ms, action) {
    this.#text.textContent = text;
    this.#button.hidden = !action;
    this.#button.textContent = action?.label ?? "";
    this.#run = action?.run ?? (() => {});
    this.#element.hidden = false;
    this.#later(ms);
  }

  hide() {
    clearTimeout(this.#timer);
    const focused = this.#element.contains(document.activeElement);
    this.#element.hidden = true;
    // Who came by keyboard goes on where they were.
    const before =
      this.#cameFrom instanceof HTMLElement && this.#cameFrom.isConnected ? this.#cameFrom : null;
    if (focused) (before ?? document.getElementById("choose"))?.focus();
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => (this.#element.matches(":hover, :focus-within") ? this.#later(1000) : this.hide()),
      ms,
    );
  }
}
