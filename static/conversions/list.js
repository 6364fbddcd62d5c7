import { RowElement } from "./row.js";
import { rows } from "./state.js";
import { describe } from "./view.js";

/** Takes the state to the list of rows: kept by key, updated in place, moved only where the order changed. */
export class List {
  /** @type {Map<string, RowElement>} */
  #elements = new Map();
  #list;
  #template;
  #formats;
  #thumbnails;

  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template
   * @param {import("./formats.js").Formats} formats
   * @param {import("./thumbnails.js").Thumbnails} thumbnails
   */
  constructor(list, template, formats, thumbnails) {
    this.#list = list;
    this.#template = template;
    this.#formats = formats;
    this.#thumbnails = thumbnails;
    // What the server rendered is for browsers without JavaScript.
    list.replaceChildren();
  }

  /** @param {import("./state.js").State} state @param {number} now by the server's clock */
  render(state, now) {
    const shown = rows(state);
    this.#removeOthers(new Set(shown.map(({ key }) => key)));
    shown.forEach((row, index) => {
      const element = this.#element(row.key);
      const view = describe(row, { formats: this.#formats, now });
      element.update(view, state.pending.has(row.key), this.#thumbnails.get(row.key));
      const place = this.#list.children[index];
      if (place !== element.element) this.#list.insertBefore(element.element, place ?? null);
    });
    this.#list.hidden = shown.length === 0;
    return shown;
  }

  /** @param {string} key */
  #element(key) {
    const known = this.#elements.get(key) ?? new RowElement(this.#template, key, this.#formats);
    this.#elements.set(key, known);
    return known;
  }

  /** @param {Set<string>} keys */
  #removeOthers(keys) {
    for (const [key, { element }] of this.#elements) {
      if (keys.has(key)) continue;
      this.#elements.delete(key);
      if (element.contains(document.activeElement)) this.#focusBeside(element);
      element.remove();
    }
  }

  /** Who deletes by keyboard goes on in the next row. @param {HTMLElement} element */
  #focusBeside(element) {
    const beside = element.nextElementSibling ?? element.previousElementSibling;
    const button =
      beside?.querySelector("a:not([hidden]), button:not([hidden])") ?? document.getElementById("choose");
    if (button instanceof HTMLElement) button.focus();
  }
}
