import { ApiError, csrfToken, problemOf } from "./api.js";
import { isConversion } from "./payloads.js";

const STALL_MS = 60_000;

/** @typedef {import("./types.js").Problem} Problem */

/** @type {Problem} */
const CUT = {
  code: "upload_cut",
  message: "The upload was cut.",
  suggestion: "Check the network, then retry.",
  retryable: true,
};
/** @type {Problem} */
const GONE = {
  code: "file_gone",
  message: "The file can no longer be read.",
  suggestion: "It was moved, deleted or changed on this device. Choose it again.",
  retryable: false,
};

/** To people, what the site tells programs. @type {Partial<Problem>} */
const SIGNED_OUT = {
  message: "You are signed out.",
  suggestion: "Sign in, in another tab, then retry.",
  retryable: true,
};

/** @typedef {Pick<import("./types.js").Upload, "size" | "to" | "options" | "addedAt" | "sentAs">} Sent */
/**
 * @typedef {object} Transfer
 * @property {Promise<import("./types.js").Conversion>} done rejects with an `ApiError`
 * @property {() => void} abort
 */

/**
 * Send a file, or several that shall become one; by XMLHttpRequest, since fetch does not tell how much was sent.
 * @param {string} url
 * @param {string} csrfCookie
 * @param {File[]} files
 * @param {Sent} upload
 * @param {(sent: number) => void} progress bytes of the files
 * @returns {Transfer}
 */
export function transfer(url, csrfCookie, files, upload, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const stall = stallWatch(() => request.abort());
    request.upload.onprogress = ({ loaded, total }) => {
      stall.moved();
      progress(total > 0 ? Math.round((loaded / total) * upload.size) : 0);
    };
    request.onloadend = () => {
      stall.stop();
      if (request.status === 201 && isConversion(request.response)) resolve(request.response);
      else void problem(request, files).then((told) => reject(new ApiError(told, request.status)));
    };
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrfToken(csrfCookie));
    // Browsers send a request again whose answer was lost, and so do we: the site makes of it what it made before.
    request.setRequestHeader("Idempotency-Key", upload.sentAs);
    request.send(form(files, upload));
  });
  return { done, abort: () => request.abort() };
}

/** @param {File[]} files @param {Sent} upload */
function form(files, { to, options, addedAt }) {
  const data = new FormData();
  data.append("to", to);
  data.append("options", JSON.stringify(options));
  data.append("added_at", addedAt.toFixed(3));
  if (files.length > 1) data.append("combine", "true");
  for (const file of files) data.append("file", file);
  return data;
}

/** @param {XMLHttpRequest} request @param {File[]} files @returns {Promise<Problem>} */
async function problem(request, files) {
  if (request.status !== 0) {
    const told = problemOf(request.status, request.response);
    return told.code === "sign_in_required" ? { ...told, ...SIGNED_OUT } : told;
  }
  const readable = await Promise.all(files.map(isReadable));
  return readable.includes(false) ? GONE : CUT;
}

/** Whether it still lies where it was, unchanged. @param {File} file */
function isReadable(file) {
  return file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );
}

/** Calls `stalled` once nothing moved for a minute. @param {() => void} stalled */
function stallWatch(stalled) {
  let timer = setTimeout(stalled, STALL_MS);
  const stop = () => clearTimeout(timer);
  const moved = () => {
    stop();
    timer = setTimeout(stalled, STALL_MS);
  };
  return { moved, stop };
}
