/** @typedef {import("./types.js").Happening} Happening */

const WATCH_MS = 5000;
const SLEPT_MS = 15_000;
/** Hidden pages have their timers run once a minute. */
const SLEPT_HIDDEN_MS = 150_000;

/** @returns {import("./types.js").Environment} the browser */
export function browser() {
  return {
    openSocket: (url) => new WebSocket(url),
    openStream: (url) => new EventSource(url),
    now: () => Date.now(),
    elapsed: () => performance.now(),
    random: () => Math.random(),
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (timer) => clearTimeout(timer),
    isOnline: () => navigator.onLine,
    isHidden: () => document.hidden,
    look,
    report: (error) => reportError(error),
    watch,
  };
}

/** A status; 0 for a page in HTML, with which a captive portal answers everything. @param {string} url */
export async function look(url) {
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), WATCH_MS);
  try {
    const { status, redirected, headers } = await fetch(url, { cache: "no-store", signal: aborter.signal });
    return redirected || (status < 400 && headers.get("content-type")?.includes("html")) ? 0 : status;
  } catch {
    return 0;
  } finally {
    clearTimeout(timer);
    aborter.abort(); // the body, which may be without end
  }
}

/** @param {(happening: Happening) => void} tell */
function watch(tell) {
  const stopper = new AbortController();
  /** @param {EventTarget} target @param {string} name @param {(event: any) => Happening | false} means */
  const on = (target, name, means) =>
    target.addEventListener(
      name,
      (event) => {
        const happening = means(event);
        if (happening) tell(happening);
      },
      stopper,
    );
  on(window, "online", () => "online");
  on(window, "offline", () => "offline");
  // With an open socket it is not kept for "back".
  on(window, "pagehide", ({ persisted }) => persisted && "left");
  on(window, "pageshow", ({ persisted }) => persisted && "woken");
  on(document, "resume", () => "woken");
  on(document, "visibilitychange", () => (document.hidden ? "hidden" : "visible"));
  let before = Date.now();
  const timer = setInterval(() => {
    const ms = Date.now() - before;
    before += ms;
    if (ms > (document.hidden ? SLEPT_HIDDEN_MS : SLEPT_MS)) tell("woken");
  }, WATCH_MS);
  return () => {
    stopper.abort();
    clearInterval(timer);
  };
}

/** One call later on; a new one takes the place of an earlier one. */
export class Timer {
  /** Of the call that is to come, if there is one. @type {unknown} */
  handle = null;
  #world;

  /** @param {import("./types.js").World} world */
  constructor(world) {
    this.#world = world;
  }

  /** @param {() => void} callback @param {number} ms */
  set(callback, ms) {
    this.stop();
    this.handle = this.#world.setTimeout(() => {
      this.handle = null;
      callback();
    }, ms);
  }

  stop() {
    this.#world.clearTimeout(this.handle);
    this.handle = null;
  }
}
