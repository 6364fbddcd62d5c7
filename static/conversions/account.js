const PARTS = ["nav", ".account"];
const LINKS = ".bar nav a, .bar a.account";

/**
 * Show in the header who we are now, as the server's page says; a form in it has its new token then. Without an answer
 * nothing changes.
 */
export async function refreshHeader() {
  const response = await fetch(location.pathname, { signal: AbortSignal.timeout(15_000) }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of PARTS) {
    const [old, now] = [document, page].map((each) => each.querySelector(`.bar ${part}`));
    if (old && now) old.replaceWith(document.adoptNode(now));
  }
  // That page may be the one to sign in, to which we were sent.
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(LINKS))) {
    if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
