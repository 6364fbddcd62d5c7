import { describeLight } from "./light.js";

/** The connection light: shows how the socket is, and lets people retry. */
export class ConnectionLight {
  #socket;
  #element;
  #word;
  #tip;
  #retry;

  /**
   * @param {HTMLElement} element
   * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
   */
  constructor(element, socket) {
    this.#socket = socket;
    this.#element = element;
    this.#word = /** @type {HTMLElement} */ (element.querySelector("[data-part=word]"));
    this.#tip = /** @type {HTMLElement} */ (element.querySelector("[role=tooltip]"));
    this.#retry = /** @type {HTMLButtonElement} */ (element.querySelector("[data-part=retry]"));
    this.#retry.addEventListener("click", () => socket.connect());
    socket.addEventListener("state", () => this.render());
    socket.addEventListener("quality", () => this.render());
  }

  /** Show what is true now; called each second too, since the light counts down. */
  render() {
    const { state, transport, quality, retryAt } = this.#socket;
    const { tone, word, sentence, action } = describeLight(
      { state, transport, retryAt },
      quality,
      Date.now(),
    );
    this.#element.dataset.tone = tone;
    if (this.#word.textContent !== word) this.#word.textContent = word;
    if (this.#tip.textContent !== sentence) this.#tip.textContent = sentence;
    this.#retry.hidden = action === "";
    this.#retry.textContent = action;
  }
}
