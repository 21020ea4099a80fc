// Times as people read them, and ages that grow by themselves.

import { all } from "./dom.js";

/** @type {[below: number, unit: number, name: string][]} */
const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [2 * 86400, 3600, "h"],
];
/** @type {[below: number, unit: number, name: string]} */
const DAYS = [Infinity, 86400, "d"];
const TICK_MS = 1000;

/**
 * "now", "12 s ago", "3 min ago", "in 2 h": `at` and `now` in ms.
 *
 * @param {number} at
 */
export function age(at, now = Date.now()) {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  const [, unit, name] = STEPS.find(([below]) => size < below) ?? DAYS;
  const text = `${Math.floor(size / unit)} ${name}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

/** "2 h 05 min", "12 min". @param {number} seconds */
export function span(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/**
 * "21:04" today, "20 Nov 21:04" on another day, in UTC.
 *
 * @param {number} at
 */
export function clock(at, now = Date.now()) {
  const text = new Date(at).toISOString();
  const today = new Date(now).toISOString().slice(0, 10) === text.slice(0, 10);
  if (today) return text.slice(11, 16);
  const month = new Date(at).toLocaleString("en-GB", { month: "short", timeZone: "UTC" });
  return `${Number(text.slice(8, 10))} ${month} ${text.slice(11, 16)}`;
}

/**
 * Point a <time data-age> or <time data-clock> at another moment (ms).
 *
 * @param {HTMLElement | null} element
 * @param {number} at
 */
export function setTime(element, at) {
  if (!element) return;
  element.setAttribute("datetime", new Date(at).toISOString());
  refresh(element, Date.now());
}

/**
 * @param {HTMLElement} element
 * @param {number} now
 */
function refresh(element, now) {
  const at = Date.parse(element.getAttribute("datetime") ?? "");
  if (Number.isNaN(at)) return;
  const text = "age" in element.dataset ? age(at, now) : clock(at, now);
  if (element.textContent !== text) element.textContent = text;
  if (!element.title) element.title = "";
  const title = new Date(at).toISOString().replace("T", " ").slice(0, 19) + " UTC";
  if (element.title !== title) element.title = title;
}

/** Keep every <time data-age> and <time data-clock> of the page, and the clock of the header, right. */
export function keepTime() {
  const tick = () => {
    const now = Date.now();
    const header = document.getElementById("clock");
    const text = new Date(now).toISOString().slice(11, 19);
    if (header && !document.hidden) header.textContent = text;
    for (const element of all(document, "time[data-age], time[data-clock]")) refresh(element, now);
  };
  tick();
  return setInterval(tick, TICK_MS);
}
