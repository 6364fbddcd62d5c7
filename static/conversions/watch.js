import { ApiError } from "./api.js";
import { hasEnded } from "./conversion.js";

const SILENT_MS = 15_000;
const PROBE_MS = 5000;
const PAUSE_MS = 5000;
const AT_ONCE = 3;

/**
 * The conversions to ask the server about: those that were heard of but are not known, and those under way of which
 * nothing was heard for 15 s, whatever the connection says.
 * @param {import("./state.js").State} state
 * @param {number} now
 * @returns {string[]} ids, at most three
 */
export function overdue(state, now) {
  const silent = [...state.conversions.values()]
    .filter(({ conversion, heardAt }) => !hasEnded(conversion) && now - heardAt >= SILENT_MS)
    .sort((one, other) => one.heardAt - other.heardAt)
    .map(({ conversion }) => conversion.id);
  return [...state.wanted, ...silent].slice(0, AT_ONCE);
}

/**
 * Whether the connection should be asked if it is alive: a running conversion is silent for 5 s.
 * @param {import("./state.js").State} state
 * @param {number} now
 */
export function isSilent(state, now) {
  return [...state.conversions.values()].some(
    ({ conversion, heardAt }) => conversion.state === "running" && now - heardAt >= PROBE_MS,
  );
}

/** Asks the server about what is overdue, and never twice at once about the same. */
export class Watch {
  /** @type {Set<string>} */
  #asking = new Set();
  #pausedUntil = 0;
  #store;
  #api;
  #now;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./api.js").Api} api
   * @param {() => number} now
   */
  constructor(store, api, now) {
    this.#store = store;
    this.#api = api;
    this.#now = now;
  }

  look() {
    if (this.#now() < this.#pausedUntil) return;
    for (const id of overdue(this.#store.state, this.#now())) void this.#ask(id);
  }

  /** @param {string} id */
  async #ask(id) {
    if (this.#asking.has(id)) return;
    this.#asking.add(id);
    try {
      this.#store.dispatch({ type: "received", conversion: await this.#api.conversion(id), at: this.#now() });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) this.#store.dispatch({ type: "gone", id });
      // A server in trouble is not asked by every page each second.
      else this.#pausedUntil = this.#now() + PAUSE_MS;
    } finally {
      this.#asking.delete(id);
    }
  }
}
