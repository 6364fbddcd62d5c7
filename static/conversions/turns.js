const BUDGET_MS = 6;

/**
 * Gives each row its turn: as many as a frame has time for, and in the next frame the others, from where this one
 * stopped. A row that cannot be shown is reported, and holds up no other.
 */
export class Turns {
  #next = "";
  #clock;
  #report;

  /** @param {() => number} [clock] milliseconds @param {(error: unknown) => void} [report] */
  constructor(clock = () => performance.now(), report = (error) => reportError(error)) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * @template {{ key: string }} Row
   * @param {Row[]} rows
   * @param {(row: Row) => void} work quick where nothing changed
   * @returns {boolean} whether all had their turn
   */
  take(rows, work) {
    const first = Math.max(
      rows.findIndex(({ key }) => key === this.#next),
      0,
    );
    const until = this.#clock() + BUDGET_MS;
    for (const row of [...rows.slice(first), ...rows.slice(0, first)]) {
      this.#next = row.key;
      if (this.#clock() >= until) return false;
      this.try(() => work(row));
    }
    return true;
  }

  /** @param {() => void} work */
  try(work) {
    try {
      work();
    } catch (error) {
      this.#report(error);
    }
  }
}
