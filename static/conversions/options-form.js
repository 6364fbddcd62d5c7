import { changed, choice, control, read, title } from "./options.js";

/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Options} Options */
/** @typedef {{ name: string, element: HTMLElement, input: HTMLInputElement | HTMLSelectElement, error: HTMLElement, value: () => import("./options.js").Read }} Field */

/** What is told moves what is below. A click there, which took the focus away, is to hit what it was meant for. */
const CLICK_MS = 250;

let made = 0;

/** A form for the options of one pair. Its element fires `input` with each change, also of what is wrong. */
export class OptionsForm {
  element = document.createElement("form");
  /** @type {Field[]} */
  #fields;
  #rules;
  #reset;

  /** @param {Rules} rules @param {Options} options those that are not as they would be anyway */
  constructor(rules, options) {
    this.#rules = rules;
    this.#fields = Object.entries(rules).map(([name, rule]) => field(name, rule, options[name]));
    this.#reset = button("Back to the defaults", () => this.#toDefaults());
    this.element.className = "fields";
    this.element.noValidate = true;
    this.element.append(...this.#fields.map(({ element }) => element), this.#reset);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("input", () => this.#changed());
    this.element.addEventListener("focusout", () => setTimeout(() => this.#told(), CLICK_MS));
    this.#changed();
  }

  /** @returns {Options} what is right, and not as it would be anyway */
  get options() {
    const right = this.#fields.map(({ name, value }) => ({ name, ...value() })).filter(({ wrong }) => !wrong);
    return changed(this.#rules, Object.fromEntries(right.map(({ name, value }) => [name, value])));
  }

  /** What is wrong with each option that is. @returns {Record<string, string>} */
  get wrong() {
    const all = this.#fields.map(({ name, value }) => /** @type {const} */ ([name, value().wrong]));
    return Object.fromEntries(all.filter(([, wrong]) => wrong));
  }

  /** Tell beside the fields what is wrong. @param {Record<string, string>} wrong by name of the option */
  tell(wrong) {
    for (const { name, input, error } of this.#fields) if (wrong[name]) tell(input, error, wrong[name]);
  }

  /** Go to the first of these. @param {Record<string, string>} wrong by name of the option */
  focus(wrong) {
    this.#fields.find(({ name }) => wrong[name])?.input.focus();
  }

  /** While one types nothing is held against one; what became right is no longer wrong at once. */
  #changed() {
    for (const { input, error, value } of this.#fields) if (!value().wrong) tell(input, error, "");
    this.#reset.hidden = Object.keys({ ...this.options, ...this.wrong }).length === 0;
  }

  #told() {
    for (const { input, error, value } of this.#fields) {
      const { wrong } = value();
      if (wrong && input !== document.activeElement) tell(input, error, wrong);
    }
  }

  #toDefaults() {
    const fresh = new OptionsForm(this.#rules, {});
    this.#fields = fresh.#fields;
    this.element.replaceChildren(...this.#fields.map(({ element }) => element), this.#reset);
    this.#fields[0]?.input.focus();
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @param {HTMLElement} input @param {HTMLElement} error @param {string} wrong */
function tell(input, error, wrong) {
  if (error.textContent === wrong) return;
  error.textContent = wrong;
  error.hidden = wrong === "";
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** @param {string} name @param {Rule} rule @param {unknown} set @returns {Field} */
function field(name, rule, set) {
  const kind = control(name, rule);
  const element = document.createElement("div");
  const label = document.createElement("label");
  const error = document.createElement("p");
  const input = kind === "choice" ? select(rule) : document.createElement("input");
  made += 1;
  input.id = `option-${made}`;
  input.name = name;
  error.id = `${input.id}-error`;
  error.className = "wrong";
  error.hidden = true;
  input.setAttribute("aria-describedby", error.id);
  label.htmlFor = input.id;
  label.textContent = title(name, rule);
  element.className = `field ${kind}`;
  const now = set ?? rule.default;
  if (input instanceof HTMLSelectElement) input.value = String(now);
  else fill(input, kind, now, rule);
  if (kind === "tick") element.append(input, label, error);
  else if (kind === "slider")
    element.append(label, slider(/** @type {HTMLInputElement} */ (input), rule), input, error);
  else element.append(label, input, error);
  return { name, element, input, error, value: () => valueOf(input, kind, rule) };
}

/** @param {HTMLInputElement} input @param {ReturnType<typeof control>} kind @param {unknown} now @param {Rule} rule */
function fill(input, kind, now, rule) {
  const types = { tick: "checkbox", colour: "color", password: "password" };
  input.type = types[/** @type {keyof typeof types} */ (kind)] ?? "text";
  input.autocomplete = kind === "password" ? "new-password" : "off";
  if (kind === "tick") input.checked = now === true;
  else input.value = String(now ?? "");
  // Not type=number: what is no number would read as nothing, and nobody could say what is wrong.
  if (rule.type === "integer") input.inputMode = "numeric";
  if (rule.type === "number") input.inputMode = "decimal";
  if (kind === "slider" || kind === "number") input.placeholder = String(rule.default);
}

/** @param {HTMLInputElement | HTMLSelectElement} input @param {ReturnType<typeof control>} kind @param {Rule} rule */
function valueOf(input, kind, rule) {
  if (kind === "tick") return { value: /** @type {HTMLInputElement} */ (input).checked, wrong: "" };
  return kind === "choice" ? { value: input.value, wrong: "" } : read(rule, input.value);
}

/** One that moves with the field, and moves it. @param {HTMLInputElement} input @param {Rule} rule */
function slider(input, rule) {
  const range = document.createElement("input");
  range.type = "range";
  range.min = String(rule.minimum);
  range.max = String(rule.maximum);
  range.step = rule.type === "integer" ? "1" : "any";
  range.value = input.value;
  range.setAttribute("aria-label", `${rule.title ?? input.name}, slider`);
  range.addEventListener("input", () => (input.value = range.value));
  input.addEventListener("input", () => {
    const { value, wrong } = read(rule, input.value);
    if (!wrong) range.value = String(value);
  });
  return range;
}

/** @param {Rule} rule */
function select(rule) {
  const element = document.createElement("select");
  element.append(...(rule.enum ?? []).map((each) => new Option(choice(each), String(each))));
  return element;
}

/** @param {string} text @param {() => void} run */
export function button(text, run) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "quiet";
  element.textContent = text;
  element.addEventListener("click", run);
  return element;
}
