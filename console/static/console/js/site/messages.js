// What the site tells the people who watch it: newest first, bounded, filtered by level.

import { get } from "../api.js";
import { all, announce, byId, childrenOf, setText, within } from "../dom.js";
import { setTime } from "../time.js";
import { emptyWhen, row, slot } from "./page.js";

const MOST = 300;
const LOUD = ["warning", "error", "critical"];
// A telescope in trouble says much; a screen reader is not made to say all of it.
const QUIET_MS = 4000;
const KEPT = "console.levels";

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const list = byId("messages-list");
  const levels = byId("levels");
  let spokenAt = 0;
  // What was asked for anew, and may be repeated by the stream.
  /** @type {Set<string>} */
  let answered = new Set();

  /** @param {Frame} frame */
  function take({ topic, site, data }) {
    if (topic === "userstatus" && site === page.site && !answered.delete(key(data))) add(data, true);
  }

  /**
   * @param {LogLine} message
   * @param {boolean} told
   */
  function add(message, told) {
    const level = levelOf(message.log_level);
    const at = instant(message);
    const line = row("message-row");
    line.dataset.level = level;
    setText(slot(line, "level"), level);
    setText(slot(line, "message"), message.message);
    if (Number.isFinite(at) && Math.abs(at) < 8.64e15) setTime(within(line, "time"), at);
    list.prepend(line);
    while (list.children.length > MOST) list.lastElementChild?.remove();
    emptyWhen("no-messages", false);
    hidden();
    if (told && LOUD.includes(level) && !isHidden(level) && Date.now() - spokenAt > QUIET_MS) {
      spokenAt = Date.now();
      announce(`${level}: ${message.message}`);
    }
  }

  /** @param {unknown} said */
  function levelOf(said) {
    const level = String(said).toLowerCase();
    return page.levels.includes(level) ? level : "info";
  }

  /** @param {string} level */
  function isHidden(level) {
    return (list.dataset.hide ?? "").split(" ").includes(level);
  }

  function filter() {
    const boxes = all(levels, "input", HTMLInputElement);
    list.dataset.hide = boxes
      .filter((box) => !box.checked)
      .map((box) => box.value)
      .join(" ");
    keep(list.dataset.hide);
    hidden();
  }

  function hidden() {
    const count = childrenOf(list).filter((line) => isHidden(line.dataset.level ?? "")).length;
    const note = byId("hidden-messages");
    note.hidden = !count;
    setText(note, `${count} of ${list.children.length} not shown: their level is not chosen.`);
  }

  async function refresh() {
    const query = new URLSearchParams({ site: page.site, after_time: String(Date.now() / 1000 - 86400) });
    /** @type {LogLine[]} */
    const found = await get(`/logs/recent-logs?${query}`);
    answered = new Set(found.map(key));
    list.replaceChildren();
    for (const message of found.slice(0, MOST).reverse()) add(message, false);
  }

  restore(levels);
  levels.addEventListener("change", filter);
  filter();
  return { take, refresh };
}

/**
 * When it happened, in ms. What others send to the stream may know whole seconds alone.
 *
 * @param {LogLine} line
 */
function instant({ timestamp, timestamp_ms }) {
  return timestamp_ms ?? Number(timestamp) * 1000;
}

/** @param {LogLine} message */
function key(message) {
  return `${instant(message)} ${message.log_level} ${message.message}`;
}

/** @param {string} hide */
function keep(hide) {
  try {
    localStorage.setItem(KEPT, hide);
  } catch {
    // It holds for this page alone then.
  }
}

/** @param {HTMLElement} levels */
function restore(levels) {
  const hide = hiddenLevels();
  if (hide === null) return;
  for (const box of all(levels, "input", HTMLInputElement)) box.checked = !hide.includes(box.value);
}

/** What was chosen here the last time; null for nothing. */
function hiddenLevels() {
  try {
    return localStorage.getItem(KEPT)?.split(" ") ?? null;
  } catch {
    return null;
  }
}
