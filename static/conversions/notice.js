/** What the person should know about the page itself, with what can be done. It stays until that, or the next. */
export class Notice {
  #element;
  #text;
  #button;
  #announcer;
  /** @type {() => void} */
  #run = () => {};

  /**
   * @param {HTMLElement} element with a paragraph and a button
   * @param {import("./announcer.js").Announcer} announcer
   */
  constructor(element, announcer) {
    this.#element = element;
    this.#text = /** @type {HTMLElement} */ (element.querySelector("p"));
    this.#button = /** @type {HTMLButtonElement} */ (element.querySelector("button"));
    this.#announcer = announcer;
    this.#button.addEventListener("click", () => this.#run());
  }

  /**
   * @param {string} text
   * @param {{ label: string, run: () => void }} action
   */
  show(text, { label, run }) {
    this.#run = run;
    this.#element.hidden = false;
    if (this.#text.textContent === text) return;
    this.#text.textContent = text;
    this.#button.textContent = label;
    this.#announcer.say(text);
  }

  hide() {
    this.#element.hidden = true;
    this.#text.textContent = "";
  }
}
