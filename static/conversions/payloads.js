/** What comes over the network is not believed: whether it has all that the page needs, in a form that it can show. */

/** @typedef {(value: any) => boolean} Fits */

const STATES = new Set(["queued", "running", "completed", "failed", "cancelled"]);

/** @type {Fits} */
const text = (value) => typeof value === "string";
/** @type {Fits} */
const number = (value) => Number.isFinite(value);
/** @param {Fits} fits @returns {Fits} */
const maybe = (fits) => (value) => value === null || value === undefined || fits(value);
/** @param {Fits} fits @returns {Fits} */
const all = (fits) => (value) => Array.isArray(value) && value.every(fits);
/** @param {Record<string, Fits>} parts @returns {Fits} */
const shape = (parts) => (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(parts).every(([name, fits]) => fits(value[name]));

const source = shape({ name: text, size: number, format: text });
const output = shape({ name: text, size: number, media_type: text, url: maybe(text) });
const error = shape({ code: text, message: text, suggestion: text });
const conversion = shape({
  ...{
    id: text,
    state: (state) => STATES.has(state),
    attempt: number,
    idempotency_key: maybe(text),
    recoveries: maybe(number),
    to: text,
    sources: all(source),
    route: maybe(all(text)),
  },
  ...{ stage: maybe(text), percent: maybe(number), progress: maybe(text), queue_position: maybe(number) },
  ...{
    error: maybe(error),
    output: maybe(output),
    added_at: maybe(number),
    created_at: number,
    expires_at: number,
  },
  ...{ started_at: maybe(number), heard_at: maybe(number), finished_at: maybe(number) },
});

const object = shape({});
const rules = (/** @type {any} */ value) => object(value) && Object.values(value).every(object);
const routes = all(shape({ to: text, steps: all(text), options: shape({ properties: rules }) }));

const whole = { conversion };
const end = { finished_at: maybe(number), expires_at: maybe(number) };
/** What events of each type must have. @type {Record<string, Record<string, Fits>>} */
const EVENTS = {
  conversion_queued: whole,
  conversion_restored: whole,
  conversion_started: { started_at: maybe(number) },
  progress_update: {
    percent: maybe(number),
    progress: maybe(text),
    stage: maybe(text),
    eta_seconds: maybe(number),
  },
  queue_position: { position: maybe(number) },
  conversion_completed: { ...end, output },
  conversion_failed: { ...end, error },
  conversion_cancelled: end,
  conversion_deleted: {},
};

/** @param {any} value @returns {value is import("./types.js").Conversion} */
export function isConversion(value) {
  return conversion(value);
}

/** @param {any} value */
export function hasRoutes(value) {
  return object(value) && routes(value.routes);
}

/** Whether an event has what one of its type must have; of a type that is not known, nothing is expected. @param {any} message */
export function isSound(message) {
  const isKnown = Object.hasOwn(EVENTS, message.type);
  return !isKnown || shape({ conversion_id: text, attempt: maybe(number), ...EVENTS[message.type] })(message);
}
