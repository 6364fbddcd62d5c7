import { takeIn, together } from "./intake.js";
import { lasting } from "./options.js";
import { remember, remembered } from "./preferences.js";
import { optionOf } from "./view-parts.js";
import { plural } from "./words.js";

/** @typedef {import("./types.js").Brought} Brought */
/** @typedef {import("./types.js").Options} Options */
/** @typedef {import("./types.js").Upload} Upload */

const LAST_TARGET = "target";
const TOLD_MS = 12_000;
/** More rows help nobody; the others can come when these are done. */
const MOST = 500;

/** Makes rows of the files that people bring, and remembers the target and the options that they chose last. */
export class Additions {
  /** @type {Map<string, Options>} by pair; in this tab */
  #kept = new Map();
  #store;
  #uploads;
  #thumbnails;
  #toast;
  #rules;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./uploads.js").Uploads} uploads
   * @param {import("./thumbnails.js").Thumbnails} thumbnails
   * @param {import("./toast.js").Toast} toast
   * @param {() => Omit<import("./intake.js").Rules, "last"> & { routes: import("./routes.js").Routes }} rules as they are now
   */
  constructor(store, uploads, thumbnails, toast, rules) {
    this.#store = store;
    this.#uploads = uploads;
    this.#thumbnails = thumbnails;
    this.#toast = toast;
    this.#rules = rules;
  }

  /** @param {Brought[]} brought */
  take(brought) {
    const fit = brought.filter(({ file, inFolder }) => !inFolder || this.#isConvertible(file));
    const room = Math.max(MOST - this.#unsent, 0);
    this.#add(fit.slice(0, room).map(({ file }) => file));
    const told = leftOut(fit.length, Math.min(fit.length, room), brought.length - fit.length);
    if (told) this.#toast.show(told, TOLD_MS);
  }

  /** A row for the same file again, to be made something else, or one for each of several. @param {string} key @returns {string | undefined} the key of the first */
  again(key) {
    return this.#add(this.#uploads.files(key) ?? [])[0]?.upload.key;
  }

  /**
   * One row instead of several, whose files shall become one.
   * @param {Upload[]} uploads in their order
   * @param {string} to
   * @returns {string} its key
   */
  combine(uploads, to) {
    const made = together(uploads, to);
    const upload = { ...made, options: this.#keptFor(made) };
    const files = uploads.flatMap(({ key }) => this.#uploads.files(key) ?? []);
    for (const { key } of uploads) this.#uploads.drop(key);
    this.#uploads.add([{ upload, files }]);
    return upload.key;
  }

  /** The target that was chosen last. */
  get last() {
    return remembered(LAST_TARGET);
  }

  /** @param {string} key @param {string} to */
  choose(key, to) {
    remember(LAST_TARGET, to);
    const upload = this.#store.state.uploads.get(key);
    if (!upload || upload.to === to) return;
    this.#change(upload, { to, options: this.#keptFor({ ...upload, to }), wrong: {} });
  }

  /** @param {string} key @param {Options} options @param {Upload["wrong"]} wrong */
  set(key, options, wrong) {
    const upload = this.#store.state.uploads.get(key);
    if (!upload) return;
    const rules = this.#rules().routes.find(upload.format, upload.to)?.options.properties ?? {};
    this.#kept.set(pair(upload), lasting(rules, options));
    this.#change(upload, { options, wrong });
  }

  /** What the site would not take may be right now. @param {Upload} upload @param {Partial<Upload>} change */
  #change({ key, error }, change) {
    const mended = optionOf(error) ? { state: /** @type {const} */ ("ready"), error: null } : {};
    this.#store.dispatch({ type: "upload", key, change: { ...change, ...mended } });
  }

  /** @param {Upload} upload */
  #keptFor(upload) {
    return this.#kept.get(pair(upload)) ?? {};
  }

  get #unsent() {
    return [...this.#store.state.uploads.values()].filter(({ id }) => !id).length;
  }

  /** @param {File[]} files */
  #add(files) {
    const rules = this.#rules();
    const added = takeIn(files, { ...rules, last: this.last }).map(({ upload, files }) => ({
      upload: { ...upload, options: this.#keptFor(upload) },
      files,
    }));
    this.#uploads.add(added);
    for (const { upload, files } of added) if (!upload.error) this.#thumbnails.make(upload.key, files[0]);
    return added;
  }

  /** Folders hold what nobody meant to convert. @param {File} file */
  #isConvertible({ name }) {
    const { formats } = this.#rules();
    return (formats.guess(name)?.targets.length ?? 0) > 0;
  }
}

/** @param {Upload} upload */
function pair({ format, to }) {
  return `${format} ${to}`;
}

/**
 * What the person is told of files that did not become rows; "" when all did.
 * @param {number} fit
 * @param {number} taken
 * @param {number} strange files in folders that cannot be converted
 */
export function leftOut(fit, taken, strange) {
  const many =
    taken === 0
      ? `${plural(fit, "file")} found no room beside ${MOST} that were not sent. Convert or clear those first, then add more.`
      : `${plural(fit, "file")} are too many at once: the first ${taken.toLocaleString("en")} are here. Add the others when these are done.`;
  const left = strange === 1 ? "was left out: its name tells" : "were left out: their names tell";
  const how = "no format that is converted here. Choose by itself what may be one.";
  const other = strange > 0 ? `${plural(strange, "file")} in the folder ${left} ${how}` : "";
  const none = fit === 0 && strange === 0 ? "There is no file in it." : "";
  return [taken < fit ? many : "", other, none].filter(Boolean).join(" ");
}
