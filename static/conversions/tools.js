import { hasEnded } from "./conversion.js";
import { showChoice } from "./row.js";
import { summary } from "./summary.js";
import { sizeOf } from "./view-parts.js";
import { limit, plural } from "./words.js";

/** @typedef {import("./rows.js").Row} Row */

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {Pick<import("./types.js").Config, "maxSources" | "maxUploadBytes">} Limits */

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
  const [to, ...others] = [...new Set(ready.map(({ upload }) => upload?.to ?? ""))];
  return { ready, ended, shared: ready.length > 1 ? shared : [], to: others.length > 0 ? "" : (to ?? "") };
}

/**
 * Into what several files could be made one, or why that cannot be; neither where there are not several.
 * @param {Row[]} ready
 * @param {import("./formats.js").Formats} formats
 * @param {Limits} limits
 */
export function describeJoins(ready, formats, { maxSources, maxUploadBytes }) {
  const uploads = ready.flatMap(({ upload }) => upload ?? []);
  const parts = uploads.flatMap((upload) => (upload.parts.length > 0 ? upload.parts : [upload]));
  if (uploads.length < 2) return { uploads, targets: [], why: "" };
  const fits = parts.length <= maxSources && sizeOf(parts) <= maxUploadBytes;
  const why = fits ? "" : `at most ${maxSources} files of ${limit(maxUploadBytes)} together`;
  return { uploads, targets: fits ? formats.together(parts) : [], why };
}

/** The bar above the list. */
export class Tools {
  #element;
  #formats;
  #calls;
  #limits;
  #convert;
  #all;
  #joins;
  #clear;
  /** @type {ReturnType<typeof describeTools>} */
  #offer = { ready: [], ended: [], shared: [], to: "" };
  /** @type {Upload[]} */
  #several = [];

  /**
   * @param {HTMLElement} element
   * @param {import("./formats.js").Formats} formats
   * @param {Limits} limits
   * @param {{ convert: (rows: Row[]) => void, combine: (uploads: Upload[], to: string) => void, choose: (rows: Row[], to: string) => void, clear: (rows: Row[]) => void }} calls
   */
  constructor(element, formats, limits, calls) {
    this.#element = element;
    this.#formats = formats;
    this.#limits = limits;
    this.#calls = calls;
    this.#convert = /** @type {HTMLButtonElement} */ (element.querySelector("#convert-all"));
    this.#all = /** @type {HTMLInputElement} */ (element.querySelector("#all-to"));
    this.#joins = /** @type {HTMLElement} */ (element.querySelector("#joins"));
    this.#clear = /** @type {HTMLButtonElement} */ (element.querySelector("#clear"));
    this.#joins.addEventListener("click", ({ target, detail }) => {
      const button = /** @type {Element} */ (target).closest("button");
      if (button && detail < 2) calls.combine(this.#several, button.dataset.to ?? "");
    });
    // One button takes the place of another: a second click was meant for what was there.
    this.#convert.addEventListener("click", ({ detail }) => detail > 1 || calls.convert(this.#offer.ready));
    this.#clear.addEventListener("click", ({ detail }) => detail > 1 || calls.clear(this.#offer.ended));
  }

  /** What all that are ready can become. @param {string | null} last @returns {import("./picker.js").Question} */
  question(last) {
    const { ready, shared, to } = this.#offer;
    const sources = [...new Set(ready.map(({ upload }) => upload?.format ?? ""))];
    return { sources, targets: shared, to, last };
  }

  /** Make it the target of all that are ready. @param {string} to */
  choose(to) {
    const able = this.#offer.ready.filter(({ upload }) =>
      this.#formats.targets(upload?.format ?? "").includes(to),
    );
    this.#calls.choose(able, to);
  }

  /** @param {Row[]} rows */
  render(rows) {
    const focused = this.#element.contains(document.activeElement) ? document.activeElement : null;
    this.#offer = describeTools(rows, this.#formats);
    const { ready, ended, shared, to } = this.#offer;
    this.#element.hidden = rows.length === 0;
    this.#text("#count", plural(rows.length, "file"));
    this.#text("#sum", summary(rows));
    this.#text("#convert-all", `Convert ${plural(ready.length, "file")}`);
    this.#convert.hidden = ready.length < 2;
    this.#clear.hidden = ended.length === 0;
    const label = /** @type {HTMLElement} */ (this.#all.parentElement);
    label.hidden = shared.length === 0;
    showChoice(this.#all, to && this.#formats.name(to));
    this.#showJoins(ready);
    if (focused?.closest("[hidden]")) this.#keepFocus();
  }

  /** @param {Row[]} ready */
  #showJoins(ready) {
    const { uploads, targets, why } = describeJoins(ready, this.#formats, this.#limits);
    this.#several = uploads;
    this.#joins.hidden = targets.length === 0 && why === "";
    this.#text("#joins span", why ? `All into one: ${why}` : "All into one");
    const shown = [...this.#joins.querySelectorAll("button")].map(({ dataset }) => dataset.to);
    if (shown.join() === targets.join()) return;
    for (const button of this.#joins.querySelectorAll("button")) button.remove();
    this.#joins.append(...targets.map((to) => this.#joiner(to)));
  }

  /** @param {string} to */
  #joiner(to) {
    const button = document.createElement("button");
    button.dataset.to = to;
    button.textContent = this.#formats.name(to);
    button.setAttribute("aria-label", `All into one ${this.#formats.name(to)}`);
    return button;
  }

  /** What had the focus has gone. What is beside it may delete, so the focus goes to where one reads what became of it. */
  #keepFocus() {
    const count = /** @type {HTMLElement} */ (this.#element.querySelector("#count"));
    count.tabIndex = -1;
    (this.#element.hidden ? document.getElementById("choose") : count)?.focus();
  }

  /** @param {string} selector @param {string} text */
  #text(selector, text) {
    const element = /** @type {HTMLElement} */ (this.#element.querySelector(selector));
    if (element.textContent !== text) element.textContent = text;
  }
}
