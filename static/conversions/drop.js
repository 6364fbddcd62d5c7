/**
 * Take files from wherever people bring them: the whole window takes drops and pastes, a button opens a dialogue.
 * @param {{ input: HTMLInputElement, button: HTMLElement }} controls
 * @param {(files: File[]) => void} take
 */
export function watchFiles({ input, button }, take) {
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...(input.files ?? [])]);
    input.value = "";
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) take(files);
  });
  watchDrops(take);
}

/** @param {(files: File[]) => void} take */
function watchDrops(take) {
  let depth = 0;
  const show = () => document.documentElement.toggleAttribute("data-dropping", depth > 0);
  const count = (/** @type {number} */ by) => (/** @type {DragEvent} */ event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    depth += by;
    show();
  };
  addEventListener("dragenter", count(1));
  addEventListener("dragleave", count(-1));
  addEventListener("dragover", count(0));
  addEventListener("drop", async (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    show();
    take(await filesIn(/** @type {DataTransfer} */ (event.dataTransfer)));
  });
}

/** @param {DragEvent} event */
function bringsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** @param {DataTransfer} transfer @returns {Promise<File[]>} also those in folders */
async function filesIn(transfer) {
  // Entries must be asked for before the first await: the browser empties the list after the event.
  const entries = [...transfer.items]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry) => entry !== null);
  return (await Promise.all(entries.map(filesOf))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<File[]>} */
async function filesOf(entry) {
  if (entry.isFile)
    return [await new Promise((resolve) => /** @type {FileSystemFileEntry} */ (entry).file(resolve))];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const entries = await allOf(reader);
  return (await Promise.all(entries.map(filesOf))).flat();
}

/** A folder's content comes in parts of a hundred. @param {FileSystemDirectoryReader} reader @returns {Promise<FileSystemEntry[]>} */
async function allOf(reader) {
  /** @type {FileSystemEntry[]} */
  const part = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
  return part.length > 0 ? [...part, ...(await allOf(reader))] : [];
}
