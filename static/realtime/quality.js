const WEIGHT = 0.3;
/** Longer than anybody waits. */
const TRIP_MS = 60_000;

/** The quality of a connection: smoothed round-trip time and its jitter, and a grade made of both. */
export class Quality {
  /** @type {number | null} */
  latency = null;
  jitter = 0;

  /** @param {number} milliseconds one round trip @returns {boolean} whether the grade is another now */
  measured(milliseconds) {
    if (!(milliseconds >= 0 && milliseconds < TRIP_MS)) return false;
    const { grade } = this;
    const before = this.latency ?? milliseconds;
    this.jitter += WEIGHT * (Math.abs(milliseconds - before) - this.jitter);
    this.latency = before + WEIGHT * (milliseconds - before);
    return this.grade !== grade;
  }

  /** @returns {import("./types.js").Grade} */
  get grade() {
    if (this.latency === null) return "unknown";
    const felt = this.latency + this.jitter;
    if (felt < 150) return "excellent";
    if (felt < 400) return "good";
    return felt < 1000 ? "fair" : "poor";
  }
}
