/** @typedef {import("./formats.js").Formats} Formats */
/**
 * @typedef {object} Question what the files of one row, or of several, shall become
 * @property {string[]} sources the ids of their formats, "" where the name tells none
 * @property {string[]} targets ids of what all of them can become
 * @property {string} to the present choice, or ""
 * @property {string | null} last the target that was used last
 *
 * @typedef {{ label: string, ids: string[] }} Group
 */

const PAGE = 8;

/**
 * What a target picker offers. Of what is typed the best match comes first; else the usual targets do, then the others
 * by kind.
 * @param {Question} question
 * @param {Formats} formats
 * @param {string} typed
 * @returns {Group[]}
 */
export function offer({ sources, targets, last }, formats, typed) {
  if (wanted(typed)) return named("", matches(targets, formats, typed));
  const usual = new Set(sources.flatMap((source) => formats.usual(source, last)));
  const first = [...usual].filter((id) => targets.includes(id));
  const others = formats.byKind(targets.filter((id) => !first.includes(id)));
  return [...named("Usual", first), ...[...others].flatMap(([kind, ids]) => named(kind, ids))];
}

/** @param {string} label @param {string[]} ids @returns {Group[]} */
function named(label, ids) {
  return ids.length > 0 ? [{ label, ids }] : [];
}

/**
 * The formats whose id, ending or name has what is typed: those that are called so, then those that begin so.
 * @param {string[]} ids
 * @param {Formats} formats
 * @param {string} typed
 */
export function matches(ids, formats, typed) {
  const ranked = ids.map((id) => ({ id, rank: rank(id, formats, wanted(typed)) }));
  return ranked
    .filter((each) => each.rank < NO_MATCH)
    .sort((one, other) => one.rank - other.rank)
    .map(({ id }) => id);
}

const NO_MATCH = 3;

/** @param {string} id @param {Formats} formats @param {string} sought */
function rank(id, formats, sought) {
  const name = formats.name(id).toLowerCase();
  const words = [id, ...formats.extensions(id), name];
  if (words.includes(sought)) return 0;
  if ([...words, ...name.split(" ")].some((word) => word.startsWith(sought))) return 1;
  return name.includes(sought) ? 2 : NO_MATCH;
}

/** People type ".pdf" as well as "pdf". @param {string} typed */
function wanted(typed) {
  return typed.trim().toLowerCase().replace(/^\./, "");
}

/**
 * Why a format that was typed is not among the targets; "" where nothing is missed.
 * @param {Question} question
 * @param {Formats} formats
 * @param {string} typed
 */
export function missing({ sources, targets }, formats, typed) {
  const sought = wanted(typed);
  if (!sought) return "";
  const [best] = matches(formats.ids, formats, typed);
  const isCalledSo = best !== undefined && rank(best, formats, sought) === 0;
  if (!isCalledSo && matches(targets, formats, typed).length > 0) return "";
  if (best === undefined) return `No format here is called “${typed.trim()}”.`;
  return targets.includes(best) ? "" : reason(best, [...new Set(sources)], formats);
}

/** @param {string} to @param {string[]} sources @param {Formats} formats */
function reason(to, sources, formats) {
  const name = formats.name(to);
  const makers = formats.sources(to);
  if (makers.length === 0) return `${name} files can be read here, but not made.`;
  if (sources.includes(to)) return `${sources.length > 1 ? "One of them" : "It"} is ${name} already.`;
  // Of what is not what its name says, or whose name says nothing, there is no name to tell.
  const unable = sources.filter((source) => source && !makers.includes(source));
  const those = listed(unable.map((source) => formats.name(source))) || "It";
  const able = listed([...formats.byKind(makers).keys()]).toLowerCase();
  return `${those} cannot become ${name} here. What can: ${able}.`;
}

/** @param {string[]} words */
function listed(words) {
  return words.length < 3 ? words.join(" and ") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/**
 * Which of the options a key leads to; null where it leads to none.
 * @param {string} key
 * @param {number} active the present one, -1: none
 * @param {number} count
 */
export function moved(key, active, count) {
  const last = count - 1;
  if (count === 0) return null;
  switch (key) {
    case "ArrowDown":
      return active >= last ? 0 : active + 1;
    case "ArrowUp":
      return active <= 0 ? last : active - 1;
    case "PageDown":
      return Math.min(active + PAGE, last);
    case "PageUp":
      return Math.max(active - PAGE, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

const GAP = 4;
const EDGE = 8;
const WIDEST = 360;
const HIGHEST = 420;
/** So much room is enough below, whatever is above. */
const ENOUGH = 240;

/**
 * Where the popup stands: under what it belongs to, or over it where there is more room; always in sight.
 * @param {{ left: number, top: number, bottom: number }} anchor in pixels of the viewport
 * @param {{ width: number, height: number }} viewport
 * @returns {{ left: number, width: number, height: number, top: number | null, bottom: number | null }} its greatest
 * height, and the edge that is fixed
 */
export function place(anchor, viewport) {
  const width = Math.min(WIDEST, viewport.width - 2 * EDGE);
  const left = Math.max(Math.min(anchor.left, viewport.width - width - EDGE), EDGE);
  const below = viewport.height - anchor.bottom - GAP - EDGE;
  const above = anchor.top - GAP - EDGE;
  const isBelow = below >= ENOUGH || below >= above;
  return {
    left,
    width,
    height: Math.max(Math.min(HIGHEST, isBelow ? below : above), 0),
    top: isBelow ? anchor.bottom + GAP : null,
    bottom: isBelow ? null : viewport.height - anchor.top + GAP,
  };
}
