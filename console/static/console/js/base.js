// What every page does: the theme, the clock, and forms that say they are being sent.

import { byId } from "./dom.js";
import { keepTime } from "./time.js";

function themes() {
  const select = byId("theme", HTMLSelectElement);
  const root = document.documentElement;
  select.value = root.dataset.theme || "auto";
  select.addEventListener("change", () => {
    if (select.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = select.value;
    try {
      localStorage.setItem("theme", select.value);
    } catch {
      // It holds for this page alone then.
    }
    document.dispatchEvent(new CustomEvent("themechange"));
  });
}

themes();
keepTime();
