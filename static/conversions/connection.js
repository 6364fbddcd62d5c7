import { describeLight } from "./light.js";

/** The connection light: shows how the socket is, and lets people retry. */
export class ConnectionLight {
  #socket;
  #feed;
  #element;
  #button;
  #word;
  #tip;
  #retry;
  #wasOpen = false;
  /** Why the server is about to close. @type {import("./light.js").Told | null} */
  #told = null;

  /**
   * @param {HTMLElement} element
   * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
   * @param {import("./feed.js").Feed} feed
   */
  constructor(element, socket, feed) {
    this.#socket = socket;
    this.#feed = feed;
    this.#element = element;
    this.#button = /** @type {HTMLButtonElement} */ (element.querySelector("button"));
    this.#word = /** @type {HTMLElement} */ (element.querySelector("[data-part=word]"));
    this.#tip = /** @type {HTMLElement} */ (element.querySelector("[role=tooltip]"));
    this.#retry = /** @type {HTMLButtonElement} */ (element.querySelector("[data-part=retry]"));
    this.#retry.addEventListener("click", () => {
      socket.connect();
      feed.retry();
    });
    socket.addEventListener("message", (event) => this.#heard(/** @type {CustomEvent} */ (event).detail));
    socket.addEventListener("state", () => this.#changed());
    socket.addEventListener("quality", () => this.render());
    feed.addEventListener("following", () => this.render());
    closeByEscape(element);
  }

  /** What is the matter, in a sentence. */
  get sentence() {
    return this.#tip.textContent ?? "";
  }

  /** Show what is true now; called each second too, since the light counts down. */
  render() {
    const { state, transport, quality, retryAt } = this.#socket;
    const { following } = this.#feed;
    const connection = { state, transport, retryAt, following, wasOpen: this.#wasOpen, told: this.#told };
    const { tone, word, sentence, action } = describeLight(connection, quality, Date.now());
    this.#element.dataset.tone = tone;
    if (this.#word.textContent !== word) this.#word.textContent = word;
    if (this.#tip.textContent !== sentence) this.#tip.textContent = sentence;
    if (action === "" && document.activeElement === this.#retry) this.#button.focus();
    this.#retry.hidden = action === "";
    this.#retry.textContent = action;
  }

  /** An error that closes is the last word. @param {import("../realtime/types.js").Message} message */
  #heard({ type, message, suggestion = "", params }) {
    this.#told = type === "error" && message && !params?.topic ? { message, suggestion } : null;
  }

  #changed() {
    const { state } = this.#socket;
    if (state === "open") this.#wasOpen = true;
    if (state === "open" || state === "connecting") this.#told = null;
    this.render();
  }
}

/** The tip stays away until the pointer or the focus comes back. @param {HTMLElement} element */
function closeByEscape(element) {
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && element.matches(":hover, :focus-within")) element.dataset.closed = "";
  });
  for (const event of ["pointerenter", "focusin"])
    element.addEventListener(event, () => delete element.dataset.closed);
}
