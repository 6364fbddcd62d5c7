const SIDE = 88;
const LARGEST_BYTES = 40_000_000;

/** Small pictures of the files that were added here, made one at a time, outside the page's own thread. */
export class Thumbnails {
  /** @type {Map<string, ImageBitmap>} */
  #made = new Map();
  /** @type {Promise<void>} */
  #last = Promise.resolve();
  #done;

  /** @param {() => void} done called after each one that was made */
  constructor(done) {
    this.#done = done;
  }

  /** @param {string} key */
  get(key) {
    return this.#made.get(key);
  }

  /** @param {string} key @param {File} file */
  make(key, file) {
    if (file.size <= LARGEST_BYTES) this.#last = this.#last.then(() => this.#make(key, file));
  }

  /** @param {string} key @param {File} file */
  async #make(key, file) {
    // A picture that the browser cannot read, or that is damaged, has none.
    const picture = await createImageBitmap(file, { resizeHeight: SIDE, resizeQuality: "medium" }).catch(
      () => null,
    );
    if (!picture) return;
    this.#made.set(key, picture);
    this.#done();
  }
}
