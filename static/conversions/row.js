import { halves } from "./words.js";

/** @typedef {import("./types.js").View} View */

const LABELS = {
  convert: "Convert",
  cancel: "Cancel",
  retry: "Retry",
  again: "Run again",
  download: "Download",
  other: "Convert to something else:",
  apart: "Take apart",
  remove: "Delete",
};

const GUARD_MS = 500;

/** One row of the list. It is updated in place, and only where something changed. */
export class RowElement {
  #view = "";
  /** @type {unknown[]} */
  #from = [];
  #freshUntil = 0;
  #keepsFocus = false;
  #parts;

  /**
   * @param {HTMLTemplateElement} template
   * @param {string} key
   * @param {import("./formats.js").Formats} formats
   */
  constructor(template, key, formats) {
    this.element = /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
    this.element.dataset.key = key;
    this.element.tabIndex = -1;
    this.formats = formats;
    this.#parts = parts(this.element);
  }

  /** Whether it was drawn from these very things; if not, it is taken to be from now on. @param {unknown[]} from */
  isDrawnFrom(from) {
    const same = from.length === this.#from.length && from.every((each, index) => each === this.#from[index]);
    this.#from = from;
    return same;
  }

  /** @param {View} view @param {boolean} pending @param {ImageBitmap | undefined} thumbnail */
  update(view, pending, thumbnail) {
    const shown = JSON.stringify([view, pending, Boolean(thumbnail)]);
    if (shown === this.#view) return;
    this.#view = shown;
    say(this.element, "data-look", view.look);
    this.#showFile(view, thumbnail);
    this.#showTarget(view);
    this.#showState(view);
    this.#showActions(view, pending);
  }

  /** @param {View} view @param {ImageBitmap | undefined} thumbnail */
  #showFile({ name, chip, about }, thumbnail) {
    if (this.#parts.name.title !== name) {
      const [head, tail] = halves(name);
      set(this.#parts.head, head);
      set(this.#parts.tail, tail);
      this.#parts.name.title = name;
    }
    set(this.#parts.about, about);
    if (!thumbnail) set(this.#parts.chip, chip);
    else if (!this.#parts.chip.querySelector("canvas")) this.#parts.chip.replaceChildren(canvas(thumbnail));
  }

  /** @param {View} view */
  #showTarget({ name, to, targets, route, options, isWrong }) {
    const { pick, target, way, opts, chosen } = this.#parts;
    const told = options === "Options" ? "" : options;
    pick.hidden = targets.length === 0;
    target.hidden = targets.length > 0 || !to;
    way.hidden = route === "";
    opts.hidden = options === "";
    set(target, this.formats.name(to));
    set(way, route);
    chosen.hidden = told === "";
    set(chosen, told);
    say(chosen, "data-tone", isWrong ? "warn" : "");
    say(opts, "aria-label", `Options for ${name}${told && `: ${told}`}`);
    say(pick, "aria-label", `Convert ${name} to`);
    showChoice(pick, this.formats.name(to));
  }

  /** @param {View} view */
  #showState({ name, title, note, tone, bar, percent, code, words }) {
    const { track, details } = this.#parts;
    set(this.#parts.title, title);
    set(this.#parts.note, note);
    say(this.#parts.note, "data-tone", tone);
    details.hidden = code === "";
    set(this.#parts.code, code);
    set(this.#parts.words, words);
    this.#parts.words.hidden = words === "";
    track.hidden = bar === "none";
    if (bar === "none") return;
    say(track, "data-bar", bar);
    track.style.setProperty("--done", `${percent}%`);
    say(track, "aria-label", name);
    say(track, "aria-valuetext", `${title}, ${note}`);
    if (bar === "unknown" || bar === "still") track.removeAttribute("aria-valuenow");
    else say(track, "aria-valuenow", String(Math.floor(percent)));
  }

  /** @param {View} view @param {boolean} pending */
  #showActions({ name, look, main, other: otherwise, href }, pending) {
    const { link, button, other, remove } = this.#parts;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    link.hidden = main !== "download";
    say(link, "href", href);
    button.hidden = main === null || main === "download";
    button.classList.toggle("primary", main === "convert" || main === "retry");
    button.toggleAttribute("data-pending", pending);
    other.hidden = otherwise === "";
    remove.hidden = look === "up" || look === "run" || look === "wait";
    this.#guard(main ?? "");
    label(link, "download", name);
    label(button, main, name);
    label(other, otherwise || null, name);
    other.dataset.action = otherwise;
    other.title = otherwise && LABELS[otherwise].replace(":", "");
    label(remove, "remove", name);
    // The button that had the focus may have gone: the action that matters now takes it, once there is one.
    const left =
      focused === this.element ? this.#keepsFocus : focused instanceof HTMLElement && focused.hidden;
    if (!left) return;
    const next = [link, button, remove, other].find(({ hidden }) => !hidden);
    this.#keepsFocus = !next;
    (next ?? this.element).focus();
  }

  /** Other buttons may come under the pointer: a second click, meant for what was there, is not taken. @param {string} action */
  #guard(action) {
    const { button } = this.#parts;
    const changed = button.dataset.action !== undefined && button.dataset.action !== action;
    button.dataset.action = action;
    if (changed) this.#freshUntil = performance.now() + GUARD_MS;
    const left = this.#freshUntil - performance.now();
    const pending = button.hasAttribute("data-pending");
    say(button, "aria-disabled", String(pending || left > 0));
    this.element.toggleAttribute("data-fresh", left > 0);
    if (left > 0) setTimeout(() => this.#guard(button.dataset.action ?? ""), left);
  }
}

/** @param {HTMLElement} element */
function parts(element) {
  /** @param {string} part */
  const find = (part) => /** @type {HTMLElement} */ (element.querySelector(`[data-part=${part}]`));
  return {
    ...{
      chip: find("chip"),
      name: find("name"),
      head: find("head"),
      tail: find("tail"),
      about: find("about"),
    },
    ...{
      target: find("target"),
      pick: /** @type {HTMLInputElement} */ (find("pick")),
      way: find("way"),
      opts: find("opts"),
      chosen: find("chosen"),
    },
    ...{
      title: find("title"),
      note: find("note"),
      details: find("details"),
      code: find("code"),
      words: find("words"),
      track: find("track"),
    },
    ...{
      link: /** @type {HTMLAnchorElement} */ (find("link")),
      button: find("button"),
      other: find("other"),
      remove: find("remove"),
    },
  };
}

/** @param {HTMLElement} element @param {keyof LABELS | null} action @param {string} name */
function label(element, action, name) {
  if (!action) return;
  if (!element.classList.contains("icon")) set(element, LABELS[action]);
  say(element, "aria-label", `${LABELS[action]} ${name}`);
}

/** What a field that asks for a format shows; while its list is open, it shows what is typed. @param {HTMLInputElement} field @param {string} name */
export function showChoice(field, name) {
  say(field, "data-name", name);
  const isOpen = field.getAttribute("aria-expanded") === "true";
  if (!isOpen && field.value !== name) field.value = name;
}

/** @param {HTMLElement} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute where it changes: writing is what costs. @param {HTMLElement} element @param {string} name @param {string} value */
function say(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {ImageBitmap} picture */
function canvas(picture) {
  const element = document.createElement("canvas");
  [element.width, element.height] = [picture.width, picture.height];
  element.getContext("2d")?.drawImage(picture, 0, 0);
  return element;
}
