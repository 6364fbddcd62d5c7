import { OptionList } from "./option-list.js";
import { missing, offer, place } from "./picker.js";

/** @typedef {import("./picker.js").Question} Question */

/**
 * @typedef {object} Calls
 * @property {(field: HTMLInputElement) => Question} ask what is to be chosen there
 * @property {(field: HTMLInputElement, to: string) => void} choose
 * @property {(question: Question, to: string) => string} way by which it is made, "" where there is but one step
 * @property {(text: string) => void} say to who does not see it
 */

const FIELD = "input[role=combobox]";
const OPENS = new Set(["ArrowDown", "ArrowUp", "Enter", " "]);

/** The list of formats under each field that asks for one: one popup for the page, which goes to where it is opened. */
export class TargetPicker {
  /** @type {HTMLInputElement | null} */
  #field = null;
  #typed = "";
  #isTouched = false;
  #popup;
  #list;
  #why;
  #formats;
  #calls;

  /**
   * @param {HTMLElement} popup
   * @param {import("./formats.js").Formats} formats
   * @param {Calls} calls
   */
  constructor(popup, formats, calls) {
    this.#popup = popup;
    this.#list = new OptionList(/** @type {HTMLElement} */ (popup.querySelector("[role=listbox]")));
    this.#why = /** @type {HTMLElement} */ (popup.querySelector("p"));
    this.#formats = formats;
    this.#calls = calls;
    // The focus stays in the field.
    popup.addEventListener("mousedown", (event) => event.preventDefault());
    popup.addEventListener("click", ({ target }) => this.#clicked(/** @type {Element} */ (target)));
    addEventListener("pointerdown", ({ pointerType }) => (this.#isTouched = pointerType === "touch"), true);
    this.#on("pointerdown", (field) => this.#pressed(field));
    this.#on("click", (field) => this.open(field));
    this.#on("input", (field) => this.#type(field));
    this.#on("keydown", (field, event) => this.#key(field, /** @type {KeyboardEvent} */ (event)));
    this.#on("focusout", () => this.close());
    addEventListener("scroll", () => this.#place(), true);
    addEventListener("resize", () => this.#place());
    window.visualViewport?.addEventListener("resize", () => this.#place());
  }

  /** @param {HTMLInputElement} field */
  open(field) {
    if (this.#field === field) return;
    this.close();
    this.#field = field;
    this.#typed = "";
    field.setAttribute("aria-expanded", "true");
    if (this.#isTouched) field.inputMode = "none";
    field.focus();
    field.select();
    field.closest("li, .tools")?.append(this.#popup);
    this.#popup.showPopover();
    this.#place();
    this.#draw(this.#calls.ask(field).to);
  }

  /** What was typed and not chosen is forgotten. */
  close() {
    const field = this.#field;
    if (!field) return;
    this.#field = null;
    if (this.#popup.matches(":popover-open")) this.#popup.hidePopover();
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    field.value = field.dataset.name ?? "";
  }

  /** The field may have gone. */
  look() {
    if (this.#field && (!this.#field.isConnected || this.#field.closest("[hidden]"))) this.close();
  }

  /** What is offered may have changed. */
  refresh() {
    if (this.#field) this.#draw(this.#list.active?.dataset.to);
  }

  /** @param {string} type @param {(field: HTMLInputElement, event: Event) => void} run */
  #on(type, run) {
    document.addEventListener(type, (event) => {
      const { target } = event;
      if (target instanceof HTMLInputElement && target.matches(FIELD)) run(target, event);
    });
  }

  /** A touch brings no keyboard, which would cover the list; the second, in the open field, asks for it. @param {HTMLInputElement} field */
  #pressed(field) {
    if (!this.#isTouched) field.inputMode = "";
    else field.inputMode = field === this.#field ? "search" : "none";
  }

  /** @param {HTMLInputElement} field */
  #type(field) {
    const { value } = field;
    if (this.#field !== field) {
      this.open(field);
      field.setSelectionRange(value.length, value.length);
    }
    this.#typed = value;
    this.#draw(value ? undefined : this.#calls.ask(field).to);
    if (this.#list.isEmpty) this.#calls.say(this.#why.textContent ?? "");
  }

  /** @param {HTMLInputElement} field @param {KeyboardEvent} event */
  #key(field, event) {
    const { key, isComposing, ctrlKey, metaKey } = event;
    if (isComposing || ctrlKey || metaKey) return;
    if (this.#field !== field) {
      if (!OPENS.has(key)) return key.length === 1 ? field.select() : undefined; // what is typed takes its place
      this.open(field);
    } else if (key === "Tab") return this.#take(this.#list.active);
    else if (key === "Enter") this.#take(this.#list.active);
    else if (key === "Escape") this.close();
    else if (!this.#list.move(key)) return;
    else this.#point();
    event.preventDefault();
  }

  /** @param {Element} target */
  #clicked(target) {
    const option = target.closest("[role=option]");
    if (option instanceof HTMLElement) this.#take(option);
  }

  /** @param {HTMLElement | undefined} option */
  #take(option) {
    const field = this.#field;
    this.close();
    if (field && option) this.#calls.choose(field, option.dataset.to ?? "");
  }

  /** @param {string | undefined} active */
  #draw(active) {
    const field = /** @type {HTMLInputElement} */ (this.#field);
    const question = this.#calls.ask(field);
    const groups = offer(question, this.#formats, this.#typed).map(({ label, ids }) => ({
      label,
      choices: ids.map((id) => this.#choice(question, id)),
    }));
    this.#list.draw(groups, question.to, active);
    this.#why.textContent = missing(question, this.#formats, this.#typed);
    this.#why.hidden = this.#why.textContent === "";
    this.#point();
  }

  /** @param {Question} question @param {string} id @returns {import("./option-list.js").Choice} */
  #choice(question, id) {
    const [ending] = this.#formats.extensions(id);
    const way = this.#calls.way(question, id);
    return { id, name: this.#formats.name(id), ending: ending ? `.${ending}` : "", way };
  }

  /** Screen readers are told of the option that the keys came to. */
  #point() {
    const option = this.#list.active;
    if (option) this.#field?.setAttribute("aria-activedescendant", option.id);
    else this.#field?.removeAttribute("aria-activedescendant");
  }

  #place() {
    if (!this.#field) return;
    // A keyboard on the screen takes of what is seen, not of what the page is laid out in.
    const { height: seen, scale } = window.visualViewport ?? { height: innerHeight, scale: 1 };
    const [width, height] = [document.documentElement.clientWidth, Math.min(seen * scale, innerHeight)];
    const at = place(this.#field.getBoundingClientRect(), { width, height });
    const px = (/** @type {number | null} */ length) => (length === null ? "auto" : `${length}px`);
    const { style } = this.#popup;
    [style.left, style.top, style.width] = [px(at.left), px(at.top), px(at.width)];
    style.bottom = at.bottom === null ? "auto" : px(at.bottom + innerHeight - height);
    style.maxHeight = px(at.height);
  }
}
