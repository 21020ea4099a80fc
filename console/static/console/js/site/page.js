// What the panels of a site's page share: the page's facts, and rows made from the server's own markup.

import { ApiError } from "../api.js";
import { pageData, setText } from "../dom.js";

export const page = pageData("page");

/** The first element with `data-f="name"` inside `element`. */
export function slot(element, name) {
  return element.querySelector(`[data-f="${name}"]`);
}

/** A new element from a <template>: the same markup that the server renders rows with. */
export function row(templateId) {
  return document.getElementById(templateId).content.firstElementChild.cloneNode(true);
}

/** Show or hide the sentence that stands where nothing is. */
export function emptyWhen(id, empty) {
  document.getElementById(id).hidden = !empty;
}

/** Show why something was refused, where it was asked for; an empty text takes it away. */
export function refuse(element, text) {
  element.hidden = !text;
  setText(element, text);
}

export function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Mark what just changed for a moment; where motion is not wanted, nothing moves. */
export function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // restarts the animation
  element.classList.add("changed");
}

/**
 * Ask the server in the background. A question that finds no answer costs nothing: what is shown stays, and the
 * next frame, or the next connection, asks again.
 */
export async function quietly(work) {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    return undefined;
  }
}

/** Run `work` now and every `ms`, and when a hidden page is looked at again. */
export function every(ms, work) {
  work();
  setInterval(() => document.hidden || work(), ms);
  document.addEventListener("visibilitychange", () => document.hidden || work());
}
