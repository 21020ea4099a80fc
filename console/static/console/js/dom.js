// Elements without innerHTML: what a site sends is text, whatever it looks like.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Child | Child[]} Children */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: Event) => unknown)>} Attributes */

/**
 * The element of that id, which the page has in any case. `Kind` is what the caller needs it to be.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [Kind]
 * @returns {T}
 */
export function byId(id, Kind) {
  return certain(document.getElementById(id), `#${id}`, Kind);
}

/**
 * The first element under `root` that matches, which is there in any case.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [Kind]
 * @returns {T}
 */
export function within(root, selector, Kind) {
  return certain(root.querySelector(selector), selector, Kind);
}

/**
 * The first element under `root` that matches, or null.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [Kind]
 * @returns {T | null}
 */
export function maybe(root, selector, Kind) {
  return kept(root.querySelector(selector), selector, Kind);
}

/**
 * Every element under `root` that matches.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [Kind]
 * @returns {T[]}
 */
export function all(root, selector, Kind) {
  return Array.from(root.querySelectorAll(selector), (element) => certain(element, selector, Kind));
}

/**
 * The children of a list, which are HTML.
 *
 * @param {ParentNode} list
 * @returns {HTMLElement[]}
 */
export function childrenOf(list) {
  return Array.from(list.children, (child) => certain(child, "child"));
}

/**
 * The element that an event came from, or the nearest around it that matches.
 *
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function nearest(event, selector) {
  return event.target instanceof Element ? kept(event.target.closest(selector), selector) : null;
}

/**
 * @template {Element} [T=HTMLElement]
 * @param {Element | null} element
 * @param {string} name
 * @param {new () => T} [Kind]
 * @returns {T}
 */
function certain(element, name, Kind) {
  const found = kept(element, name, Kind);
  if (!found) throw new Error(`The page has no ${name}.`);
  return found;
}

/**
 * @template {Element} [T=HTMLElement]
 * @param {Element | null} element
 * @param {string} name
 * @param {new () => T} [Kind]
 * @returns {T | null}
 */
function kept(element, name, Kind) {
  const Wanted = /** @type {new () => T} */ (Kind ?? HTMLElement);
  if (element === null || element instanceof Wanted) return element;
  throw new Error(`The page's ${name} is no ${Wanted.name}.`);
}

/**
 * el("a.button", {href: "/"}, "Home"): an element with classes, attributes and children.
 * An attribute that is null, undefined or false is left out; true makes it an empty one; a function under
 * "onclick" and the like becomes a listener. Children are nodes or text; null and false are left out.
 *
 * @param {string} name
 * @param {Attributes} [attributes]
 * @param {...Children} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  return build(document.createElement(name.split(".")[0]), name, attributes, children);
}

/**
 * The same for SVG.
 *
 * @param {string} name
 * @param {Attributes} [attributes]
 * @param {...Children} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, name.split(".")[0]), name, attributes, children);
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {string} name
 * @param {Attributes} attributes
 * @param {Children[]} children
 */
function build(element, name, attributes, children) {
  const classes = name.split(".").slice(1);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...present(children));
  return element;
}

/**
 * @param {Children[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  const nodes = [];
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    nodes.push(child instanceof Node ? child : String(child));
  }
  return nodes;
}

/**
 * Set the text of an element only when it changed: a screen reader repeats what is set again.
 *
 * @param {Element | null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/**
 * Replace all children of an element.
 *
 * @param {Element} element
 * @param {...Children} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/**
 * What the server left in the page with Django's json_script.
 *
 * @param {string} id
 * @param {Document} page
 */
export function pageData(id, page = document) {
  return JSON.parse(within(page, `#${id}`).textContent);
}

/**
 * Tell it to a screen reader, politely.
 *
 * @param {string} text
 */
export function announce(text) {
  setText(document.getElementById("announce"), text);
}

const SHOWN_MS = 12000;

/**
 * Show a message that goes away by itself; an error stays until it is closed.
 *
 * @param {string} text
 * @param {"good" | "bad" | "info"} kind
 */
export function tell(text, kind = "info") {
  const box = byId("messages");
  const close = el("button.close", { type: "button", "aria-label": "Close", onclick: () => message.remove() }, "×");
  const icon = { good: "✓", bad: "!", info: "i" }[kind];
  const message = el(
    `div.message.${kind}`,
    { role: kind === "bad" ? "alert" : "status" },
    el("span.icon", { "aria-hidden": "true" }, icon),
    el("span", {}, text),
    close,
  );
  box.append(message);
  if (kind !== "bad") setTimeout(() => message.remove(), SHOWN_MS);
  return message;
}
