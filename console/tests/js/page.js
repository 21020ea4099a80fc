// A page to run scripts in, without a browser: happy-dom's document under the names that scripts know it by.

import { Window } from "happy-dom";

const NAMES = [
  ...["document", "Node", "Element", "HTMLElement", "SVGElement", "HTMLAnchorElement", "HTMLButtonElement"],
  ...["HTMLDialogElement", "HTMLFormElement", "HTMLImageElement", "HTMLInputElement", "HTMLSelectElement"],
  ...["HTMLProgressElement", "HTMLTemplateElement", "HTMLTextAreaElement", "DOMParser", "CustomEvent", "Event"],
  ...["location", "localStorage"],
];

/** Open a page with this body; scripts that are imported afterwards find it. */
export function openPage(body, url = "http://ranch.test/sites/saf") {
  const window = new Window({ url });
  for (const name of NAMES) Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
  globalThis.window = window;
  document.body.innerHTML = body;
  return window;
}

/** A parsed document, as a page has it that was asked for again. */
export function parsed(body) {
  return new DOMParser().parseFromString(`<!doctype html><body>${body}</body>`, "text/html");
}
