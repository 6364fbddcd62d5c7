import { hasRoutes, isConversion } from "./payloads.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Conversion} Conversion */

/** A request that did not do what was asked, with what to tell the person about it. */
export class ApiError extends Error {
  /** @param {Problem} problem @param {number} status 0 when no answer came */
  constructor(problem, status) {
    super(problem.message);
    this.problem = problem;
    this.status = status;
  }

  /** Whether the site itself gave no answer, so that the same may go well later. */
  get isOfTheNetwork() {
    if (this.problem.code === MAINTENANCE) return false;
    const isElsewhere = this.status === 0 || NO_SITE.has(this.status) || PASSING.has(this.problem.code);
    return isElsewhere && this.problem.retryable;
  }

  /** Whether the site says that there is no such thing, and not a proxy that does not know the site. */
  get isNotFound() {
    return this.problem.code === "not_found";
  }
}

/** Nothing new is taken in just now, as the site itself says. */
export const MAINTENANCE = "maintenance";
const NO_CONTENT = 204;
/** What a gateway says while there is no site behind it. */
const NO_SITE = new Set([502, 503, 504]);

/** The server's answer never came. @type {Problem} */
const UNREACHABLE = {
  code: "unreachable",
  message: "The site cannot be reached.",
  suggestion: "Check the network and try again.",
  retryable: true,
};

/** The browser may not even have asked: it opens few connections, and files may fill them. @type {Problem} */
const LATE = {
  code: "late_answer",
  message: "The site has not answered for 15 s.",
  suggestion: "It or the network may be busy, with files too: see whether it was done, and else try again.",
  retryable: true,
};

/** An answer came, but not the site's: a network that wants a sign-in answers everything. @type {Problem} */
const FOREIGN = {
  code: "foreign_answer",
  message: "Another program on the network answered, not the site: it may want you to sign in.",
  suggestion: "Open another page to see, then try again.",
  retryable: true,
};
/** Errors that the site itself tells of in a problem document, always. */
const OF_OTHERS = new Set([401, 404, 407, 511]);
const SESSION_CHANGED = "session_changed";
/** What the same request may not meet again. */
const PASSING = new Set([FOREIGN.code, SESSION_CHANGED]);

/** Whether we are another by now: a page knows, by another cookie. @param {unknown} error */
export function isOfSession(error) {
  return error instanceof ApiError && error.problem.code === SESSION_CHANGED;
}

/**
 * The problem that an answer tells of; one that is no problem document gets words of its own.
 * @param {number} status 0 when no answer came
 * @param {unknown} body
 * @returns {Problem}
 */
export function problemOf(status, body) {
  if (status === 0) return UNREACHABLE;
  if (typeof body === "object" && body !== null && "code" in body && "detail" in body) {
    const { code, detail, suggestion, retryable, params } = /** @type {Record<string, any>} */ (body);
    return { code, message: detail, suggestion: suggestion ?? "", retryable: retryable ?? false, params };
  }
  // A success of the site would have been taken as such.
  if (status < 400 || OF_OTHERS.has(status)) return FOREIGN;
  const suggestion = "Try again; if it goes on, tell whoever runs this site.";
  return {
    code: `http_${status}`,
    message: `The site answered with an error (${status}).`,
    suggestion,
    retryable: true,
  };
}

/** The token that a request which changes something must carry. @param {string} cookie the name of the one that holds it */
export function csrfToken(cookie) {
  const pairs = document.cookie.split("; ").map((pair) => pair.split("="));
  return pairs.find(([name]) => name === cookie)?.[1] ?? "";
}

const ANSWER_MS = 15_000;
/** The browser opens six connections, of which files take some; the time of what waits for one would run. */
const AT_ONCE = 4;

/** The site's HTTP API, as far as the page uses it. Each call throws an `ApiError`. Four are under way at once. */
export class Api {
  #base;
  #csrfCookie;
  #renew;
  #running = 0;
  /** @type {(() => void)[]} */
  #waiting = [];

  /**
   * @param {string} base such as `/api/v1`
   * @param {string} csrfCookie
   * @param {() => Promise<void>} renew loads a page, which begins a session where ours has ended
   */
  constructor(base, csrfCookie, renew) {
    this.#base = base;
    this.#csrfCookie = csrfCookie;
    this.#renew = renew;
  }

  /** @param {string} id @returns {Promise<Conversion>} */
  conversion(id) {
    return this.#answer("GET", `conversions/${id}`, isConversion);
  }

  /** The newest 200; `next` is null when there are no others. @returns {Promise<{ items: Conversion[], topic: string, next: string | null }>} */
  async conversions() {
    const list = () =>
      this.#answer("GET", "conversions?limit=200", (body) => Array.isArray(body?.items) && body.topic);
    return list().catch(async (error) => {
      if (!isOfSession(error)) throw error;
      await this.#renew();
      return list();
    });
  }

  /** A format, with the ways to its targets. @param {string} id @returns {Promise<{ routes: import("./types.js").Route[] }>} */
  format(id) {
    return this.#answer("GET", `formats/${encodeURIComponent(id)}`, hasRoutes);
  }

  /** Whether the site answers, whatever it says. @returns {Promise<boolean>} */
  isReachable() {
    return this.#answer("GET", "conversions?limit=1", (body) => Array.isArray(body?.items)).then(
      () => true,
      (error) => !error.isOfTheNetwork || isOfSession(error),
    );
  }

  /** @param {string} id @param {"cancel" | "retry" | "restore"} what @returns {Promise<Conversion>} */
  ask(id, what) {
    return this.#answer("POST", `conversions/${id}/${what}`, isConversion);
  }

  /** @param {string} id @returns {Promise<void>} */
  delete(id) {
    return this.#answer("DELETE", `conversions/${id}`, (_, status) => status === NO_CONTENT);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {(body: any, status: number) => boolean} fits whether it is the site's own answer
   * @returns {Promise<any>}
   */
  async #answer(method, path, fits) {
    const { status, text } = await this.#inTurn(() => this.#fetch(method, path));
    const body = parsed(text);
    if (status >= 400) throw new ApiError(problemOf(status, body), status);
    if (!fits(body, status)) throw new ApiError(FOREIGN, 0);
    return body;
  }

  /** The whole answer. @param {string} method @param {string} path */
  async #fetch(method, path) {
    const headers = method === "GET" ? undefined : { "X-CSRFToken": csrfToken(this.#csrfCookie) };
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const response = await fetch(`${this.#base}/${path}`, { method, headers, signal });
      return { status: response.status, text: await response.text() };
    } catch {
      throw new ApiError(signal.aborted ? LATE : UNREACHABLE, 0);
    }
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  async #inTurn(work) {
    if (this.#running >= AT_ONCE) await new Promise((resolve) => this.#waiting.push(() => resolve(null)));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}

/** @param {string} text @returns {unknown} what it says, if it is JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
