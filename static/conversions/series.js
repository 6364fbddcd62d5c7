/**
 * Tells the clicks of a double click: a row that goes makes way for the next, and a second click, meant for what was
 * there, must not fall on that.
 */
export class Series {
  /** @type {unknown} */
  #first;

  /**
   * @param {number} count which click of a series it is, as `event.detail` says; 0 by keyboard
   * @param {unknown} place what was clicked
   * @returns {boolean} whether the series began there
   */
  isMeant(count, place) {
    if (count <= 1) this.#first = place;
    return place === this.#first;
  }
}
