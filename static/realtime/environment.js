/** @typedef {"online" | "offline" | "visible" | "woken"} Happening */

/**
 * All that the client needs of the world, so that tests can give it another one.
 * @typedef {object} Environment
 * @property {(url: string) => WebSocket} openSocket
 * @property {() => number} now Unix milliseconds
 * @property {() => number} random from 0 to 1
 * @property {(callback: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => boolean} isOnline
 * @property {(url: string) => Promise<boolean>} isReachable whether the server answers over HTTP
 * @property {(tell: (happening: Happening) => void) => void} watch
 */

const WATCH_MS = 5000;
const SLEPT_MS = 15_000;

/** @returns {Environment} the browser */
export function browser() {
  return {
    openSocket: (url) => new WebSocket(url),
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
    isOnline: () => navigator.onLine,
    isReachable,
    watch,
  };
}

/** @param {string} url */
async function isReachable(url) {
  try {
    return (await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(WATCH_MS) })).ok;
  } catch {
    return false;
  }
}

/** @param {(happening: Happening) => void} tell */
function watch(tell) {
  addEventListener("online", () => tell("online"));
  addEventListener("offline", () => tell("offline"));
  addEventListener("pageshow", (event) => event.persisted && tell("woken"));
  document.addEventListener("visibilitychange", () => document.hidden || tell("visible"));
  let before = Date.now();
  setInterval(() => {
    const slept = Date.now() - before > SLEPT_MS;
    before = Date.now();
    if (slept) tell("woken");
  }, WATCH_MS);
}
