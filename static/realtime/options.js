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

const WANTED = {
  string: "a URL",
  boolean: "true or false",
  number: "a whole number from 1 to 2147483647", // what a timer takes
};

/**
 * The given options over the defaults, with whole URLs.
 * @param {Partial<Options> | null} given
 * @param {string} address where URLs start from
 * @returns {Readonly<Options>}
 * @throws {TypeError} naming the option that is unknown or wrong
 */
export function withDefaults(given, address) {
  /** @type {any} */
  const options = { ...DEFAULTS, ...given };
  for (const name in options) options[name] = checked(name, options[name], address);
  return options;
}

/** @param {string} name @param {any} value @param {string} [address] */
export function checked(name, value, address, type = typeof DEFAULTS[/** @type {keyof Options} */ (name)]) {
  if (!(type in WANTED)) {
    throw new TypeError(`Option ${name} is none of ${Object.keys(DEFAULTS)}.`);
  }
  const fits = typeof value === type && (type !== "number" || (value > 0 && value === (value | 0)));
  if (fits && (type !== "string" || value + name === "fallbackUrl")) return value;
  try {
    value = new URL((fits && value) || "no:", address).href.replace(/^ws/, "http");
    if (/^https?:/.test(value)) return value;
  } catch {} // no URL
  throw new TypeError(`Option ${name} must be ${WANTED[/** @type {keyof WANTED} */ (type)]}.`);
}
