// Lists that the server renders, brought up to date from a page that was asked for again.
//
// What has not changed stays as it is, with its focus and its selection. An element with data-keyed holds
// children with data-key; a child whose data-version is another one is replaced.

import { all, childrenOf, maybe } from "./dom.js";

/**
 * Take over every keyed list of `page` (a parsed document) into this one; the names of those that changed.
 *
 * @param {Document} page
 */
export function takeOver(page) {
  /** @type {(string | undefined)[]} */
  const changed = [];
  for (const list of all(document, "[data-keyed]")) {
    const fresh = maybe(page, `[data-keyed="${list.dataset.keyed}"]`);
    if (fresh && merge(list, fresh)) changed.push(list.dataset.keyed);
  }
  for (const part of all(document, "[data-part]")) {
    const fresh = maybe(page, `[data-part="${part.dataset.part}"]`);
    if (fresh) part.hidden = fresh.hidden;
  }
  return changed;
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} fresh
 */
function merge(list, fresh) {
  const known = new Map(childrenOf(list).map((child) => [child.dataset.key, child]));
  const wanted = childrenOf(fresh);
  let changed = wanted.length !== known.size;
  const children = wanted.map((child) => {
    const mine = known.get(child.dataset.key);
    if (mine && mine.dataset.version === child.dataset.version) return mine;
    changed = true;
    if (mine) child.classList.add("changed");
    return child;
  });
  // Moved only when the order is another one: moving an element takes its focus away.
  if (changed || children.some((child, n) => list.children[n] !== child)) list.replaceChildren(...children);
  return changed;
}
