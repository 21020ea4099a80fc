// "Now" moves through the night's picture, and the list of events says what comes next.

import { setText } from "../dom.js";
import { every, slot } from "./page.js";

const EVERY_MS = 30000;

export function start() {
  const picture = document.querySelector("svg.sky");
  if (picture) every(EVERY_MS, () => show(picture, Date.now() / 1000));
}

function show(picture, now) {
  const start = Number(picture.dataset.start);
  const end = Number(picture.dataset.end);
  const part = (now - start) / (end - start);
  const marker = picture.querySelector("[data-now]");
  marker.toggleAttribute("hidden", part < 0 || part > 1);
  move(marker, part);
  const rows = [...document.querySelectorAll("[data-event]")];
  const coming = rows.filter((row) => Number(row.dataset.at) > now).map((row) => row.dataset.at);
  for (const row of rows) {
    const at = Number(row.dataset.at);
    row.dataset.state = at <= now ? "past" : row.dataset.at === coming[0] ? "next" : "coming";
    setText(slot(row, "in"), row.dataset.state === "next" ? `in ${span(at - now)}` : "");
  }
}

function move(marker, part) {
  const across = `${(part * 100).toFixed(2)}%`;
  for (const element of marker.children) {
    for (const name of ["x", "x1", "x2"]) if (element.hasAttribute(name)) element.setAttribute(name, across);
  }
}

/** "2 h 05 min", "12 min". */
export function span(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
