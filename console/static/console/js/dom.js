// Elements without innerHTML: what a site sends is text, whatever it looks like.

const SVG = "http://www.w3.org/2000/svg";

/**
 * el("a.button", {href: "/"}, "Home"): an element with classes, attributes and children.
 * An attribute that is null, undefined or false is left out; true makes it an empty one; a function under
 * "onclick" and the like becomes a listener. Children are nodes or text; null and false are left out.
 */
export function el(name, attributes = {}, ...children) {
  return build(document.createElement(name.split(".")[0]), name, attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, name.split(".")[0]), name, attributes, children);
}

function build(element, name, attributes, children) {
  const classes = name.split(".").slice(1);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.replace(/^on/, ""), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Set the text of an element only when it changed: a screen reader repeats what is set again. */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** Replace all children of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== false));
}

/** What the server left in the page with Django's json_script. */
export function pageData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

/** Tell it to a screen reader, politely. */
export function announce(text) {
  setText(document.getElementById("announce"), text);
}

const SHOWN_MS = 12000;

/** Show a message that goes away by itself; an error stays until it is closed. `kind`: good, bad, info. */
export function tell(text, kind = "info") {
  const box = document.getElementById("messages");
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
