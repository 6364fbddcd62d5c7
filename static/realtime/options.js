/** The options of `RobustWebSocket` and their defaults; each time is in milliseconds. */
export const DEFAULTS = Object.freeze({
  /** Retries in a row before it gives up. */
  maxReconnectAttempts: 8,
  /** The base of the exponential back-off; the first retry comes within 500 ms. */
  reconnectInterval: 2000,
  /** How often the server is asked whether it is there. */
  heartbeatInterval: 30000,
  /** How long a new connection, and an answer to a heartbeat, may take. */
  connectionTimeout: 10000,
  /** Messages kept while there is no connection. */
  maxQueueSize: 100,
  /** Heartbeats without an answer, in a row, before a fresh socket is made. */
  maxConsecutiveFailures: 3,
  /** Whether each step is written to the console. */
  debug: false,
});

/** @typedef {{ -readonly [Name in keyof typeof DEFAULTS]: Name extends "debug" ? boolean : number }} Options */

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

/**
 * @param {string} name
 * @param {unknown} value
 */
function check(name, value) {
  if (!Object.hasOwn(DEFAULTS, name)) {
    throw new TypeError(`Unknown option ${name}; there are ${Object.keys(DEFAULTS).join(", ")}.`);
  }
  const expected = name === "debug" ? "boolean" : "number";
  const fits = typeof value === expected && (expected === "boolean" || Number(value) > 0);
  if (!fits) {
    const wanted = expected === "boolean" ? "true or false" : "a number above 0";
    throw new TypeError(`Option ${name} must be ${wanted}, not ${JSON.stringify(value)}.`);
  }
}
