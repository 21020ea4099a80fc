// What the site tells the people who watch it: newest first, bounded, filtered by level.

import { get } from "../api.js";
import { announce, setText } from "../dom.js";
import { setTime } from "../time.js";
import { emptyWhen, row, slot } from "./page.js";

const MOST = 300;
const LOUD = ["warning", "error", "critical"];
// A telescope in trouble says much; a screen reader is not made to say all of it.
const QUIET_MS = 4000;
const KEPT = "console.levels";

export function start(page) {
  const list = document.getElementById("messages-list");
  const levels = document.getElementById("levels");
  let spokenAt = 0;
  // What was asked for anew, and may be repeated by the stream.
  let answered = new Set();

  function take({ topic, site, data }) {
    if (topic === "userstatus" && site === page.site && !answered.delete(key(data))) add(data, true);
  }

  function add(message, told) {
    const level = levelOf(message.log_level);
    const at = instant(message);
    const line = row("message-row");
    line.dataset.level = level;
    setText(slot(line, "level"), level);
    setText(slot(line, "message"), message.message);
    if (Number.isFinite(at) && Math.abs(at) < 8.64e15) setTime(line.querySelector("time"), at);
    list.prepend(line);
    while (list.children.length > MOST) list.lastElementChild.remove();
    emptyWhen("no-messages", false);
    hidden();
    if (told && LOUD.includes(level) && !isHidden(level) && Date.now() - spokenAt > QUIET_MS) {
      spokenAt = Date.now();
      announce(`${level}: ${message.message}`);
    }
  }

  function levelOf(said) {
    const level = String(said).toLowerCase();
    return page.levels.includes(level) ? level : "info";
  }

  function isHidden(level) {
    return list.dataset.hide.split(" ").includes(level);
  }

  function filter() {
    const boxes = [...levels.querySelectorAll("input")];
    list.dataset.hide = boxes
      .filter((box) => !box.checked)
      .map((box) => box.value)
      .join(" ");
    keep(list.dataset.hide);
    hidden();
  }

  function hidden() {
    const count = [...list.children].filter((line) => isHidden(line.dataset.level)).length;
    const note = document.getElementById("hidden-messages");
    note.hidden = !count;
    setText(note, `${count} of ${list.children.length} not shown: their level is not chosen.`);
  }

  async function refresh() {
    const query = new URLSearchParams({ site: page.site, after_time: String(Date.now() / 1000 - 86400) });
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

/** When it happened, in ms. What others send to the stream may know whole seconds alone. */
function instant({ timestamp, timestamp_ms }) {
  return timestamp_ms ?? Number(timestamp) * 1000;
}

function key(message) {
  return `${instant(message)} ${message.log_level} ${message.message}`;
}

function keep(hide) {
  try {
    localStorage.setItem(KEPT, hide);
  } catch {
    // It holds for this page alone then.
  }
}

function restore(levels) {
  let hide = null;
  try {
    hide = localStorage.getItem(KEPT);
  } catch {
    return;
  }
  if (hide === null) return;
  for (const box of levels.querySelectorAll("input")) box.checked = !hide.split(" ").includes(box.value);
}
