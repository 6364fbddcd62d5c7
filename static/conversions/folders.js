/** @typedef {import("./types.js").Brought} Brought */

/** A whole disk dropped by mistake is not read to its end. */
const ENOUGH = 20_000;

/** @param {DataTransfer} transfer @returns {Promise<Brought[]>} what was dropped, also what lies in folders */
export async function filesIn(transfer) {
  // All must be asked for before the first await: the browser empties the list after the event.
  const items = [...transfer.items].map((item) => ({
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
  }));
  /** @type {Brought[]} */
  const found = [];
  for (const { entry, file } of items) {
    if (entry?.isDirectory) await collect(entry, found);
    else if (file) found.push({ file, inFolder: false });
  }
  return found;
}

/** @param {FileSystemEntry} entry @param {Brought[]} found */
async function collect(entry, found) {
  if (found.length >= ENOUGH) return;
  if (entry.isDirectory) {
    const entries = await allOf(/** @type {FileSystemDirectoryEntry} */ (entry).createReader());
    for (const each of entries) await collect(each, found);
    return;
  }
  const file = await fileOf(/** @type {FileSystemFileEntry} */ (entry));
  if (file) found.push({ file, inFolder: true });
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File | null>} null where it cannot be read */
function fileOf(entry) {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

/** A folder's content comes in parts of a hundred. @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} */
async function allOf(reader) {
  const entries = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const part = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (part.length === 0 || entries.length >= ENOUGH) return entries;
    entries.push(...part);
  }
}
