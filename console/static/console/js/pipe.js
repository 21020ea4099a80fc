// The page of PIPE. Frames say that something happened, not how deep a queue is now: what changed is asked for
// again, at most every few seconds however much happens.

import { get } from "./api.js";
import { byId, pageData } from "./dom.js";
import { plot } from "./plot.js";
import { takeOver } from "./rows.js";
import { showConnection, watch } from "./stream.js";

const AT_MOST_EVERY_MS = 2000;
const MINUTE_MS = 60000;
const LINES = 6;

/** @type {ReturnType<typeof plot> | null} */
let drawing = null;
/** @type {number | null} */
let pending = null;
let asked = 0;

function start() {
  draw(pageData("depths"));
  watch(["pipe"], soon, (state) => {
    showConnection(state);
    if (state.name === "live" && state.again) soon();
  });
  // Leases end and machines fall silent without a frame; a sample is taken every minute.
  setInterval(soon, MINUTE_MS);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
}

function soon() {
  if (pending !== null || document.hidden) return;
  pending = setTimeout(refresh, Math.max(0, asked + AT_MOST_EVERY_MS - Date.now()));
}

async function refresh() {
  pending = null;
  asked = Date.now();
  let html;
  try {
    html = await get(location.pathname);
  } catch {
    return; // the connection's own indicator says so
  }
  const page = new DOMParser().parseFromString(html, "text/html");
  if (page.getElementById("depths") === null) return;
  takeOver(page);
  if (!page.getElementById("nothing")) document.getElementById("nothing")?.remove();
  draw(pageData("depths", page));
}

/**
 * The deepest queues of the day, each a line. `times` are unix ms.
 *
 * @param {{ times: number[], queues: Record<string, { waiting: number[] }> }} depths
 */
function draw({ times, queues }) {
  if (times.length < 2) return;
  /** @type {(name: string) => number} */
  const most = (name) => queues[name].waiting.reduce((one, other) => Math.max(one, other), 0);
  const deepest = Object.keys(queues)
    .sort((one, other) => most(other) - most(one))
    .slice(0, LINES)
    .sort();
  const series = deepest.map((name) => ({ name, values: queues[name].waiting }));
  const what = {
    times: times.map((at) => at / 1000),
    series: series.length ? series : [{ name: "all queues", values: times.map(() => 0) }],
  };
  if (drawing) return drawing.update(what);
  const box = byId("depth-plot");
  drawing = plot(box, { title: "Items waiting in the deepest queues", step: true, height: 220, ...what });
}

start();
