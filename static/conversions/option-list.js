import { moved } from "./picker.js";

/** @typedef {{ id: string, name: string, ending: string, way: string }} Choice what an option shows */

/** A listbox whose options are walked from a field that keeps the focus. */
export class OptionList {
  /** @type {HTMLElement[]} */
  #options = [];
  #active = -1;
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  get isEmpty() {
    return this.#options.length === 0;
  }

  /** The option that the keys came to. */
  get active() {
    return this.#options[this.#active];
  }

  /** @param {{ label: string, choices: Choice[] }[]} groups @param {string} selected its id @param {string | undefined} active id of the one to begin at; undefined: the first */
  draw(groups, selected, active) {
    this.#element.replaceChildren(...groups.flatMap((each, index) => group(each, index, selected)));
    this.#options = [...this.#element.querySelectorAll("[role=option]")].map(
      (each) => /** @type {HTMLElement} */ (each),
    );
    this.#element.hidden = this.isEmpty;
    this.#activate(
      active === undefined ? 0 : this.#options.findIndex(({ dataset }) => dataset.to === active),
    );
  }

  /** @param {string} key @returns {boolean} whether it leads anywhere */
  move(key) {
    const next = moved(key, this.#active, this.#options.length);
    if (next !== null) this.#activate(next);
    return next !== null;
  }

  /** @param {number} index */
  #activate(index) {
    this.active?.removeAttribute("data-active");
    this.#active = index;
    this.active?.setAttribute("data-active", "");
    if (this.active) this.#show(this.active);
  }

  /** With the title of its group, if it is the first of all. @param {HTMLElement} option */
  #show({ offsetTop, offsetHeight }) {
    const list = this.#element;
    const [end, bottom] = [offsetTop + offsetHeight, list.scrollTop + list.clientHeight];
    if (this.#active === 0) list.scrollTop = 0;
    else if (offsetTop < list.scrollTop) list.scrollTop = offsetTop;
    else if (end > bottom) list.scrollTop = end - list.clientHeight;
  }
}

/** @param {{ label: string, choices: Choice[] }} group @param {number} index @param {string} selected */
function group({ label, choices }, index, selected) {
  const options = choices.map((choice) => option(choice, choice.id === selected));
  if (!label) return options;
  const element = part("div", "");
  const title = part("div", label, "kind");
  title.id = `kind-${index}`;
  title.role = "presentation";
  element.role = "group";
  element.setAttribute("aria-labelledby", title.id);
  element.append(title, ...options);
  return [element];
}

/** @param {Choice} choice @param {boolean} isSelected */
function option({ id, name, ending, way }, isSelected) {
  const element = part("div", "", "option");
  element.role = "option";
  element.id = `to-${id}`;
  element.dataset.to = id;
  element.setAttribute("aria-selected", String(isSelected));
  element.append(part("b", name), part("span", ending, "soft"));
  if (way) element.append(part("span", way, "soft way"));
  return element;
}

/** @param {string} tag @param {string} text @param {string} [name] of its class */
function part(tag, text, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  return element;
}
