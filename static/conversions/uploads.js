import { ApiError, MAINTENANCE } from "./api.js";
import { Standstill } from "./standstill.js";
import { offered } from "./view-parts.js";

/** @typedef {import("./types.js").Upload} Upload */
/** @typedef {(files: File[], upload: Upload, progress: (sent: number) => void) => import("./transfer.js").Transfer} Send */

const AT_ONCE = 3;
/** Who is cut so often, though the site can be reached in between, is told so, and holds up the others no longer. */
const MOST_CUTS = 5;

/**
 * Sends files, three at once; the others wait. Once one is cut none begins, until the site can be reached again: then
 * that one goes again, and the others go on. Keeps the files, the store keeps what is known of them.
 */
export class Uploads {
  /** @type {Map<string, File[]>} one each, or several that shall become one */
  #files = new Map();
  /** @type {string[]} */
  #waiting = [];
  /** @type {Map<string, import("./transfer.js").Transfer>} */
  #running = new Map();
  /** @type {Map<string, number>} how often each was cut */
  #cuts = new Map();
  #standstill;
  #store;
  #send;
  #now;

  /**
   * @param {import("./store.js").Store} store
   * @param {Send} send
   * @param {() => number} now
   * @param {() => Promise<boolean>} isReachable whether the site is
   * @param {ConstructorParameters<typeof Standstill>[2]} [timers]
   */
  constructor(store, send, now, isReachable, timers) {
    this.#store = store;
    this.#send = send;
    this.#now = now;
    this.#standstill = new Standstill(isReachable, () => this.#goOn(), timers);
  }

  /** @param {{ upload: Upload, files: File[] }[]} added */
  add(added) {
    for (const { upload, files } of added) this.#files.set(upload.key, files);
    this.#store.dispatch({ type: "added", uploads: added.map(({ upload }) => upload) });
  }

  /** @param {string} key @returns {File[] | undefined} */
  files(key) {
    return this.#files.get(key);
  }

  /** Send these files, in this order; those under way are. @param {string[]} keys */
  start(keys) {
    const fresh = keys.filter((key) => ["ready", "failed"].includes(this.#stateOf(key)));
    const state = this.#standstill.isOn ? "paused" : "waiting";
    this.#waiting.push(...fresh);
    for (const key of fresh) {
      this.#cuts.delete(key);
      this.#change(key, { state, sent: 0, error: null });
    }
    this.#fill();
    this.hope();
  }

  /** The network or the site may be back. */
  hope() {
    void this.#standstill.look();
  }

  /** Take a file back before the site has it. @param {string} key */
  cancel(key) {
    const running = this.#running.get(key);
    this.#waiting = this.#waiting.filter((each) => each !== key);
    this.#change(key, { state: "ready", sent: 0, error: null });
    running?.abort();
  }

  /** @param {string} key @returns {() => void} brings it back, unsent */
  drop(key) {
    const upload = this.#store.state.uploads.get(key);
    const files = this.#files.get(key);
    this.cancel(key);
    this.#files.delete(key);
    this.#store.dispatch({ type: "dropped", key });
    if (!upload || !files) return () => {};
    return () =>
      this.add([{ upload: { ...upload, state: upload.error ? "failed" : "ready", sent: 0 }, files }]);
  }

  #fill() {
    while (!this.#standstill.isOn && this.#running.size < AT_ONCE && this.#waiting.length > 0) {
      void this.#run(/** @type {string} */ (this.#waiting.shift()));
    }
  }

  /** @param {string} key */
  async #run(key) {
    const upload = /** @type {Upload} */ (this.#store.state.uploads.get(key));
    const files = /** @type {File[]} */ (this.#files.get(key));
    const sentAs = upload.sentAs || nonce();
    this.#change(key, { state: "uploading", sent: 0, error: null, sentAs });
    const running = this.#send(files, { ...upload, sentAs }, (sent) =>
      this.#progressed(key, sent, upload.size),
    );
    this.#running.set(key, running);
    try {
      this.#store.dispatch({ type: "accepted", key, conversion: await running.done, at: this.#now() });
      this.#standstill.arrived();
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
    if (!this.#isUnderWay(key)) return;
    const cuts = (this.#cuts.get(key) ?? 0) + 1;
    this.#cuts.set(key, cuts);
    if (!error.isOfTheNetwork || cuts >= MOST_CUTS) {
      const [to] = offered(error.problem);
      const { format } = error.problem.params ?? {}; // which may be another than its name says
      const instead = to && { to, ...(typeof format === "string" && { format }), options: {}, wrong: {} };
      this.#change(key, { state: "failed", error: error.problem, ...instead });
      if (error.problem.code === MAINTENANCE) this.#takeBack();
    } else this.#stop(key, error.problem);
  }

  /** What waits would be sent for nothing. */
  #takeBack() {
    for (const key of this.#waiting.splice(0)) this.#change(key, { state: "ready", sent: 0, error: null });
  }

  /** @param {string} key which was cut @param {import("./types.js").Problem} error */
  #stop(key, error) {
    this.#waiting = [key, ...this.#unanswered()];
    this.#standstill.begin();
    for (const each of this.#waiting) this.#change(each, { state: "paused" });
    this.#change(key, { sent: 0, error });
  }

  #goOn() {
    this.#waiting = this.#unanswered();
    for (const key of this.#waiting) this.#change(key, { state: "waiting", error: null });
    this.#fill();
  }

  /** The site may have one of those that wait all the same, whose answer was lost. */
  #unanswered() {
    return this.#waiting.filter((key) => this.#stateOf(key) !== "accepted");
  }

  /** An upload that was cancelled fails too, but that is no news. @param {string} key */
  #isUnderWay(key) {
    return ["uploading", "sent"].includes(this.#stateOf(key));
  }

  /** @param {string} key */
  #stateOf(key) {
    return this.#store.state.uploads.get(key)?.state ?? "";
  }

  /** @param {string} key @param {Partial<Upload>} change */
  #change(key, change) {
    this.#store.dispatch({ type: "upload", key, change });
  }
}

/** `randomUUID` is missing where the page came by plain http. */
function nonce() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("-");
}
