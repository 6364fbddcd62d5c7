import { ApiError } from "./api.js";
import { hasEnded } from "./conversion.js";
import { isConversion } from "./payloads.js";

const SILENT_MS = 15_000;
const PROBE_MS = 5000;
const SETTLED_MS = 3000;
const PAUSE_MS = 5000;
const ONE_BY_ONE = 3;

/**
 * The conversions to ask the server about: those that were heard of but are not known, and those under way of which
 * nothing was heard for 15 s, whatever the connection says. Of those that ended while the connection was lost nothing
 * is heard for 3 s after its return, if their end was missed.
 * @param {import("./state.js").State} state
 * @param {number} now
 * @param {number} [backAt] when the connection came back
 * @returns {string[]} ids
 */
export function overdue(state, now, backAt = 0) {
  const settled = now - backAt >= SETTLED_MS;
  const silent = [...state.conversions.values()]
    .filter(({ conversion }) => !hasEnded(conversion) && !state.removed.has(conversion.id))
    .filter(({ heardAt }) => now - heardAt >= SILENT_MS || (settled && heardAt < backAt))
    .sort((one, other) => one.heardAt - other.heardAt)
    .map(({ conversion }) => conversion.id);
  return [...new Set([...state.wanted, ...silent])];
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

/** Asks the server about what is overdue, and never twice at once. */
export class Watch {
  #asking = false;
  #pausedUntil = 0;
  #backAt = 0;
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

  /** The connection is back: what ended meanwhile shall be right within 5 s. */
  back() {
    this.#backAt = this.#now();
  }

  async look() {
    const ids = overdue(this.#store.state, this.#now(), this.#backAt);
    if (this.#asking || ids.length === 0 || this.#now() < this.#pausedUntil) return;
    this.#asking = true;
    try {
      if (ids.length > ONE_BY_ONE) await this.#askForAll(new Set(ids));
      else await Promise.all(ids.map((id) => this.#ask(id)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // A server in trouble is not asked by every page each second.
      this.#pausedUntil = this.#now() + PAUSE_MS;
    } finally {
      this.#asking = false;
    }
  }

  /** Of those that the list does not have, the oldest are asked for by themselves. @param {Set<string>} ids */
  async #askForAll(ids) {
    const askedAt = this.#now();
    const { items } = await this.#api.conversions();
    const told = items.filter((item) => isConversion(item) && ids.delete(item.id));
    for (const conversion of told) this.#received(conversion, askedAt);
    await Promise.all([...ids].slice(0, ONE_BY_ONE).map((id) => this.#ask(id)));
  }

  /** @param {string} id */
  async #ask(id) {
    const askedAt = this.#now();
    try {
      this.#received(await this.#api.conversion(id), askedAt);
    } catch (error) {
      if (!(error instanceof ApiError && error.isNotFound)) throw error;
      this.#store.dispatch({ type: "gone", id, at: this.#now() });
    }
  }

  /** @param {import("./types.js").Conversion} conversion @param {number} askedAt */
  #received(conversion, askedAt) {
    this.#store.dispatch({ type: "received", conversion, at: this.#now(), askedAt });
  }
}
