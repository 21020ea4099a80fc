// What whoever looks may do, by the server's word. Buttons that would be refused are off, and say why.

import { get } from "../api.js";
import { all } from "../dom.js";
import { page, quietly, refuse } from "./page.js";

/** @param {Rights} may */
export function apply(may) {
  for (const holder of all(document, "[data-needs]")) {
    const why = may[holder.dataset.needs ?? ""];
    const buttons =
      holder instanceof HTMLButtonElement ? [holder] : all(holder, "button[type=submit]", HTMLButtonElement);
    for (const button of buttons) {
      button.disabled = Boolean(why) || holder.hasAttribute("data-sending");
      button.title = why;
    }
  }
  for (const text of all(document, "[data-why]")) refuse(text, may[text.dataset.why ?? ""]);
}

let asked = 0;

/** Ask again: the calendar moved. Of several answers the last question's counts. */
export async function askRights() {
  const mine = (asked += 1);
  /** @type {Rights | undefined} */
  const may = await quietly(() => get(`/sites/${encodeURIComponent(page.site)}/rights`));
  if (!may || mine !== asked) return;
  page.may = may;
  apply(may);
}
