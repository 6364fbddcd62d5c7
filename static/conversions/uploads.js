import { ApiError } from "./api.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {(file: File, upload: Upload, progress: (sent: number) => void) => import("./transfer.js").Transfer} Send */

const AT_ONCE = 3;

/** Sends files, three at once; the others wait. Keeps the files, the store keeps what is known of them. */
export class Uploads {
  /** @type {Map<string, File>} */
  #files = new Map();
  /** @type {string[]} */
  #waiting = [];
  /** @type {Map<string, import("./transfer.js").Transfer>} */
  #running = new Map();
  #store;
  #send;
  #now;

  /**
   * @param {import("./store.js").Store} store
   * @param {Send} send
   * @param {() => number} now
   */
  constructor(store, send, now) {
    this.#store = store;
    this.#send = send;
    this.#now = now;
  }

  /** @param {{ upload: Upload, file: File }[]} added */
  add(added) {
    for (const { upload, file } of added) this.#files.set(upload.key, file);
    this.#store.dispatch({ type: "added", uploads: added.map(({ upload }) => upload) });
  }

  /** @param {string} key @returns {File | undefined} */
  file(key) {
    return this.#files.get(key);
  }

  /** Send these files, in this order. @param {string[]} keys */
  start(keys) {
    this.#waiting.push(...keys);
    for (const key of keys) this.#change(key, { state: "waiting", sent: 0, error: null });
    this.#fill();
  }

  /** Take a file back before the site has it. @param {string} key */
  cancel(key) {
    const running = this.#running.get(key);
    this.#waiting = this.#waiting.filter((each) => each !== key);
    this.#change(key, { state: "ready", sent: 0 });
    running?.abort();
  }

  /** @param {string} key @returns {() => void} brings it back, unsent */
  drop(key) {
    const upload = this.#store.state.uploads.get(key);
    const file = this.#files.get(key);
    this.cancel(key);
    this.#files.delete(key);
    this.#store.dispatch({ type: "dropped", key });
    if (!upload || !file) return () => {};
    return () =>
      this.add([{ upload: { ...upload, state: upload.error ? "failed" : "ready", sent: 0 }, file }]);
  }

  #fill() {
    while (this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      void this.#run(/** @type {string} */ (this.#waiting.shift()));
    }
  }

  /** @param {string} key */
  async #run(key) {
    const upload = /** @type {Upload} */ (this.#store.state.uploads.get(key));
    const file = /** @type {File} */ (this.#files.get(key));
    this.#change(key, { state: "uploading" });
    const running = this.#send(file, upload, (sent) => this.#progressed(key, sent, file.size));
    this.#running.set(key, running);
    try {
      this.#store.dispatch({ type: "accepted", key, conversion: await running.done, at: this.#now() });
    } catch (error) {
      this.#failed(key, error);
    }
    this.#running.delete(key);
    this.#fill();
  }

  /** @param {string} key @param {number} sent @param {number} size */
  #progressed(key, sent, size) {
    if (this.#isUnderWay(key)) this.#change(key, { state: sent >= size ? "sent" : "uploading", sent });
  }

  /** @param {string} key @param {unknown} error */
  #failed(key, error) {
    if (!(error instanceof ApiError)) throw error;
    if (this.#isUnderWay(key)) this.#change(key, { state: "failed", error: error.problem });
  }

  /** An upload that was cancelled fails too, but that is no news. @param {string} key */
  #isUnderWay(key) {
    return ["uploading", "sent"].includes(this.#store.state.uploads.get(key)?.state ?? "");
  }

  /** @param {string} key @param {Partial<Upload>} change */
  #change(key, change) {
    this.#store.dispatch({ type: "upload", key, change });
  }
}
