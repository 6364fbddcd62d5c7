/**
 * What a target picker offers: under its kind each, once there are several.
 * @param {import("./formats.js").Formats} formats
 * @param {string[]} ids
 */
export function options(formats, ids) {
  const groups = [...formats.byKind(ids)].map(([kind, members]) => {
    const group = document.createElement("optgroup");
    group.label = kind;
    group.append(...members.map((id) => new Option(formats.name(id), id)));
    return group;
  });
  return groups.length > 1 ? groups : groups.flatMap((group) => [...group.children]);
}
