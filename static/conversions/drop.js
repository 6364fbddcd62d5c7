import { filesIn } from "./folders.js";

/** @typedef {import("./types.js").Brought} Brought */

/**
 * Take files from wherever people bring them: the whole window takes drops and pastes, buttons open dialogues.
 * @param {{ input: HTMLInputElement, button: HTMLElement }[]} dialogues
 * @param {(brought: Brought[]) => void} take
 */
export function watchFiles(dialogues, take) {
  for (const { input, button } of dialogues) {
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      take([...(input.files ?? [])].map((file) => ({ file, inFolder: input.webkitdirectory })));
      input.value = "";
    });
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) take(files.map((file) => ({ file, inFolder: false })));
  });
  watchDrops(take);
}

/** @param {(brought: Brought[]) => void} take */
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
