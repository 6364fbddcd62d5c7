/** @typedef {{ text: string, timer?: ReturnType<typeof setTimeout>, ended: () => void }} Line */

/** A short message at the foot of the page; a newer one takes its place. What is offered beside it stands for its own time. */
export class Toast {
  /** @type {Line} */
  #message = { text: "", ended: () => {} };
  /** @type {Line} */
  #offer = { text: "", ended: () => {} };
  #element;
  #text;
  #button;
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
      this.#run();
      this.#end(this.#message);
      this.withdraw();
    });
  }

  /** @param {string} text @param {number} ms how long; longer while the pointer or the focus is on it */
  show(text, ms) {
    this.#set(this.#message, text, ms);
  }

  /**
   * Offer what one button does. A newer offer takes the place of an older one, a message does not.
   * @param {string} text
   * @param {number} ms as for a message
   * @param {{ label: string, run: () => void, ended: () => void }} action `ended` is called when it is offered no more
   */
  offer(text, ms, { label, run, ended }) {
    this.#button.textContent = label;
    this.#run = run;
    this.#offer.ended = ended;
    this.#set(this.#offer, text, ms);
  }

  withdraw() {
    this.#end(this.#offer);
  }

  /** @param {Line} line @param {string} text @param {number} ms */
  #set(line, text, ms) {
    line.text = text;
    this.#later(line, ms);
    this.#render();
  }

  /** @param {Line} line */
  #end(line) {
    clearTimeout(line.timer);
    line.text = "";
    line.ended();
    this.#render();
  }

  #render() {
    const focused = this.#element.contains(document.activeElement);
    const texts = [this.#message.text, this.#offer.text].filter(Boolean);
    this.#text.textContent = texts.join(" ");
    this.#button.hidden = this.#offer.text === "";
    this.#element.hidden = texts.length === 0;
    if (!focused || !this.#button.hidden) return;
    // Who came by keyboard goes on where they were.
    const before =
      this.#cameFrom instanceof HTMLElement && this.#cameFrom.isConnected ? this.#cameFrom : null;
    (before ?? document.getElementById("choose"))?.focus();
  }

  /** @param {Line} line @param {number} ms */
  #later(line, ms) {
    clearTimeout(line.timer);
    line.timer = setTimeout(
      () => (this.#element.matches(":hover, :focus-within") ? this.#later(line, 1000) : this.#end(line)),
      ms,
    );
  }
}
