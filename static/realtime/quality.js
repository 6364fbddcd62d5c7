const WEIGHT = 0.3;

/** @typedef {"unknown" | "excellent" | "good" | "fair" | "poor"} Grade */

/** The quality of a connection: smoothed round-trip time and its jitter, and a grade made of both. */
export class Quality {
  /** @type {number | null} */
  latency = null;
  jitter = 0;

  /** @param {number} milliseconds one round trip @returns {boolean} whether the grade is another now */
  measured(milliseconds) {
    const { grade } = this;
    const before = this.latency ?? milliseconds;
    this.jitter += WEIGHT * (Math.abs(milliseconds - before) - this.jitter);
    this.latency = before + WEIGHT * (milliseconds - before);
    return this.grade !== grade;
  }

  /** @returns {Grade} */
  get grade() {
    if (this.latency === null) return "unknown";
    const felt = this.latency + this.jitter;
    if (felt < 150) return "excellent";
    if (felt < 400) return "good";
    return felt < 1000 ? "fair" : "poor";
  }
}
