import { RowElement } from "./row.js";
import { rows } from "./rows.js";
import { Turns } from "./turns.js";
import { describe } from "./view.js";

/** @typedef {import("./rows.js").Row} Row */

/** Takes the state to the list of rows: kept by key, updated in place, moved only where the order changed. */
export class List {
  /** Whether rows were left for the next frame, so that this one is in time. */
  isBehind = false;
  /** @type {Map<string, RowElement>} */
  #elements = new Map();
  #turns = new Turns();
  #list;
  #template;
  #formats;
  #routes;
  #thumbnails;
  #holds;

  /**
   * @param {HTMLElement} list
   * @param {HTMLTemplateElement} template
   * @param {{ formats: import("./formats.js").Formats, routes: import("./routes.js").Routes }} catalog
   * @param {import("./thumbnails.js").Thumbnails} thumbnails
   * @param {(key: string) => boolean} holds whether this page has the file of the row with that key
   */
  constructor(list, template, { formats, routes }, thumbnails, holds) {
    this.#list = list;
    this.#template = template;
    this.#formats = formats;
    this.#routes = routes;
    this.#thumbnails = thumbnails;
    this.#holds = holds;
    // What the server rendered is for browsers without JavaScript.
    list.replaceChildren();
  }

  /** @param {import("./state.js").State} state @param {number} now by the server's clock @param {boolean} isCut whether the page is, from the site */
  render(state, now, isCut) {
    const shown = rows(state, now);
    this.#removeOthers(new Set(shown.map(({ key }) => key)));
    /** @param {Row} row */
    const update = (row) => this.#update(row, state.pending.has(row.key), now, isCut);
    shown.forEach((row, index) => this.#place(row, index, update));
    this.isBehind = !this.#turns.take(shown, update);
    this.#list.hidden = shown.length === 0;
    return shown;
  }

  /** A row as it is shown. @param {string} key */
  item(key) {
    return this.#elements.get(key)?.element;
  }

  /** A new row is not shown empty: it does not wait for its turn. @param {Row} row @param {number} index @param {(row: Row) => void} update */
  #place(row, index, update) {
    const isNew = !this.#elements.has(row.key);
    const { element } = this.#element(row.key);
    if (isNew) this.#turns.try(() => update(row));
    const place = this.#list.children[index];
    if (place !== element) this.#list.insertBefore(element, place ?? null);
  }

  /** @param {Row} row @param {boolean} pending @param {number} now @param {boolean} isCut */
  #update(row, pending, now, isCut) {
    const element = this.#element(row.key);
    const thumbnail = this.#thumbnails.get(row.key);
    const second = row.held?.conversion.state === "running" ? Math.floor(now / 1000) : 0;
    const holds = this.#holds(row.key);
    const ways = row.held ? null : this.#routes.of(row.upload?.format ?? "");
    if (element.isDrawnFrom([row.upload, row.held, pending, thumbnail, holds, ways, second, isCut])) return;
    const context = { formats: this.#formats, routes: this.#routes, now, isCut, holds: this.#holds };
    element.update(describe(row, context), pending, thumbnail);
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
