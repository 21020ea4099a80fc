// What whoever looks may do, by the server's word. Buttons that would be refused are off, and say why.

import { get } from "../api.js";
import { page, quietly, refuse } from "./page.js";

export function apply(may) {
  for (const holder of document.querySelectorAll("[data-needs]")) {
    const why = may[holder.dataset.needs];
    const buttons = holder.matches("form") ? holder.querySelectorAll("button[type=submit]") : [holder];
    for (const button of buttons) {
      button.disabled = Boolean(why) || holder.hasAttribute("data-sending");
      button.title = why;
    }
  }
  for (const text of document.querySelectorAll("[data-why]")) refuse(text, may[text.dataset.why]);
}

let asked = 0;

/** Ask again: the calendar moved. Of several answers the last question's counts. */
export async function askRights() {
  const mine = (asked += 1);
  const may = await quietly(() => get(`/sites/${encodeURIComponent(page.site)}/rights`));
  if (!may || mine !== asked) return;
  page.may = may;
  apply(may);
}
