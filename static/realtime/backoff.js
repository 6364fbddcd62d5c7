const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * How long to wait before a retry: the first within half a second, then exponential with full jitter.
 *
 * Full jitter, since a thousand clients that lost one server must not come back in step.
 * @param {number} attempt 1 for the first retry
 * @param {{ base: number, random: () => number }} by `base` in milliseconds; `random` gives 0 to 1
 */
export function backoff(attempt, { base, random }) {
  const ceiling = attempt === 1 ? FIRST_MS : base * 2 ** (attempt - 2);
  return Math.round(random() * Math.min(ceiling, LONGEST_MS));
}
