// "Now" moves through the night's picture, and the list of events says what comes next.

import { all, maybe, setText, within } from "../dom.js";
import { span } from "../time.js";
import { every, slot } from "./page.js";

const EVERY_MS = 30000;

export function start() {
  const picture = maybe(document, "svg.sky", SVGElement);
  if (picture) every(EVERY_MS, () => show(picture, Date.now() / 1000));
}

/**
 * @param {SVGElement} picture
 * @param {number} now
 */
function show(picture, now) {
  const begins = Number(picture.dataset.start);
  const ends = Number(picture.dataset.end);
  const part = (now - begins) / (ends - begins);
  const marker = within(picture, "[data-now]", SVGElement);
  marker.toggleAttribute("hidden", part < 0 || part > 1);
  move(marker, part);
  const rows = all(document, "[data-event]");
  const coming = rows.filter((row) => Number(row.dataset.at) > now).map((row) => row.dataset.at);
  for (const row of rows) {
    const at = Number(row.dataset.at);
    row.dataset.state = at <= now ? "past" : row.dataset.at === coming[0] ? "next" : "coming";
    setText(slot(row, "in"), row.dataset.state === "next" ? `in ${span(at - now)}` : "");
  }
}

/**
 * @param {SVGElement} marker
 * @param {number} part
 */
function move(marker, part) {
  const across = `${(part * 100).toFixed(2)}%`;
  for (const element of marker.children) {
    for (const name of ["x", "x1", "x2"]) if (element.hasAttribute(name)) element.setAttribute(name, across);
  }
}
