// What the site says it is doing.

import { setText } from "../dom.js";
import { setTime } from "../time.js";
import { slot } from "./page.js";

export function start(page) {
  const line = document.getElementById("phase");
  return {
    take({ topic, site, data }) {
      if (topic !== "phase_status" || site !== page.site) return;
      setText(slot(line, "message"), data.message);
      setTime(line.querySelector("time"), data.timestamp * 1000);
    },
  };
}
