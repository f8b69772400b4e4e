/**
 * A line of buttons that save the chart above them as PNG or SVG, and the figures in it as CSV.
 *
 * @typedef {{filename: string, format: string, scale: number}} ImageOptions
 * @typedef {{type?: string, showscale?: boolean}} Trace
 * @typedef {{showlegend?: boolean, legend?: object}} Layout
 * @typedef {Element & {_context?: {toImageButtonOptions: ImageOptions}, data: Trace[], layout: Layout}} Plot
 *   a chart as Plotly leaves it in the page
 */

/** Pixels of a PNG for each of the screen's: sharp in print. */
const SCALE = 3;

/** @type {Readonly<Record<string, string>>} */
const TITLES = { png: "image of dots", svg: "image of lines, for papers", csv: "the figures in the chart" };

/** @param {{parentElement: ParentNode & Node, data: {chart: string, csv: string, alt: string}}} component */
export default function downloads({ parentElement, data }) {
  const formats = data.csv ? ["png", "svg", "csv"] : ["png", "svg"];
  const line = document.createElement("p");
  line.className = "files";
  line.append("Download", ...formats.map((format) => button(format, data)));
  parentElement.querySelector(".files")?.remove();
  parentElement.append(line);
}

/**
 * @param {string} format
 * @param {{chart: string, csv: string, alt: string}} data
 */
function button(format, { chart, csv, alt }) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = format.toUpperCase();
  made.title = TITLES[format] ?? "";
  made.setAttribute("aria-label", `Download ${alt} as ${format.toUpperCase()}`);
  made.addEventListener("click", () => (format === "csv" ? saveText(`hume-${chart}.csv`, csv) : savePlot(chart, format)));
  return made;
}

/**
 * Presses Plotly's own button for images, told which format is wanted: the page has no other way to its code.
 * @param {string} chart
 * @param {string} format
 */
function savePlot(chart, format) {
  const plot = /** @type {Plot | null} */ (document.querySelector(`.st-key-${CSS.escape(chart)} .js-plotly-plot`));
  const camera = /** @type {HTMLElement | null} */ (plot?.querySelector(".modebar-btn") ?? null);
  if (!plot?._context || !camera) return;
  plot._context.toImageButtonOptions = { filename: `hume-${chart}`, format, scale: format === "png" ? SCALE : 1 };
  withLegend(plot, () => camera.click());
}

/**
 * The page says beside the chart what its colours mean; an image must say it itself. Plotly copies the chart when its
 * button is pressed, so that what is on the screen stays as it is.
 * @param {Plot} plot
 * @param {() => void} take
 */
function withLegend(plot, take) {
  const { showlegend, legend } = plot.layout;
  const scales = plot.data.map((trace) => trace.showscale);
  Object.assign(plot.layout, { showlegend: true, legend: { orientation: "h", x: 0, y: 0, yanchor: "top" } });
  for (const trace of plot.data) if (trace.type === "heatmap") trace.showscale = true;
  take();
  Object.assign(plot.layout, { showlegend, legend });
  plot.data.forEach((trace, place) => (trace.showscale = scales[place]));
}

/**
 * @param {string} name
 * @param {string} text
 */
function saveText(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
