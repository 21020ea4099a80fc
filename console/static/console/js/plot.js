// A plot over time, drawn by uPlot (vendored), with its text for those who do not see it.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { el } from "./dom.js";

const HEIGHT = 180;
const COLOURS = ["--plot-1", "--plot-2", "--plot-3", "--plot-4", "--plot-5", "--plot-6"];
// Never colour alone: lines differ in their dashes, too.
const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 4], [12, 6]];

/**
 * plot(box, {title, unit, series: [{name, values}], times, step, height}): draw into `box`, which must be empty.
 *
 * `times` are unix seconds, ascending; `values` are numbers, or null for a gap, as long as `times`. `step`: a
 * stair and not a slope, for what is counted. Returns {update({times, series}), destroy()}.
 * The drawing is an image to a screen reader; its description says the newest, least and most of each line.
 *
 * @param {HTMLElement} box
 * @param {PlotData} what
 */
export function plot(box, what) {
  const text = el("figcaption.visually-hidden", { id: `${box.id || "plot"}-text` });
  const frame = el("div.plot-frame", { role: "img", "aria-labelledby": text.id });
  box.replaceChildren(el("figure.plot", {}, text, frame));
  let data = what;
  /** @type {uPlot | null} */
  let chart = null;
  const draw = () => {
    chart?.destroy();
    chart = new uPlot(options(frame, data), table(data), frame);
    text.textContent = described(data);
  };
  const resized = new ResizeObserver(() => chart?.setSize({ width: width(frame), height: data.height ?? HEIGHT }));
  draw();
  resized.observe(frame);
  document.addEventListener("themechange", draw);
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", draw);
  return {
    /** @param {Pick<PlotData, "times" | "series">} next */
    update(next) {
      /** @type {(series: PlotData["series"]) => string} */
      const names = (series) => JSON.stringify(series.map((each) => each.name));
      const same = names(next.series) === names(data.series);
      data = { ...data, ...next };
      if (!same) return draw();
      chart?.setData(table(data));
      text.textContent = described(data);
    },
    destroy() {
      resized.disconnect();
      document.removeEventListener("themechange", draw);
      system.removeEventListener("change", draw);
      chart?.destroy();
    },
  };
}

/**
 * Without a pointer over the plot its legend shows the newest values.
 *
 * @param {uPlot} chart
 */
function newest(chart) {
  const count = chart.data[0].length;
  if (count && (chart.cursor.idx ?? null) === null) chart.setLegend({ idx: count - 1 }, false);
}

/** @param {HTMLElement} frame */
function width(frame) {
  return Math.max(120, Math.floor(frame.clientWidth));
}

/**
 * @param {PlotData} data
 * @returns {uPlot.AlignedData}
 */
function table(data) {
  return [data.times, ...data.series.map((each) => each.values)];
}

/**
 * @param {HTMLElement} frame
 * @param {PlotData} data
 * @returns {uPlot.Options}
 */
function options(frame, data) {
  const style = getComputedStyle(document.documentElement);
  /** @type {(name: string) => string} */
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1, size: 4 },
    font: "12px system-ui, sans-serif",
  };
  const unit = data.unit ? ` ${data.unit}` : "";
  /** @type {uPlot.Series[]} */
  const lines = data.series.map((each, n) => ({
    label: each.name,
    stroke: colour(COLOURS[n % COLOURS.length]),
    dash: DASHES[n % DASHES.length],
    width: 2,
    points: { show: false },
    paths: data.step ? uPlot.paths.stepped?.({ align: 1 }) : undefined,
    value: (_, value) => (value === null || value === undefined ? "–" : `${number(value)}${unit}`),
  }));
  return {
    width: width(frame),
    height: data.height ?? HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { live: true },
    hooks: { draw: [newest], setCursor: [newest] },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, least, most) => range(least, most, data) } },
    axes: [
      { ...axis, size: 34, values: (_, ticks) => ticks.map(hour), space: 56 },
      { ...axis, size: 48, space: 28, values: (_, ticks) => ticks.map(number) },
    ],
    series: [{ label: "UTC", value: (_, seconds) => (seconds ? moment(seconds) : "–") }, ...lines],
  };
}

/**
 * What is counted begins at 0; what is measured shows its own range, with a little air.
 *
 * @param {number | null} least
 * @param {number | null} most
 * @param {Pick<PlotData, "step">} data
 * @returns {[number, number]}
 */
export function range(least, most, data) {
  if (least === null || most === null) return [0, 1];
  if (data.step) return [0, Math.max(most * 1.08, 4)];
  const air = Math.max((most - least) * 0.1, Math.abs(most) * 0.01, 0.1);
  return [least - air, most + air];
}

/** @param {number} seconds */
export function hour(seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(11, 16) === "00:00" ? text.slice(5, 10) : text.slice(11, 16);
}

/** @param {number} seconds */
export function moment(seconds) {
  return new Date(seconds * 1000).toISOString().slice(5, 16).replace("T", " ");
}

/** @param {number} value */
export function number(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** @param {Omit<PlotData, "step" | "height">} data */
export function described(data) {
  const unit = data.unit ? ` ${data.unit}` : "";
  const told = data.series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null && value !== undefined);
    if (!known.length) return `${name}: no values.`;
    const least = known.reduce((one, other) => Math.min(one, other));
    const most = known.reduce((one, other) => Math.max(one, other));
    return `${name}: now ${number(known[known.length - 1])}${unit}, from ${number(least)} to ${number(most)}${unit}.`;
  });
  const span = data.times.length
    ? ` from ${moment(data.times[0])} to ${moment(data.times[data.times.length - 1])} UTC`
    : "";
  return `${data.title}${span}. ${told.join(" ") || "Nothing to show yet."}`;
}
