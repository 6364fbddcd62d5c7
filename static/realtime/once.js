/** Not for ever: a page that holds a lock is not kept for "back". */
const HELD_MS = 300_000;

/**
 * Do what must happen once though each tab hears of it: the first to ask does it, the others within five minutes do not.
 * Without Web Locks (plain HTTP) nobody does.
 * @param {string} name of this one occasion
 * @param {() => unknown} work if it throws, another tab may try
 * @param {import("./types.js").Locking} [world]
 * @returns {Promise<boolean>} whether it was done here
 */
export function once(name, work, world = {}) {
  const { locks = globalThis.navigator?.locks, setTimeout: later = setTimeout } = world;
  return new Promise((resolve, reject) => {
    if (!locks) return resolve(false);
    const held = locks.request(`once.${name}`, { ifAvailable: true }, async (lock) => {
      if (lock) await work();
      resolve(lock !== null);
      if (lock) await new Promise((release) => later(() => release(null), HELD_MS));
    });
    return held.catch(reject);
  });
}
