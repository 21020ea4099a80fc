// What the site says it is doing.

import { byId, setText, within } from "../dom.js";
import { setTime } from "../time.js";
import { slot } from "./page.js";

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const line = byId("phase");
  return {
    take({ topic, site, data }) {
      if (topic !== "phase_status" || site !== page.site) return;
      setText(slot(line, "message"), data.message);
      setTime(within(line, "time"), data.timestamp * 1000);
    },
  };
}
