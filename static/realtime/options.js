/** @typedef {import("./types.js").Options} Options */

/** @type {Readonly<Options>} */
export const DEFAULTS = Object.freeze({
  maxReconnectAttempts: 8,
  reconnectInterval: 2000,
  heartbeatInterval: 30_000,
  connectionTimeout: 10_000,
  maxQueueSize: 100,
  maxConsecutiveFailures: 3,
  debug: false,
  healthUrl: "/healthz",
  fallbackUrl: "",
});

const TIMER_MS = 2 ** 31 - 1; // what a timer takes
const WANTED = {
  string: "a text",
  boolean: "true or false",
  number: `a number above 0 and up to ${TIMER_MS}`,
};

/**
 * The given options over the defaults.
 * @param {Partial<Options>} given
 * @returns {Readonly<Options>}
 * @throws {TypeError} naming the option that is unknown or wrong
 */
export function withDefaults(given) {
  for (const [name, value] of Object.entries(given)) check(name, value);
  return Object.freeze({ ...DEFAULTS, ...given });
}

/** @param {string} name @param {unknown} value */
function check(name, value) {
  if (!Object.hasOwn(DEFAULTS, name)) {
    throw new TypeError(`Unknown option ${name}; there are ${Object.keys(DEFAULTS).join(", ")}.`);
  }
  const type = /** @type {keyof WANTED} */ (typeof DEFAULTS[/** @type {keyof Options} */ (name)]);
  if (typeof value !== type || (typeof value === "number" && !(value > 0 && value <= TIMER_MS))) {
    throw new TypeError(`Option ${name} must be ${WANTED[type]}, not ${JSON.stringify(value)}.`);
  }
}
