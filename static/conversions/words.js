const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const MIB = 1024 ** 2;

/** @param {number} count @param {string} one @param {string} [many] */
export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A size for people, in powers of 1,000. @param {number} count @returns {string} */
export function bytes(count) {
  if (count < 1000) return plural(count, "byte");
  const power = Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  const scaled = count / 1000 ** power;
  const shown = scaled.toFixed(scaled < 10 && power > 1 ? 1 : 0);
  // 999,950 would else read "1000 KB".
  return Number(shown) >= 1000 && UNITS[power + 1] ? bytes(1000 ** (power + 1)) : `${shown} ${UNITS[power]}`;
}

/** A limit for people: limits are set in powers of 1,024. @param {number} count */
export function limit(count) {
  if (count % MIB !== 0) return bytes(count);
  return count % (MIB * 1024) === 0 ? `${count / MIB / 1024} GiB` : `${count / MIB} MiB`;
}

/** @param {number} percent @returns {string} whole, and never rounded up */
export function percentage(percent) {
  return `${Math.floor(percent)} %`;
}

/** With a tenth for the short ones that are not whole. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 9.95 && !Number.isInteger(seconds)) return `${Math.max(seconds, 0.1).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** How the size changed: "87 % smaller". @param {number} before @param {number} after */
export function difference(before, after) {
  if (before === 0) return "";
  const change = Math.round((Math.abs(after - before) / before) * 100);
  if (change === 0) return "same size";
  if (after < before) return `${Math.min(change, 99)} % smaller`;
  return change < 100 ? `${change} % larger` : `${(after / before).toFixed(1)} times the size`;
}

const letters = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Split so that the ending, and with it the extension, stays in sight. @param {string} name */
export function halves(name) {
  const parts = [...letters.segment(name)].map(({ segment }) => segment);
  let head = parts.length > 16 ? parts.length - 10 : parts.length;
  // A space after the ellipsis would be a hole.
  while (parts[head]?.trim() === "") head += 1;
  return [parts.slice(0, head).join(""), parts.slice(head).join("")];
}

/** @type {Record<string, string>} */
const STAGES = {
  starting: "Starting",
  reading: "Reading",
  decoding: "Reading",
  converting: "Converting",
  processing: "Converting",
  encoding: "Encoding",
  writing: "Encoding",
  checking: "Checking",
  saving: "Saving",
  storing: "Saving",
};

/** @param {string | null} id of a stage; one that is not known here is shown as it is */
export function stage(id) {
  if (!id) return "Starting";
  return STAGES[id] ?? id.charAt(0).toUpperCase() + id.slice(1).replaceAll("_", " ");
}
