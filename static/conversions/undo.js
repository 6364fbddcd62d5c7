import { plural } from "./words.js";

const OFFERED_MS = 8000;
/** The server keeps what was deleted for 60 s. */
const KEPT_MS = 45_000;

/**
 * `restore` says false where it may go well later.
 * @typedef {{ key: string, name: string, restore: () => unknown }} Removal
 */

/** Offers to bring back all that was removed, as long as the offer stands; each further removal prolongs it. */
export class Undo {
  /** @type {Map<string, Removal & { at: number }>} */
  #removed = new Map();
  #toast;
  #now;

  /** @param {Pick<import("./toast.js").Toast, "offer" | "withdraw">} toast @param {() => number} now */
  constructor(toast, now) {
    this.#toast = toast;
    this.#now = now;
  }

  /** @param {Removal[]} removals */
  offer(removals) {
    this.#put(removals.map((removal) => ({ ...removal, at: this.#now() })));
  }

  /** @param {(Removal & { at: number })[]} removals */
  #put(removals) {
    for (const removal of removals) this.#removed.set(removal.key, removal);
    for (const [key, { at }] of this.#removed) if (this.#now() - at > KEPT_MS) this.#removed.delete(key);
    this.#show();
  }

  /** It was not removed after all. @param {string} key */
  withdraw(key) {
    if (this.#removed.delete(key)) this.#show();
  }

  #show() {
    const [first, ...others] = this.#removed.values();
    if (!first) return this.#toast.withdraw();
    const what = others.length === 0 ? first.name : plural(this.#removed.size, "file");
    this.#toast.offer(`Removed ${what}`, OFFERED_MS, {
      label: "Undo",
      run: () => void this.#run(),
      ended: () => this.#removed.clear(),
    });
  }

  async #run() {
    const removals = [...this.#removed.values()];
    this.#removed.clear();
    const restored = await Promise.all(removals.map(({ restore }) => restore()));
    const left = removals.filter((_, index) => restored[index] === false);
    if (left.length > 0) this.#put(left);
  }
}
