import { hasEnded } from "./conversion.js";
import { options } from "./picker.js";
import { summary } from "./summary.js";
import { plural } from "./words.js";

/** @typedef {import("./rows.js").Row} Row */

/**
 * What the bar above the list offers.
 * @param {Row[]} rows
 * @param {import("./formats.js").Formats} formats
 */
export function describeTools(rows, formats) {
  const ready = rows.filter(({ held, upload }) => !held && upload?.state === "ready");
  const ended = rows.filter(({ held, upload }) =>
    held ? hasEnded(held.conversion) : upload?.state === "failed",
  );
  const choices = ready.map(({ upload }) => formats.targets(upload?.format ?? ""));
  const shared = (choices[0] ?? []).filter((id) => choices.every((targets) => targets.includes(id)));
  return { ready, ended, shared: ready.length > 1 ? shared : [] };
}

/** The bar above the list. */
export class Tools {
  #element;
  #formats;
  #convert;
  #all;
  #clear;
  /** @type {ReturnType<typeof describeTools>} */
  #offer = { ready: [], ended: [], shared: [] };

  /**
   * @param {HTMLElement} element
   * @param {import("./formats.js").Formats} formats
   * @param {{ convert: (rows: Row[]) => void, choose: (rows: Row[], to: string) => void, clear: (rows: Row[]) => void }} calls
   */
  constructor(element, formats, calls) {
    this.#element = element;
    this.#formats = formats;
    this.#convert = /** @type {HTMLButtonElement} */ (element.querySelector("#convert-all"));
    this.#all = /** @type {HTMLSelectElement} */ (element.querySelector("#all-to"));
    this.#clear = /** @type {HTMLButtonElement} */ (element.querySelector("#clear"));
    // One button takes the place of another: a second click was meant for what was there.
    this.#convert.addEventListener("click", ({ detail }) => detail > 1 || calls.convert(this.#offer.ready));
    this.#clear.addEventListener("click", ({ detail }) => detail > 1 || calls.clear(this.#offer.ended));
    this.#all.addEventListener("change", () => {
      calls.choose(this.#offer.ready, this.#all.value);
      this.#all.value = "";
    });
  }

  /** @param {Row[]} rows */
  render(rows) {
    const focused = this.#element.contains(document.activeElement) ? document.activeElement : null;
    this.#offer = describeTools(rows, this.#formats);
    const { ready, ended, shared } = this.#offer;
    this.#element.hidden = rows.length === 0;
    this.#text("#count", plural(rows.length, "file"));
    this.#text("#sum", summary(rows));
    this.#text("#convert-all", `Convert ${plural(ready.length, "file")}`);
    this.#convert.hidden = ready.length < 2;
    this.#clear.hidden = ended.length === 0;
    this.#renderChoice(shared);
    if (focused?.closest("[hidden]")) this.#keepFocus();
  }

  /** What had the focus has gone. What is beside it may delete, so the focus goes to where one reads what became of it. */
  #keepFocus() {
    const count = /** @type {HTMLElement} */ (this.#element.querySelector("#count"));
    count.tabIndex = -1;
    (this.#element.hidden ? document.getElementById("choose") : count)?.focus();
  }

  /** @param {string[]} shared */
  #renderChoice(shared) {
    const label = /** @type {HTMLElement} */ (this.#all.closest("label"));
    label.hidden = shared.length === 0;
    if (this.#all.dataset.shared === shared.join()) return;
    this.#all.dataset.shared = shared.join();
    this.#all.replaceChildren(new Option("choose each", ""), ...options(this.#formats, shared));
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = /** @type {HTMLElement} */ (this.#element.querySelector(selector));
    if (element.textContent !== text) element.textContent = text;
  }
}
