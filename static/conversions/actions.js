import { ApiError } from "./api.js";
import { plural } from "./words.js";

const UNDO_MS = 8000;

/** What people do to rows. The row waits for the server's word; only a deletion shows at once, and can be undone. */
export class Actions {
  #store;
  #api;
  #uploads;
  #toast;
  #now;

  /**
   * @param {import("./store.js").Store} store
   * @param {import("./api.js").Api} api
   * @param {import("./uploads.js").Uploads} uploads
   * @param {import("./toast.js").Toast} toast
   * @param {() => number} now
   */
  constructor(store, api, uploads, toast, now) {
    this.#store = store;
    this.#api = api;
    this.#uploads = uploads;
    this.#toast = toast;
    this.#now = now;
  }

  /**
   * @param {import("./rows.js").Row} row
   * @param {string} action
   */
  async run({ key, held }, action) {
    if (!held) return this.#onUpload(key, action);
    if (action === "remove") return this.remove([held.conversion]);
    const what = action === "cancel" ? "cancel" : "retry";
    return this.#asking(key, () => this.#ask(held.conversion.id, what));
  }

  /** Delete conversions; for 8 s that can be undone. @param {import("./types.js").Conversion[]} conversions */
  async remove(conversions) {
    const ids = conversions.map(({ id }) => id);
    const deletions = ids.map((id) => this.#delete(id));
    const what = ids.length === 1 ? (conversions[0].sources[0]?.name ?? "") : plural(ids.length, "file");
    const undo = async () =>
      void (await Promise.all(deletions.map(async (deletion) => this.#restore(await deletion))));
    this.#toast.show(`Removed ${what}`, UNDO_MS, { label: "Undo", run: undo });
    await Promise.all(deletions);
  }

  /** Take away what has ended. @param {import("./rows.js").Row[]} rows */
  async clear(rows) {
    for (const { key, held } of rows) if (!held) this.#uploads.drop(key);
    const conversions = rows.flatMap(({ held }) => (held ? [held.conversion] : []));
    if (conversions.length > 0) await this.remove(conversions);
  }

  /** @param {string} key @param {string} action */
  #onUpload(key, action) {
    if (action === "cancel") this.#uploads.cancel(key);
    else if (action === "remove") this.#uploads.drop(key);
    else this.#uploads.start([key]);
  }

  /** @param {string} id @returns {Promise<string | null>} the id, if it was deleted */
  async #delete(id) {
    this.#store.dispatch({ type: "removed", id });
    if (await this.#attempt(() => this.#api.delete(id))) return id;
    this.#store.dispatch({ type: "kept", id });
    return null;
  }

  /** @param {string | null} id */
  async #restore(id) {
    if (id) await this.#attempt(() => this.#ask(id, "restore"));
  }

  /** @param {string} id @param {"cancel" | "retry" | "restore"} what */
  async #ask(id, what) {
    this.#store.dispatch({ type: "received", conversion: await this.#api.ask(id, what), at: this.#now() });
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
      if (!(error instanceof ApiError)) throw error;
      this.#toast.show(`${error.problem.message} ${error.problem.suggestion}`, UNDO_MS);
      return false;
    }
  }
}
