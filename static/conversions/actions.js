import { ApiError } from "./api.js";
import { nameOf } from "./view-parts.js";

const TOLD_MS = 8000;

/** What people do to rows. The row waits for the server's word; only a deletion shows at once, and can be undone. */
export class Actions {
  #store;
  #api;
  #uploads;
  #toast;
  #undo;
  #now;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./api.js").Api} api
   * @param {import("./uploads.js").Uploads} uploads
   * @param {{ toast: Pick<import("./toast.js").Toast, "show">, undo: import("./undo.js").Undo }} foot of the page
   * @param {() => number} now
   */
  constructor(store, api, uploads, { toast, undo }, now) {
    this.#store = store;
    this.#api = api;
    this.#uploads = uploads;
    this.#toast = toast;
    this.#undo = undo;
    this.#now = now;
  }

  /**
   * @param {import("./rows.js").Row} row
   * @param {string} action
   */
  async run(row, action) {
    const { key, held } = row;
    if (action === "remove") return this.remove([row]);
    if (!held) return this.#onUpload(key, action);
    const what = action === "cancel" ? "cancel" : "retry";
    return this.#asking(key, () => this.#ask(held.conversion.id, what));
  }

  /** Take rows away that are there; as long as that is offered, it can be undone. @param {import("./rows.js").Row[]} rows */
  async remove(rows) {
    const removals = rows.filter((row) => this.#isThere(row)).map((row) => this.#remove(row));
    if (removals.length === 0) return;
    this.#undo.offer(removals);
    await Promise.all(removals.map(({ done }) => done));
  }

  /** @param {import("./rows.js").Row} row @returns {import("./undo.js").Removal & { done?: Promise<unknown> }} */
  #remove({ key, upload, held }) {
    if (!held) return { key, name: upload?.name ?? "", restore: this.#uploads.drop(key) };
    const { id, sources } = held.conversion;
    const done = this.#delete(id);
    return { key: id, name: nameOf(sources), restore: async () => this.#restore(await done), done };
  }

  /** @param {import("./rows.js").Row} row */
  #isThere({ key, held }) {
    return held ? this.#isShown(held.conversion.id) : this.#store.state.uploads.has(key);
  }

  /** @param {string} id */
  #isShown(id) {
    const { conversions, removed } = this.#store.state;
    return conversions.has(id) && !removed.has(id);
  }

  /** @param {string} key @param {string} action */
  #onUpload(key, action) {
    if (action === "cancel") this.#uploads.cancel(key);
    else this.#uploads.start([key]);
  }

  /** @param {string} id @returns {Promise<string | null>} the id, if it was deleted */
  async #delete(id) {
    this.#store.dispatch({ type: "removed", id });
    if (await this.#attempt(() => this.#api.delete(id).catch((error) => this.#wasDeleted(id, error))))
      return id;
    this.#store.dispatch({ type: "kept", id });
    this.#undo.withdraw(id);
    return null;
  }

  /** By somebody else, before: so it is as it should be. @param {string} id @param {unknown} error */
  #wasDeleted(id, error) {
    if (!(error instanceof ApiError && error.isNotFound)) throw error;
    this.#store.dispatch({ type: "gone", id, at: this.#now() });
  }

  /** @param {string | null} id @returns {Promise<boolean>} whether nothing is left to do */
  async #restore(id) {
    if (!id) return true;
    const askedAt = this.#now();
    try {
      const conversion = await this.#api.ask(id, "restore");
      this.#store.dispatch({ type: "restored", conversion, at: this.#now(), askedAt });
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound && this.#isShown(id)) return true;
      return !this.#tell(error).isOfTheNetwork;
    }
    return true;
  }

  /** @param {string} id @param {"cancel" | "retry"} what */
  async #ask(id, what) {
    const askedAt = this.#now();
    try {
      this.#store.dispatch({
        type: "received",
        conversion: await this.#api.ask(id, what),
        at: this.#now(),
        askedAt,
      });
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound)
        this.#store.dispatch({ type: "gone", id, at: this.#now() });
      throw error;
    }
  }

  /** @param {string} key @param {() => Promise<void>} work */
  async #asking(key, work) {
    if (this.#store.state.pending.has(key)) return;
    this.#store.dispatch({ type: "asking", key });
    await this.#attempt(work);
    this.#store.dispatch({ type: "answered", key });
  }

  /** @param {() => Promise<void>} work @returns {Promise<boolean>} whether it was done; the person is told if not */
  async #attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.#tell(error);
      return false;
    }
  }

  /** @param {unknown} error @returns {ApiError} */
  #tell(error) {
    if (!(error instanceof ApiError)) throw error;
    this.#toast.show(`${error.problem.message} ${error.problem.suggestion}`, TOLD_MS);
    return error;
  }
}
