import { button, OptionsForm } from "./options-form.js";
import { optionOf } from "./view-parts.js";
import { plural } from "./words.js";

/** @typedef {import("./rows.js").Row} Row */
/** @typedef {import("./types.js").Options} Options */
/** @typedef {import("./types.js").Upload} Upload */

/**
 * @typedef {object} Panel
 * @property {HTMLElement} element
 * @property {HTMLButtonElement} spread sets the same for other files
 * @property {OptionsForm | null} form
 * @property {unknown} rules from which that was made
 * @property {unknown} error of the site that is told in it
 */

let made = 0;

/** The options of rows, each made once it is opened. */
export class Panels {
  /** @type {Map<string, Panel>} by key of the row */
  #open = new Map();
  /** @type {WeakSet<object>} errors for which a panel was opened */
  #told = new WeakSet();
  /** @type {Row[]} */
  #rows = [];
  #routes;
  #itemOf;
  #change;

  /**
   * @param {import("./routes.js").Routes} routes
   * @param {(key: string) => HTMLElement | undefined} itemOf the row with that key, as it is shown
   * @param {(key: string, options: Options, wrong: Upload["wrong"]) => void} change
   */
  constructor(routes, itemOf, change) {
    this.#routes = routes;
    this.#itemOf = itemOf;
    this.#change = change;
  }

  /** @param {Upload} upload */
  toggle(upload) {
    if (this.#open.has(upload.key)) this.#close(upload.key);
    else this.#show(upload);
  }

  /** Go to what is wrong with the options of a row. @param {Upload} upload */
  correct(upload) {
    const form = this.#open.get(upload.key)?.form;
    form?.tell(upload.wrong);
    form?.focus(upload.wrong);
  }

  /** Bring them to where their rows are. @param {Row[]} rows */
  render(rows) {
    this.#rows = rows;
    const shown = new Map(rows.map((row) => [row.key, row]));
    for (const [key, panel] of this.#open) {
      const row = shown.get(key);
      if (!row?.upload || row.held || !isOpenTo(row.upload)) this.#close(key);
      else this.#renew(row.upload, panel);
    }
    for (const { upload, held } of rows) {
      const error = held ? null : upload?.error;
      if (!upload || !error || !optionOf(error) || this.#told.has(error)) continue;
      this.#told.add(error);
      if (!this.#open.has(upload.key)) this.#show(upload);
    }
  }

  /** @param {Upload} upload */
  #show(upload) {
    const element = document.createElement("div");
    made += 1;
    element.className = "panel";
    element.id = `panel-${made}`;
    /** @type {Panel} */
    const panel = { element, spread: this.#spreader(upload.key), form: null, rules: undefined, error: null };
    this.#open.set(upload.key, panel);
    this.#itemOf(upload.key)?.querySelector(".to")?.after(element);
    const opener = openerOf(element);
    opener?.setAttribute("aria-expanded", "true");
    opener?.setAttribute("aria-controls", element.id);
    void this.#routes.load(upload.format);
    this.#renew(upload, panel);
  }

  /** @param {string} key */
  #close(key) {
    const form = this.#open.get(key)?.form;
    // What is wrong goes with the fields that show it.
    if (form && Object.keys(form.wrong).length > 0) this.#change(key, form.options, {});
    this.#remove(key);
  }

  /** @param {string} key */
  #remove(key) {
    const { element } = /** @type {Panel} */ (this.#open.get(key));
    this.#open.delete(key);
    const opener = openerOf(element);
    opener?.setAttribute("aria-expanded", "false");
    opener?.removeAttribute("aria-controls");
    element.remove();
  }

  /** @param {Upload} upload @param {Panel} panel */
  #renew(upload, panel) {
    const { key, format, to, options, error } = upload;
    const known = this.#routes.of(format);
    const rules = this.#routes.find(format, to)?.options.properties;
    if (typeof known === "object" && Object.keys(rules ?? {}).length === 0) return this.#remove(key);
    if (panel.rules !== (rules ?? known)) {
      panel.rules = rules ?? known;
      panel.form = rules ? new OptionsForm(rules, options) : null;
      if (panel.form) this.#listen(key, panel.form);
      panel.element.replaceChildren(
        ...(panel.form ? [panel.form.element, panel.spread] : this.#unknown(format)),
      );
    }
    const others = alike(upload, this.#rows).length;
    panel.spread.hidden = others === 0 || Object.keys(upload.wrong).length > 0;
    panel.spread.textContent = `Use for ${plural(others, "other file")} too`;
    if (error && error !== panel.error) panel.form?.tell({ [optionOf(error)]: error.message });
    panel.error = error;
  }

  /** @param {string} key @param {OptionsForm} form */
  #listen(key, form) {
    form.element.addEventListener("input", () => this.#change(key, form.options, form.wrong));
  }

  /** @param {string} key */
  #spreader(key) {
    return button("", () => {
      const upload = this.#rows.find((row) => row.key === key)?.upload;
      for (const other of upload ? alike(upload, this.#rows) : []) {
        const panel = this.#open.get(other.key);
        if (panel) panel.rules = undefined;
        this.#change(other.key, /** @type {Upload} */ (upload).options, {});
      }
      const element = this.#open.get(key)?.element;
      if (element) openerOf(element)?.focus();
    });
  }

  /** @param {string} format @returns {Node[]} */
  #unknown(format) {
    const text = document.createElement("p");
    text.className = "soft";
    const isFailed = this.#routes.of(format) === "failed";
    text.textContent = isFailed
      ? "The options could not be loaded. The file can be converted without them."
      : "The options are being loaded…";
    return isFailed ? [text, button("Try again", () => void this.#routes.load(format))] : [text];
  }
}

/** Whether options can still be chosen. @param {Upload} upload */
export function isOpenTo({ state }) {
  return state === "ready" || state === "failed";
}

/**
 * The other files that could be converted in the same way, and are to be in another.
 * @param {Upload} upload
 * @param {Row[]} rows
 */
export function alike({ key, format, to, options }, rows) {
  const same = JSON.stringify(options);
  return rows.flatMap(({ upload, held }) => {
    const isOther = upload && !held && upload.state === "ready" && upload.key !== key;
    const isAlike = isOther && upload.format === format && upload.to === to;
    return isAlike && JSON.stringify(upload.options) !== same ? [upload] : [];
  });
}

/** The button that opens and closes it. @param {HTMLElement} element @returns {HTMLElement | null | undefined} */
function openerOf(element) {
  return element.closest("li")?.querySelector("[data-part=opts]");
}
