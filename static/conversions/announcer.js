const GATHER_MS = 400;

/** The page's one live region: what is said within a moment is said together. */
export class Announcer {
  #element;
  #text = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} text */
  say(text) {
    if (text === "") return;
    this.#text = `${this.#text} ${text}`.trim();
    this.#timer ??= setTimeout(() => {
      this.#element.textContent = this.#text;
      this.#text = "";
      this.#timer = undefined;
    }, GATHER_MS);
  }
}
