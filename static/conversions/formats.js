/** @typedef {import("./types.js").Format} Format */

const USUAL = ["webp", "jpeg", "png"];
const USUAL_OF_DOCUMENTS = ["pdf", "png", "docx"];

/** What the site converts to what, as the page's configuration says. */
export class Formats {
  /** @type {Map<string, Format>} */
  #byId;
  /** @type {Map<string, Format>} */
  #byExtension;

  /** @param {Format[]} formats */
  constructor(formats) {
    this.#byId = new Map(formats.map((format) => [format.id, format]));
    this.#byExtension = new Map(formats.flatMap((format) => format.extensions.map((end) => [end, format])));
  }

  /** @param {string} id @returns {string} its name for people, or the id itself */
  name(id) {
    return this.#byId.get(id)?.name ?? id.toUpperCase();
  }

  /** The format that a file's name promises. @param {string} name @returns {Format | undefined} */
  guess(name) {
    return this.#byExtension.get(extension(name));
  }

  /** @param {string} id @returns {string[]} ids of targets, in the site's order */
  targets(id) {
    return this.#byId.get(id)?.targets ?? [];
  }

  /**
   * The target to begin with: the one used last, else the first usual one that changes something.
   * @param {string} id
   * @param {string | null} last
   */
  target(id, last) {
    const targets = this.targets(id);
    if (last && last !== id && targets.includes(last)) return last;
    const usual = this.#byId.get(id)?.media_type.startsWith("image/") ? USUAL : USUAL_OF_DOCUMENTS;
    return usual.find((each) => each !== id && targets.includes(each)) ?? targets[0] ?? "";
  }

  /** The names of all formats that can be read, for people. */
  get readable() {
    return [...this.#byId.values()].filter(({ targets }) => targets.length > 0).map(({ name }) => name);
  }

  /** What a file dialogue should offer. */
  get accept() {
    return [...this.#byExtension.keys()].map((end) => `.${end}`).join(",");
  }

  /**
   * Whether a name promises another format than the content has.
   * @param {string} name
   * @param {string} id what the content is
   */
  disagrees(name, id) {
    const promised = extension(name);
    return promised !== "" && this.guess(name)?.id !== id;
  }
}

/** @param {string} name @returns {string} in small letters, "" where there is none */
export function extension(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}
