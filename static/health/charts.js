/** @typedef {Record<string, (number | null)[]>} Columns */
/** @typedef {{ title: string, unit: string, most?: number, lines: { column: string, label: string }[] }} Chart */

/** It comes as a classic script, which leaves this name. @type {typeof import("uplot")} */
const uPlot = /** @type {any} */ (globalThis).uPlot;
/** Samples come each minute. */
const EVERY_MS = 60_000;
const HEIGHT = 180;

/** @type {Chart[]} */
const CHARTS = [
  {
    title: "Connections",
    unit: "",
    lines: [
      { column: "open", label: "open" },
      { column: "poor", label: "of poor quality" },
    ],
  },
  {
    title: "Round trip",
    unit: " ms",
    lines: [
      { column: "latency_p50_ms", label: "half within" },
      { column: "latency_p95_ms", label: "95 % within" },
    ],
  },
  {
    title: "Frames delivered",
    unit: " %",
    most: 100,
    lines: [{ column: "delivery_rate", label: "acknowledged" }],
  },
  {
    title: "Trouble",
    unit: "",
    lines: [
      { column: "waiting", label: "waiting" },
      { column: "failed", label: "connections failed" },
    ],
  },
];

/** The samples as charts, drawn again when new ones came and when admin's theme changes. */
export class Charts {
  #element;
  /** @type {Columns | null} */
  #columns = null;
  /** @type {import("uplot")[]} */
  #drawn = [];

  /** @param {HTMLElement} element whose `data-url` and `data-span` say where the samples are */
  constructor(element) {
    this.#element = element;
  }

  async start() {
    await this.#load();
    setInterval(() => void this.#load(), EVERY_MS);
    const again = () => this.#draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(() => this.#fit()).observe(this.#element);
  }

  async #load() {
    const { url = "", span = "" } = this.#element.dataset;
    try {
      const response = await fetch(`${url}?span=${span}`);
      if (!response.ok) return;
      this.#columns = await response.json();
    } catch {
      return; // what is drawn stays, and the page's light says that the server is away
    }
    this.#draw();
  }

  #draw() {
    const columns = this.#columns;
    if (!columns) return;
    this.#drawn.forEach((chart) => chart.destroy());
    this.#element.replaceChildren();
    this.#element.hidden = false;
    this.#drawn = CHARTS.map((chart) => this.#one(chart, columns));
  }

  /** @param {Chart} chart @param {Columns} columns */
  #one({ title, unit, most, lines }, columns) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = title;
    figure.append(caption);
    this.#element.append(figure);
    const styles = getComputedStyle(figure);
    /** @param {string} name */
    const colour = (name) => styles.getPropertyValue(name).trim();
    const [since = 0, until = 0] = columns.range;
    const axis = {
      stroke: colour("--body-quiet-color"),
      grid: { stroke: colour("--hairline-color"), width: 1 },
    };
    /** @type {import("uplot").Options} */
    const options = {
      width: figure.clientWidth,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      axes: [axis, { ...axis, size: 72, values: (_, splits) => splits.map((value) => `${value}${unit}`) }],
      scales: {
        x: { range: () => [since ?? 0, until ?? 0] },
        y: { range: (_, least, greatest) => range(least, greatest, most) },
      },
      series: [
        { value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
        ...lines.map(({ label }, number) => ({
          label,
          stroke: colour(`--series-${number + 1}`),
          width: 2,
          points: { show: columns.taken_at.length < 3 },
          value: (/** @type {unknown} */ _, /** @type {number | null} */ value) => said(value, unit),
        })),
      ],
    };
    const data = [columns.taken_at, ...lines.map(({ column }) => columns[column])];
    return new uPlot(options, /** @type {import("uplot").AlignedData} */ (data), figure);
  }

  #fit() {
    for (const chart of this.#drawn) {
      const width = chart.root.parentElement?.clientWidth ?? 0;
      if (width && width !== chart.width) chart.setSize({ width, height: HEIGHT });
    }
  }
}

/**
 * From zero; or, where there is a most, from just below the least.
 * @param {number | null} least @param {number | null} greatest @param {number} [most]
 * @returns {[number, number]}
 */
export function range(least, greatest, most) {
  if (most === undefined) return [0, Math.max(greatest ?? 0, 1) * 1.1];
  return [Math.max(0, Math.min(least ?? most, most - 1) - 0.5), most];
}

/** @param {number | null} value @param {string} unit */
function said(value, unit) {
  return value === null || value === undefined ? "—" : `${Math.round(value * 100) / 100}${unit}`;
}
