import { hasEnded } from "./conversion.js";
import { remember, remembered } from "./preferences.js";
import { isActive, rows } from "./rows.js";
import { summary } from "./summary.js";
import { plural } from "./words.js";

const WANTED = "notify";
/** A tab that is seen goes before one that is not: who sees the end needs no notification of it. */
const HEAD_START_MS = 1000;

/** @typedef {import("./state.js").State} State */
/** @typedef {(name: string, work: () => void) => Promise<unknown>} Once does the work in one tab of all */

/**
 * The last conversion to end, if one ended between two states and nothing is under way any more. Tabs that heard of
 * more or of fewer ends at once find the same.
 * @param {State} before
 * @param {State} after
 * @param {number} now
 * @returns {string} its id, or ""
 */
export function lastToEnd(before, after, now) {
  const ended = [...after.conversions.values()]
    .map(({ conversion }) => conversion)
    .filter((conversion) => {
      const known = before.conversions.get(conversion.id)?.conversion;
      return hasEnded(conversion) && known && !hasEnded(known);
    })
    .sort((one, other) => (one.finished_at ?? 0) - (other.finished_at ?? 0));
  return rows(after, now).some(isActive) ? "" : (ended.at(-1)?.id ?? "");
}

/** Tells the person who asked for it, and looks elsewhere, that all is done; once, however many tabs there are. */
export class Bell {
  #button;
  #once;
  #later;
  #busy = false;
  /** Ids of what was under way since nothing was. @type {Set<string>} */
  #batch = new Set();

  /**
   * @param {HTMLButtonElement} button
   * @param {Once} once
   * @param {(work: () => void, ms: number) => unknown} [later]
   */
  constructor(button, once, later = (work, ms) => setTimeout(work, ms)) {
    this.#button = button;
    this.#once = once;
    this.#later = later;
    button.addEventListener("click", ({ detail }) => detail > 1 || void this.#toggle());
  }

  /** Browsers have no notifications on plain http of a local network, nor once they were refused. */
  get #isPossible() {
    return "Notification" in globalThis && isSecureContext && Notification.permission !== "denied";
  }

  get #isWanted() {
    return this.#isPossible && Notification.permission === "granted" && remembered(WANTED) === "yes";
  }

  /** Offered while there is an end to wait for. @param {boolean} busy */
  render(busy) {
    this.#busy = busy;
    if (!busy) this.#batch.clear();
    this.#button.hidden = !busy || !this.#isPossible;
    const pressed = String(this.#isWanted);
    if (this.#button.getAttribute("aria-pressed") !== pressed)
      this.#button.setAttribute("aria-pressed", pressed);
  }

  /** @param {State} before @param {State} after @param {number} now */
  changed(before, after, now) {
    if (!this.#isWanted) return;
    const id = this.#lastOfBatch(before, after, now);
    if (!id) return;
    const title = headline(this.#endOfBatch(after));
    const words = summary(rows(after, now));
    const tell = () => void this.#once(`ended ${id}`, () => document.hidden && ring(title, words));
    if (document.hidden) this.#later(tell, HEAD_START_MS);
    else tell();
  }

  /** @param {State} before @param {State} after @param {number} now */
  #lastOfBatch(before, after, now) {
    for (const { conversion } of before.conversions.values())
      if (!hasEnded(conversion)) this.#batch.add(conversion.id);
    return lastToEnd(before, after, now);
  }

  /** @param {State} after */
  #endOfBatch(after) {
    const held = [...this.#batch].flatMap((id) => after.conversions.get(id) ?? []);
    this.#batch.clear();
    return held.map(({ conversion }) => conversion);
  }

  async #toggle() {
    const wanted = this.#isWanted;
    const granted = wanted || (await Notification.requestPermission()) === "granted";
    remember(WANTED, granted && !wanted ? "yes" : "no");
    this.render(this.#busy);
  }
}

/**
 * What a notification says first of what has ended.
 * @param {import("./types.js").Conversion[]} ended
 */
export function headline(ended) {
  const ready = ended.filter(({ state }) => state === "completed").length;
  if (ready === ended.length) return ready === 1 ? "Your file is ready" : "Your files are ready";
  return ready > 0 ? `${ready} of ${plural(ended.length, "file")} are ready` : "Nothing was converted";
}

/** @param {string} title @param {string} body */
function ring(title, body) {
  const notification = new Notification(title, { body, tag: WANTED });
  notification.onclick = () => {
    window.focus();
    notification.close();
  };
}
