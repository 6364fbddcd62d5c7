import { percentage } from "./words.js";

const NAME = "Convertsite";
const STEP = 4;

/** The overall progress where it is seen from other tabs: in the page's title and its icon. */
export class TabProgress {
  #icon;
  #still;
  #shown = "";

  /** @param {HTMLLinkElement} icon */
  constructor(icon) {
    this.#icon = icon;
    this.#still = icon.href;
  }

  /** @param {number | null} percent null when nothing is under way */
  render(percent) {
    const title = percent === null ? NAME : `${percentage(percent)} · ${NAME}`;
    if (document.title !== title) document.title = title;
    // In steps: browsers draw an icon anew with each change.
    const href = percent === null ? this.#still : picture(Math.floor(percent / STEP) * STEP);
    if (href === this.#shown) return;
    this.#shown = href;
    this.#icon.href = href;
  }
}

/** A ring that fills clockwise, on the icon's ground. @param {number} percent */
export function picture(percent) {
  const ring = '<circle cx="16" cy="16" r="9" fill="none" stroke-width="5"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#2748c9"/>${ring} stroke="#fff" stroke-opacity=".3"/>${ring} stroke="#fff" pathLength="100" stroke-dasharray="${percent} 100" transform="rotate(-90 16 16)"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
