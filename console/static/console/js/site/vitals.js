// At a glance: is the site there, is the roof open, is the weather good. In the words of the network's page.

import { setText, within } from "../dom.js";
import * as verdicts from "../verdicts.js";
import { every } from "./page.js";
import { devices } from "./words.js";

const EVERY_MS = 5000;

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const { heard, parts } = page;

  /** @param {Frame} frame */
  function take({ topic, data }) {
    if (topic !== "sitestatus") return;
    const type = data.statusType ?? "";
    heard[type] = Math.max(heard[type] ?? 0, data.server_timestamp_ms);
    devices(page.status, data, (kind, name, leaves) => kind in parts && join((parts[kind][name] ??= {}), leaves));
    show();
  }

  function show() {
    const now = Date.now();
    say("site", verdicts.online(page.kind, heard, now), now);
    say("roof", verdicts.roof(parts.enclosure, now), now);
    say("weather", verdicts.weather(parts.observing_conditions, now), now);
  }

  every(EVERY_MS, show);
  return { take };
}

/**
 * Of what several sites say, the newer value.
 *
 * @param {Record<string, Leaf>} known
 * @param {Record<string, Leaf>} leaves
 */
function join(known, leaves) {
  for (const [key, leaf] of Object.entries(leaves)) {
    if (!(known[key]?.timestamp > leaf.timestamp)) known[key] = leaf;
  }
}

/**
 * @param {string} name
 * @param {Verdict} verdict
 * @param {number} now
 */
function say(name, verdict, now) {
  const badge = within(document, `[data-vital="${name}"]`);
  const stale = name !== "site" && verdict.at !== null && now - verdict.at >= verdicts.FRESH_MS;
  setText(badge, stale ? `${verdict.text}, stale` : verdict.text);
  badge.className = `badge ${verdict.tone === "idle" ? "" : verdict.tone}`;
  badge.title = verdict.why;
}
