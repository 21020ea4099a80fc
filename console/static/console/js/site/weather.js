// What the weather was, in plots that grow with each post of the weather station.

import { get } from "../api.js";
import { all, byId, el, maybe, setText, within } from "../dom.js";
import { plot } from "../plot.js";
import { emptyWhen, every, quietly } from "./page.js";
import { asNumber, devices, rounded, withUnit } from "./words.js";

const DAY_S = 86400;
const HOURS = 24;

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const box = byId("plots");
  const table = byId("weather-words");
  const curves = page.weather.flatMap((each) => each.curves);
  /** @type {Map<string, ReturnType<typeof plot>>} */
  const cards = new Map();
  /** @type {number[]} */
  let times = []; // unix seconds, by minutes
  /** @type {Record<string, (number | null)[]>} */
  let columns = {};

  async function refresh() {
    /** @type {{ timestamps_ms: number[], columns: Record<string, (number | null)[]> }} */
    const found = await get(`/status/${encodeURIComponent(page.site)}/weather/history?hours=${HOURS}`);
    times = found.timestamps_ms.map((at) => at / 1000);
    columns = found.columns;
    draw();
  }

  /** @param {Frame} frame */
  function take({ topic, data }) {
    if (topic !== "sitestatus" || data.statusType !== "weather") return;
    devices(page.status, data, (kind, _, leaves) => kind === "observing_conditions" && add(leaves));
  }

  /**
   * What was measured later than all that is drawn: a new minute, or a better value in the last.
   *
   * @param {Record<string, Leaf>} leaves
   */
  function add(leaves) {
    const fresh = curves.flatMap(({ column, keys }) => {
      const leaf = keys.map((key) => leaves[key]).find(measured);
      return leaf ? [{ column, ...leaf }] : [];
    });
    if (!fresh.length) return;
    const minute = Math.floor(Math.max(...fresh.map(({ timestamp }) => timestamp)) / 60000) * 60;
    const last = times.at(-1) ?? 0;
    if (minute < last) return;
    if (minute > last) {
      times.push(minute);
      for (const { column } of curves) (columns[column] ??= []).push(null);
    }
    for (const { column, val, timestamp } of fresh) {
      if (timestamp >= minute * 1000) columns[column][times.length - 1] = asNumber(val);
    }
    drop();
    draw();
  }

  function drop() {
    const old = times.findIndex((at) => at >= Date.now() / 1000 - DAY_S);
    if (old <= 0) return;
    times.splice(0, old);
    for (const values of Object.values(columns)) values.splice(0, old);
  }

  function draw() {
    for (const each of page.weather) {
      const known = each.curves.filter(({ column }) => columns[column]?.some((value) => value !== null));
      // Of one moment there is nothing to draw yet.
      if (known.length && times.length > 1) show(each, known);
      for (const curve of known) words(each, curve);
    }
    emptyWhen("no-weather", !times.length);
    table.hidden = !times.length;
  }

  /**
   * @param {WeatherPlot} each
   * @param {Curve[]} drawn
   */
  function show(each, drawn) {
    const series = drawn.map(({ column, name }) => ({ name, values: [...columns[column]] }));
    const known = cards.get(each.title);
    if (known) known.update({ times: [...times], series });
    else cards.set(each.title, added(each, series));
  }

  /**
   * @param {WeatherPlot} each
   * @param {PlotData["series"]} series
   */
  function added(each, series) {
    const frame = el("div", { id: `plot-${each.curves[0].column}` });
    const unit = el("span.muted.small", {}, each.unit);
    const card = el("section.card.plot-card", { "data-title": each.title }, el("h3", {}, each.title, " ", unit), frame);
    /** @type {(title: string | undefined) => number} */
    const place = (title) => page.weather.findIndex((other) => other.title === title);
    const next = all(box, ".plot-card").find((other) => place(other.dataset.title) > place(each.title));
    box.insertBefore(card, next ?? table);
    return plot(frame, { title: each.title, unit: each.unit, times: [...times], series, height: 150, step: each.step });
  }

  /**
   * @param {WeatherPlot} each
   * @param {Curve} curve
   */
  function words(each, { column, name }) {
    const values = columns[column].filter((value) => value !== null);
    /** @type {(value: number) => string} */
    const text = (value) => withUnit(rounded(value, each.decimals), "");
    const body = within(table, "tbody");
    let line = maybe(body, `[data-column="${column}"]`);
    if (!line) {
      const title = each.curves.length === 1 ? each.title : `${each.title}: ${name.toLowerCase()}`;
      const cell = () => el("td.number");
      const unit = el("span.muted.small.nowrap", {}, each.unit);
      line = el("tr", { "data-column": column }, el("th", { scope: "row" }, title, " ", unit), cell(), cell(), cell());
      body.append(line);
    }
    const least = values.reduce((one, other) => Math.min(one, other));
    const most = values.reduce((one, other) => Math.max(one, other));
    [values[values.length - 1], least, most].forEach((value, n) => setText(line.children[n + 1], text(value)));
  }

  quietly(refresh);
  // A page that is looked at again after hours shows no gap that was none.
  every(5 * 60000, () => times.length && drop());
  return { take, refresh };
}

/** @param {Leaf | undefined} leaf */
function measured(leaf) {
  return leaf !== undefined && asNumber(leaf.val) !== null;
}
