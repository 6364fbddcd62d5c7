import { SEVERAL } from "./routes.js";

/** @typedef {import("./types.js").Format} Format */

/** What files of a kind usually become. @type {Record<string, string[]>} */
const USUAL = {
  image: ["webp", "jpeg", "png"],
  vector: ["png"],
  document: ["pdf", "png"],
  table: ["xlsx", "csv"],
  data: ["json", "yaml"],
  video: ["mp4", "webm", "mp3"],
  audio: ["mp3", "m4a", "wav"],
  subtitles: ["srt", "vtt"],
  font: ["woff2", "ttf"],
  archive: ["zip", "tar.gz"],
};

/** What the site converts to what, as the page's configuration says. */
export class Formats {
  /** @type {Map<string, Format>} */
  #byId;
  /** @type {Map<string, Format>} */
  #byExtension;
  #kinds;
  #joins;
  /** @type {string[]} */
  #written;

  /**
   * @param {Format[]} formats
   * @param {Record<string, string>} kinds what each is called
   * @param {import("./types.js").Join[]} [joins]
   */
  constructor(formats, kinds, joins = []) {
    this.#kinds = kinds;
    this.#joins = joins;
    this.#byId = new Map(formats.map((format) => [format.id, format]));
    this.#byExtension = new Map(formats.flatMap((format) => format.extensions.map((end) => [end, format])));
    const written = new Set(formats.flatMap(({ targets }) => targets));
    this.#written = formats.map(({ id }) => id).filter((id) => written.has(id));
  }

  /** The ids of all, in the site's order. */
  get ids() {
    return [...this.#byId.keys()];
  }

  /** @param {string} id @returns {string} its name for people, or the id itself */
  name(id) {
    if (id === SEVERAL) return "Several files together";
    return this.#byId.get(id)?.name ?? id.toUpperCase();
  }

  /** How names of such files end. @param {string} id @returns {string[]} without the dot; the usual one first */
  extensions(id) {
    return this.#byId.get(id)?.extensions ?? [];
  }

  /** The format that a file's name promises. @param {string} name @returns {Format | undefined} */
  guess(name) {
    const [last, before] = name.toLowerCase().split(".").reverse();
    return this.#byExtension.get(`${before}.${last}`) ?? this.#byExtension.get(extension(name));
  }

  /**
   * Of a file whose name tells no format ("") all that anything becomes: the site looks into it.
   * @param {string} id
   * @returns {string[]} ids of targets, in the site's order
   */
  targets(id) {
    return id ? (this.#byId.get(id)?.targets ?? []) : this.#written;
  }

  /** What files together can become, as one. @param {{ format: string }[]} parts @returns {string[]} ids of targets */
  together(parts) {
    const fits = (/** @type {string[] | null} */ sources) =>
      sources === null || parts.every(({ format }) => sources.includes(format));
    return this.#joins.filter(({ sources }) => fits(sources)).map(({ to }) => to);
  }

  /** What can become this. @param {string} to @returns {string[]} ids of formats */
  sources(to) {
    return this.ids.filter((id) => this.targets(id).includes(to));
  }

  /**
   * The target to begin with: the one used last, else the first usual one of such files that changes something, else the
   * site's first, which is of their own kind.
   * @param {string} id
   * @param {string | null} last
   */
  target(id, last) {
    const targets = this.targets(id);
    return this.usual(id, last).find((each) => targets.includes(each)) ?? targets[0] ?? "";
  }

  /**
   * What such files mostly become, the target used last first.
   * @param {string} id
   * @param {string | null} last
   * @returns {string[]} ids of formats, offered or not
   */
  usual(id, last) {
    const usual = USUAL[this.#byId.get(id)?.kind ?? ""] ?? [];
    return [...new Set([...(last ? [last] : []), ...usual])].filter((each) => each !== id);
  }

  /**
   * Formats by what they are called as a kind, both in the site's order.
   * @param {string[]} ids
   * @returns {Map<string, string[]>}
   */
  byKind(ids) {
    const groups = new Map();
    for (const id of ids) {
      const kind = this.kind(id);
      groups.set(kind, [...(groups.get(kind) ?? []), id]);
    }
    return groups;
  }

  /** What kinds of files can be read, for people. */
  get readable() {
    const ids = [...this.#byId.values()].filter(({ targets }) => targets.length > 0).map(({ id }) => id);
    return [...this.byKind(ids).keys()].map((kind) => kind[0].toLowerCase() + kind.slice(1)).join(", ");
  }

  /** What its kind is called. @param {string} id */
  kind(id) {
    return this.#kinds[this.#byId.get(id)?.kind ?? ""] ?? "";
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
