import { ApiError, csrfToken, problemOf } from "./api.js";

const STALL_MS = 60_000;
const CODE_CUT = "upload_cut";

/**
 * @typedef {object} Transfer
 * @property {Promise<import("./types.js").Conversion>} done rejects with an `ApiError`
 * @property {() => void} abort
 */

/**
 * Send a file; by XMLHttpRequest, since fetch does not tell how much was sent.
 * @param {string} url
 * @param {string} csrfCookie
 * @param {File} file
 * @param {string} to
 * @param {(sent: number) => void} progress bytes of the file
 * @returns {Transfer}
 */
export function transfer(url, csrfCookie, file, to, progress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    const stall = stallWatch(() => request.abort());
    request.upload.onprogress = ({ loaded, total }) => {
      stall.moved();
      progress(total > 0 ? Math.round((loaded / total) * file.size) : 0);
    };
    request.onloadend = () => {
      stall.stop();
      if (request.status === 201) resolve(request.response);
      else reject(new ApiError(problem(request), request.status));
    };
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("X-CSRFToken", csrfToken(csrfCookie));
    request.send(form(file, to));
  });
  return { done, abort: () => request.abort() };
}

/** @param {File} file @param {string} to */
function form(file, to) {
  const data = new FormData();
  data.append("to", to);
  data.append("file", file);
  return data;
}

/** @param {XMLHttpRequest} request @returns {import("./types.js").Problem} */
function problem(request) {
  if (request.status !== 0) return problemOf(request.status, request.response);
  return {
    code: CODE_CUT,
    message: "The upload was cut.",
    suggestion: "Check the network, and that the file still lies where it was; then retry.",
    retryable: true,
  };
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
