// What the panels of a site's page share: the page's facts, and rows made from the server's own markup.

import { ApiError } from "../api.js";
import { byId, pageData, setText, within } from "../dom.js";

/** @type {SitePage} */
export const page = pageData("page");

/**
 * The first element with `data-f="name"` inside `element`.
 *
 * @param {HTMLElement} element
 * @param {string} name
 */
export function slot(element, name) {
  return within(element, `[data-f="${name}"]`);
}

/**
 * A new element from a <template>: the same markup that the server renders rows with.
 *
 * @param {string} templateId
 * @returns {HTMLElement}
 */
export function row(templateId) {
  const content = byId(templateId, HTMLTemplateElement).content;
  return within(document.importNode(content, true), "*");
}

/**
 * Show or hide the sentence that stands where nothing is.
 *
 * @param {string} id
 * @param {boolean} empty
 */
export function emptyWhen(id, empty) {
  byId(id).hidden = !empty;
}

/**
 * Show why something was refused, where it was asked for; an empty text takes it away.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function refuse(element, text) {
  element.hidden = !text;
  setText(element, text);
}

/**
 * Mark what just changed for a moment; where motion is not wanted, nothing moves.
 *
 * @param {HTMLElement} element
 */
export function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // restarts the animation
  element.classList.add("changed");
}

/**
 * Ask the server in the background. A question that finds no answer costs nothing: what is shown stays, and the
 * next frame, or the next connection, asks again.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function quietly(work) {
  try {
    return await work();
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    return undefined;
  }
}

/**
 * Run `work` now and every `ms`, and when a hidden page is looked at again.
 *
 * @param {number} ms
 * @param {() => unknown} work
 */
export function every(ms, work) {
  work();
  setInterval(() => document.hidden || work(), ms);
  document.addEventListener("visibilitychange", () => document.hidden || work());
}
