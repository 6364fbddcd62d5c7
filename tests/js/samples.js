import { Formats } from "../../static/conversions/formats.js";

/** @typedef {import("../../static/conversions/types.js").Conversion} Conversion */
/** @typedef {import("../../static/conversions/types.js").Upload} Upload */

export const NOW = 1_700_000_000_000;

const image = { kind: "image" };
export const formats = new Formats(
  [
    {
      ...image,
      id: "jpeg",
      name: "JPEG",
      extensions: ["jpg", "jpeg"],
      media_type: "image/jpeg",
      targets: ["png", "webp"],
    },
    {
      ...image,
      id: "png",
      name: "PNG",
      extensions: ["png"],
      media_type: "image/png",
      targets: ["jpeg", "webp"],
    },
    {
      ...image,
      id: "webp",
      name: "WebP",
      extensions: ["webp"],
      media_type: "image/webp",
      targets: ["jpeg", "png"],
    },
    { ...image, id: "gif", name: "GIF", extensions: ["gif"], media_type: "image/gif", targets: [] },
    { id: "mp4", name: "MP4", extensions: ["mp4"], media_type: "video/mp4", kind: "video", targets: [] },
    {
      id: "mov",
      name: "QuickTime",
      extensions: ["mov"],
      media_type: "video/quicktime",
      kind: "video",
      targets: ["mp4", "gif", "mp3"],
    },
    { id: "mp3", name: "MP3", extensions: ["mp3"], media_type: "audio/mpeg", kind: "audio", targets: [] },
    {
      id: "tar.gz",
      name: "tar.gz",
      extensions: ["tar.gz", "tgz"],
      media_type: "application/gzip",
      kind: "archive",
      targets: [],
    },
  ],
  { image: "Pictures", video: "Videos", audio: "Sound", archive: "Archives" },
  [
    { to: "zip", sources: null, options: { properties: {} } },
    { to: "pdf", sources: ["jpeg", "png"], options: { properties: {} } },
  ],
);

/** Routes that nothing is known of. */
export const nowhere = { of: () => undefined, find: () => null };

/** @type {import("../../static/conversions/types.js").Rules} */
export const RULES = {
  quality: { type: "integer", title: "Quality", minimum: 1, maximum: 100, default: 85 },
  upright: { type: "boolean", title: "Upright", default: true },
};

/** Those of one format. @param {import("../../static/conversions/types.js").Route[]} known */
export function routesTo(...known) {
  const byTarget = new Map(known.map((route) => [route.to, route]));
  return {
    of: () => byTarget,
    find: (/** @type {string} */ _, /** @type {string} */ to) => byTarget.get(to) ?? null,
  };
}

/** @param {Partial<Conversion>} [part] @returns {Conversion} */
export function conversion(part = {}) {
  return {
    id: "c1",
    state: "queued",
    stage: null,
    percent: null,
    progress: "phased",
    attempt: 1,
    sources: [{ name: "photo.jpg", size: 3_100_000, format: "jpeg" }],
    to: "webp",
    error: null,
    output: null,
    queue_position: null,
    added_at: NOW,
    created_at: NOW,
    started_at: null,
    heard_at: null,
    finished_at: null,
    expires_at: NOW + 86_400_000,
    ...part,
  };
}

/** @param {Partial<Upload>} [part] @returns {Upload} */
export function upload(part = {}) {
  return {
    key: "file-1",
    name: "photo.jpg",
    size: 1000,
    format: "jpeg",
    parts: [],
    to: "webp",
    options: {},
    wrong: {},
    state: "ready",
    sent: 0,
    error: null,
    addedAt: NOW,
    sentAs: "",
    id: "",
    ...part,
  };
}

export const output = { name: "photo.webp", size: 412_000, media_type: "image/webp", url: "/download" };
export const failure = {
  code: "damaged_file",
  message: "The file is damaged.",
  suggestion: "Export it again.",
  retryable: false,
};
