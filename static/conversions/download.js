import { problemOf } from "./api.js";

const ANSWER_MS = 15_000;
const TOLD_MS = 8000;

/**
 * Has the links in an element ask before they save: where the file has gone, or the network, the person is told so.
 * @param {HTMLElement} element
 * @param {Pick<import("./toast.js").Toast, "show">} toast
 */
export function watchDownloads(element, toast) {
  element.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a[download]");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    if (event.detail <= 1) void download(link.href, toast); // a second click asks for no second file
  });
}

/**
 * Save a file, if the site has it.
 * @param {string} url
 * @param {Pick<import("./toast.js").Toast, "show">} toast
 */
export async function download(url, toast) {
  const problem = await refusal(url);
  if (problem) return toast.show(`${problem.message} ${problem.suggestion}`, TOLD_MS);
  const link = document.createElement("a");
  Object.assign(link, { href: url, download: "" }); // without `download`, an error would take the page's place
  link.click();
}

/** What speaks against it. The file itself is not read here. @param {string} url */
async function refusal(url) {
  const asking = new AbortController();
  const timer = setTimeout(() => asking.abort(), ANSWER_MS);
  const response = await fetch(url, { signal: asking.signal }).catch(() => null);
  const isFile = response?.ok && response.headers.has("Content-Disposition");
  const body = isFile ? null : await response?.json().catch(() => null);
  clearTimeout(timer);
  asking.abort();
  return isFile ? null : problemOf(response?.status ?? 0, body);
}
