/** What is shown is told every two seconds; after so long without news the page says so. */
const LATE_MS = 8000;

/**
 * Keeps a part of the page as its topic shows it. The parts are the server's own rendering; those that changed are
 * replaced, the others stay as they are.
 */
export class Live {
  #socket;
  #element;
  #light;
  #now;
  #topic;
  #refused = "";
  #heardAt = 0;

  /**
   * @param {import("../realtime/robust-websocket.js").RobustWebSocket} socket
   * @param {HTMLElement} element whose `data-topic` names the topic; empty: there is none
   * @param {HTMLElement} light says in words how live the page is
   * @param {() => number} now Unix milliseconds
   */
  constructor(socket, element, light, now) {
    this.#socket = socket;
    this.#element = element;
    this.#light = light;
    this.#now = now;
    this.#topic = element.dataset.topic ?? "";
  }

  start() {
    if (!this.#topic) return;
    this.#socket.addEventListener("state", () => this.tick());
    this.#socket.subscribe(this.#topic, (message) => this.#heard(message));
    this.#socket.connect();
    this.tick();
  }

  /** Say how it is now; called each second too, since what is shown grows old. */
  tick() {
    if (!this.#topic) return;
    const { tone, sentence } = this.#said();
    this.#light.dataset.tone = tone;
    if (this.#light.textContent !== sentence) this.#light.textContent = sentence;
  }

  #said() {
    const { state } = this.#socket;
    const age = Math.round((this.#now() - this.#heardAt) / 1000);
    const old = this.#heardAt ? ` What is shown is ${age} s old.` : "";
    if (this.#refused) return { tone: "bad", sentence: `Not live: ${this.#refused}` };
    if (state === "refused")
      return { tone: "bad", sentence: `Not live: the server refused this page. Reload it.${old}` };
    if (state !== "open")
      return { tone: "warn", sentence: `Not live: the connection is being made again.${old}` };
    if (!this.#heardAt) return { tone: "warn", sentence: "Connecting…" };
    if (age * 1000 > LATE_MS) return { tone: "warn", sentence: `Nothing new was told for a while.${old}` };
    return { tone: "good", sentence: "Live" };
  }

  /** @param {import("../realtime/types.js").Message} message */
  #heard({ type, message, suggestion, snapshot, html }) {
    this.#refused = type === "error" ? `${message} ${suggestion}` : "";
    const shown = type === "subscribed" ? snapshot?.html : html;
    if (typeof shown === "string") {
      this.#heardAt = this.#now();
      if (shown) replace(this.#element, shown);
      else this.#refused = "what this page showed is deleted.";
    }
    this.tick();
  }
}

/** @param {HTMLElement} element @param {string} html */
export function replace(element, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const part of template.content.querySelectorAll("[data-part]")) {
    const old = element.querySelector(`#${part.id}`);
    if (!old || old.outerHTML === part.outerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const scrolled = [...old.querySelectorAll(".health-scroll")].map(({ scrollLeft }) => scrollLeft);
    old.replaceWith(part);
    part.querySelectorAll(".health-scroll").forEach((each, at) => (each.scrollLeft = scrolled[at] ?? 0));
    if (focused instanceof HTMLAnchorElement)
      [...part.querySelectorAll("a")].find(({ href }) => href === focused.href)?.focus();
  }
}
