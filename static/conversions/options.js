/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {import("./types.js").Rules} Rules */
/** @typedef {import("./types.js").Options} Options */

/** @typedef {{ value: unknown, wrong: string }} Read what a field says, and what is wrong with it or "" */

/** Numbers that one feels one's way to. */
const SLIDERS = new Set(["quality", "compression", "audio_bitrate", "video_bitrate", "bitrate", "dpi"]);

/**
 * How an option is asked for.
 * @param {string} name
 * @param {Rule} rule
 * @returns {"choice" | "tick" | "slider" | "number" | "colour" | "password" | "text"}
 */
export function control(name, { enum: choices, type, format }) {
  if (choices) return "choice";
  if (type === "boolean") return "tick";
  if (type === "integer" || type === "number") return SLIDERS.has(name) ? "slider" : "number";
  if (format === "color") return "colour";
  return format === "password" ? "password" : "text";
}

/**
 * What was typed, as the option's value. What is left empty is the default.
 * @param {Rule} rule
 * @param {string} text
 * @returns {Read}
 */
export function read(rule, text) {
  if (text.trim() === "") return { value: rule.default, wrong: "" };
  if (rule.type === "integer" || rule.type === "number") return readNumber(rule, text);
  const fits = !rule.pattern || new RegExp(`^(?:${rule.pattern})$`, "u").test(text);
  return { value: text, wrong: fits ? "" : `Must be ${rule.expected ?? "written in another way"}.` };
}

/** @param {Rule} rule @param {string} text @returns {Read} */
function readNumber({ type, minimum = -Infinity, maximum = Infinity }, text) {
  const value = Number(text.trim().replace(",", "."));
  const fits = value >= minimum && value <= maximum && (type === "number" || Number.isInteger(value));
  const sort = type === "integer" ? "a whole number" : "a number";
  return { value, wrong: fits ? "" : `Must be ${sort} from ${minimum} to ${maximum}.` };
}

/** Of these options those that are there, and not as they would be anyway. @param {Rules} rules @param {Options} options @returns {Options} */
export function changed(rules, options) {
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => name in rules && value !== rules[name].default),
  );
}

/** What may be kept for the next file: a password is of one alone. @param {Rules} rules @param {Options} options @returns {Options} */
export function lasting(rules, options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => rules[name]?.format !== "password"));
}

/** What a choice is called. @type {Record<string, string>} */
const CHOICES = {
  auto: "Automatic",
  inside: "All of it, within",
  cover: "Filled, edges cut off",
  fill: "Stretched",
  "no-location": "Without the place",
  none: "None",
  keep: "As it is",
  ",": "Comma",
  ";": "Semicolon",
  "|": "Vertical bar",
  tab: "Tab",
};

/** @param {unknown} value */
export function choice(value) {
  return CHOICES[String(value)] ?? String(value);
}

/** A title without what it explains: "Quality". @param {string} name @param {Rule} rule */
export function title(name, rule) {
  return rule.title ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/**
 * The options of a row in a few words: "Quality 60", "Quality 60, 2 more"; "Options" where all are as they would be.
 * @param {Rules} rules
 * @param {Options} options
 */
export function summary(rules, options) {
  const [first, ...more] = Object.entries(changed(rules, options));
  if (!first) return "Options";
  const [name, value] = first;
  const short = title(name, rules[name]).replace(/(,| \().*$/, "");
  const told = said(rules[name], short, value);
  return more.length > 0 ? `${told}, ${more.length} more` : told;
}

/** @param {Rule} rule @param {string} short @param {unknown} value */
function said(rule, short, value) {
  if (rule.format === "password") return `${short} set`;
  return typeof value === "boolean" ? `${short}: ${value ? "yes" : "no"}` : `${short} ${choice(value)}`;
}
