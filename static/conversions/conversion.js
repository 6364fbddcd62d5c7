/** @typedef {import("./types.js").Conversion} Conversion */

const ENDED = new Set(["completed", "failed", "cancelled"]);

/** @param {Conversion} conversion */
export function hasEnded({ state }) {
  return ENDED.has(state);
}

/** Its place in the list. Processes of an older version do not tell it. @param {Conversion} conversion */
export function addedAt({ added_at: at, created_at: created }) {
  return at ?? created;
}

/** Whether its files were deleted, their time being over. @param {Conversion} conversion @param {number} now */
export function hasExpired(conversion, now) {
  return hasEnded(conversion) && conversion.expires_at <= now;
}

const NOTHING_YET = {
  ...{ percent: null, stage: null, eta_seconds: null, queue_position: null },
  ...{ error: null, output: null, started_at: null, finished_at: null },
};

/** @type {Record<string, (message: import("../realtime/protocol.js").Message) => Partial<Conversion>>} */
const CHANGES = {
  conversion_started: ({ started_at }) => ({ state: "running", started_at: started_at ?? null }),
  progress_update: ({ percent, progress, stage, eta_seconds }) => ({
    state: "running",
    percent,
    progress,
    stage,
    eta_seconds,
  }),
  queue_position: ({ position }) => ({ queue_position: position }),
  conversion_completed: ({ output, finished_at, expires_at }) => ({
    state: "completed",
    percent: 100,
    output,
    finished_at,
    expires_at,
  }),
  conversion_failed: ({ error, finished_at, expires_at }) => ({
    state: "failed",
    error,
    finished_at,
    expires_at,
  }),
  conversion_cancelled: ({ finished_at, expires_at }) => ({ state: "cancelled", finished_at, expires_at }),
};

/**
 * A conversion after an event about it. What is of an earlier attempt, or comes after the end, changes nothing.
 * @param {Conversion} conversion
 * @param {import("../realtime/protocol.js").Message} message
 * @returns {Conversion}
 */
export function conversionAfter(conversion, message) {
  if (!Object.hasOwn(CHANGES, message.type)) return conversion;
  const part = CHANGES[message.type](message);
  const attempt = message.attempt ?? conversion.attempt;
  if (attempt < conversion.attempt || (attempt === conversion.attempt && hasEnded(conversion)))
    return conversion;
  const before = attempt > conversion.attempt ? fresh(conversion, attempt) : conversion;
  return forward(before, { ...before, ...defined(part) });
}

/**
 * The newer of two states of one conversion, of which either may have come late.
 * @param {Conversion | undefined} known
 * @param {Conversion} told
 * @returns {Conversion}
 */
export function newer(known, told) {
  if (!known || told.attempt > known.attempt) return told;
  if (told.attempt < known.attempt) return known;
  if (hasEnded(known) && !hasEnded(told)) return known;
  return known.state === "running" && told.state === "queued" ? known : forward(known, told);
}

/** Whether there is anything new in how far it is. @param {Conversion} known @param {Conversion} told */
export function isNews(known, told) {
  return /** @type {const} */ (["attempt", "state", "stage", "percent"]).some(
    (part) => known[part] !== told[part],
  );
}

/** Within an attempt progress never goes back. @param {Conversion} before @param {Conversion} after @returns {Conversion} */
function forward(before, after) {
  const back = before.percent !== null && after.percent !== null && after.percent < before.percent;
  return back ? { ...after, percent: before.percent } : after;
}

/** @param {Conversion} conversion @param {number} attempt @returns {Conversion} */
function fresh(conversion, attempt) {
  return { ...conversion, ...NOTHING_YET, attempt };
}

/** @param {Partial<Conversion>} part */
function defined(part) {
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}
