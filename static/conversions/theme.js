// A classic script, since a module would run only after the first paint, which would flash in the wrong colours.
(() => {
  const NAME = "convertsite.theme";
  const THEMES = ["", "light", "dark"];
  const LABELS = { "": "as the system", light: "light", dark: "dark" };

  /** @returns {keyof typeof LABELS} "" follows the system */
  function chosen() {
    try {
      const name = localStorage.getItem(NAME);
      return name === "light" || name === "dark" ? name : "";
    } catch {
      return ""; // storage is refused in some private windows
    }
  }

  /** @param {string} theme */
  function keep(theme) {
    try {
      localStorage.setItem(NAME, theme);
    } catch {
      // Then it lasts as long as the page.
    }
  }

  /** @param {keyof typeof LABELS} theme */
  function show(theme) {
    document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    button?.setAttribute("aria-label", `Colours: ${LABELS[theme]}`);
    button?.setAttribute("title", `Colours: ${LABELS[theme]}`);
  }

  show(chosen());
  addEventListener("storage", ({ key }) => key === NAME && show(chosen()));
  addEventListener("DOMContentLoaded", () => {
    show(chosen());
    document.getElementById("theme")?.addEventListener("click", () => {
      const now = document.documentElement.dataset.theme ?? "";
      const next = /** @type {keyof typeof LABELS} */ (THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
      keep(next);
      show(next);
    });
  });
})();
