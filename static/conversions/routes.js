import { ApiError } from "./api.js";

/** @typedef {import("./types.js").Route} Route */
/** @typedef {ReadonlyMap<string, Route> | "asked" | "failed" | undefined} Known routes by target; undefined: never asked for */

/** Stands for the format of several files that shall become one. */
export const SEVERAL = "+";

/**
 * The ways from a format to its targets and their options, asked for when a file of that format comes. Fires `change`
 * when more is known.
 */
export class Routes extends EventTarget {
  /** @type {Map<string, Known>} */
  #known = new Map();
  #ask;

  /**
   * @param {(id: string) => Promise<{ routes: Route[] }>} ask throws an `ApiError`
   * @param {import("./types.js").Join[]} [joins] the ways of several files into one
   */
  constructor(ask, joins = []) {
    super();
    this.#ask = ask;
    this.#known.set(SEVERAL, new Map(joins.map(({ to, options }) => [to, { to, steps: [], options }])));
  }

  /** What is known of a format; the same object until that changes. @param {string} source @returns {Known} */
  of(source) {
    return this.#known.get(source);
  }

  /** @param {string} source @param {string} to @returns {Route | null} */
  find(source, to) {
    const known = this.of(source);
    return typeof known === "object" ? (known.get(to) ?? null) : null;
  }

  /** Ask for a format's routes, unless they are known or being asked for. @param {string} source */
  async load(source) {
    const known = this.of(source);
    if (!source || (known !== undefined && known !== "failed")) return;
    this.#become(source, "asked");
    try {
      const { routes } = await this.#ask(source);
      this.#become(source, new Map(routes.map((route) => [route.to, route])));
    } catch (error) {
      this.#become(source, "failed");
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** Ask once more for what could not be had: the network may be back. */
  hope() {
    for (const [source, known] of this.#known) if (known === "failed") void this.load(source);
  }

  /** @param {string} source @param {Known} known */
  #become(source, known) {
    this.#known.set(source, known);
    this.dispatchEvent(new Event("change"));
  }
}

/** The formats on a way of more than one step: "docx → typst → pdf"; else "". @param {string[] | undefined} steps */
export function spelled(steps) {
  return steps && steps.length > 2 ? steps.join(" → ") : "";
}
