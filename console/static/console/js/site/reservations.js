// Tonight's reservations: the list, the line of time above it, reserving and cancelling.

import { ApiError, post } from "../api.js";
import { all, announce, byId, childrenOf, maybe, nearest, setText, svg, tell, within } from "../dom.js";
import { emptyWhen, every, refuse, row, slot } from "./page.js";
import { askRights } from "./rights.js";

const EVERY_MS = 15000;
const SLOT_MS = 5 * 60000;

/**
 * @param {SitePage} page
 * @returns {Panel | null}
 */
export function start(page) {
  const list = document.getElementById("events-list");
  return list ? follow(page, list) : null; // a WEMA is held together with its observatories
}

/**
 * @param {SitePage} page
 * @param {HTMLElement} list
 */
function follow(page, list) {
  const timeline = byId("timeline", SVGElement);
  const form = byId("reserve", HTMLFormElement);
  const field = {
    start: within(form, "[name=start]", HTMLInputElement),
    minutes: within(form, "[name=minutes]", HTMLSelectElement),
    note: within(form, "[name=note]", HTMLInputElement),
  };
  let holding = "";

  /** @param {Frame} frame */
  function take({ topic, site, data }) {
    if (topic !== "calendar" || site !== page.site) return;
    find(data.event_id)?.remove();
    if (data.change !== "deleted") add(data);
    changed();
    askRights();
  }

  /** @param {string} id */
  function find(id) {
    return childrenOf(list).find((item) => item.dataset.eventId === id);
  }

  /** @param {CalendarEvent} event */
  function add(event) {
    const from = Date.parse(event.start);
    const until = Date.parse(event.end);
    if (!(until >= page.start_ms && from <= page.end_ms)) return;
    const item = row("event-row");
    item.dataset.eventId = event.event_id;
    item.dataset.creator = event.creator;
    item.dataset.scheduler = String(event.origin).toLowerCase() === "lco" ? "1" : "";
    setTimes(item, from, until);
    setText(slot(item, "title"), event.title);
    setText(slot(item, "note"), event.reservation_note ?? "");
    const mine = page.me.admin || (page.me.user_id && page.me.user_id === event.creator_id);
    const button = within(item, "[data-cancel]", HTMLButtonElement);
    button.hidden = !mine;
    button.disabled = false;
    const next = childrenOf(list).find((other) => times(other)[0] > from);
    list.insertBefore(item, next ?? null);
  }

  /**
   * @param {HTMLElement} item
   * @param {number} from
   * @param {number} until
   */
  function setTimes(item, from, until) {
    for (const [name, at] of Object.entries({ from, until })) {
      const text = new Date(at).toISOString();
      slot(item, name).setAttribute("datetime", text);
      setText(slot(item, name), text.slice(11, 16));
    }
  }

  /** @param {HTMLElement} item */
  function times(item) {
    return ["from", "until"].map((name) => Date.parse(slot(item, name).getAttribute("datetime") ?? ""));
  }

  function changed() {
    emptyWhen("no-events", !list.children.length);
    /** @type {(at: number) => number} */
    const part = (at) => Math.min(100, Math.max(0, (100 * (at - page.start_ms)) / (page.end_ms - page.start_ms)));
    const bars = childrenOf(list).map((item) => {
      const [from, until] = times(item).map(part);
      return svg("rect.timeline-event", {
        x: `${from}%`,
        width: `${Math.max(0.3, until - from)}%`,
        y: 5,
        height: 18,
        rx: 3,
      });
    });
    within(timeline, "[data-events]", SVGElement).replaceChildren(...bars);
    tick();
  }

  function tick() {
    const now = Date.now();
    const part = (100 * (now - page.start_ms)) / (page.end_ms - page.start_ms);
    const line = within(timeline, "[data-now]", SVGElement);
    for (const name of ["x1", "x2"]) line.setAttribute(name, `${part.toFixed(2)}%`);
    const on = childrenOf(list).filter((item) => {
      const [from, until] = times(item);
      const is = from <= now && now < until;
      slot(item, "now").hidden = !is;
      return is;
    });
    const people = on.filter((item) => !item.dataset.scheduler);
    const holder = (people[0] ?? on[0])?.dataset.creator?.split("@")[0];
    setText(maybe(document, '[data-vital="holder"]'), holder || "nobody");
    const ids = on.map((item) => item.dataset.eventId).join(" ");
    // Who may command changes with who holds the site.
    if (ids !== holding) askRights();
    holding = ids;
  }

  /** @param {SubmitEvent} event */
  async function reserve(event) {
    event.preventDefault();
    const from = Date.parse(`${field.start.value}Z`);
    const refused = within(form, "[data-refused]");
    refuse(refused, "");
    if (Number.isNaN(from)) return refuse(refused, "Choose when it begins.");
    const until = from + Number(field.minutes.value) * 60000;
    try {
      await post("/calendar/newevent", {
        event_id: uuid(),
        site: page.site,
        resourceId: page.site,
        start: iso(from),
        end: iso(until),
        creator: page.me.user_name,
        creator_id: page.me.user_id,
        title: page.me.user_name,
        reservation_type: "realtime",
        reservation_note: field.note.value,
        project_id: "none",
        origin: "PTR",
      });
      field.note.value = "";
      tell("Reserved.", "good");
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      refuse(refused, problem.message);
    }
  }

  /** @param {HTMLElement} item */
  async function cancel(item) {
    try {
      const begins = slot(item, "from").getAttribute("datetime");
      await post("/calendar/delete", { event_id: item.dataset.eventId, start: begins });
      announce("The reservation is cancelled.");
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      tell(problem.message, "bad");
    }
  }

  async function refresh() {
    /** @type {CalendarEvent[]} */
    const found = await post("/calendar/siteevents", {
      site: page.site,
      start: iso(page.start_ms),
      end: iso(page.end_ms),
    });
    list.replaceChildren();
    found.forEach(add);
    changed();
  }

  form.addEventListener("submit", reserve);
  list.addEventListener("click", (event) => {
    const item = nearest(event, "[data-cancel]")?.closest("li");
    if (item) cancel(item);
  });
  for (const button of all(list, "[data-cancel]", HTMLButtonElement)) button.disabled = false;
  // The next five minutes that are whole, the field's own form.
  field.start.value = iso(Math.ceil(Date.now() / SLOT_MS) * SLOT_MS).slice(0, 16);
  holding = childrenOf(list)
    .filter((item) => times(item)[0] <= Date.now() && Date.now() < times(item)[1])
    .map((item) => item.dataset.eventId)
    .join(" ");
  changed();
  every(EVERY_MS, tick);
  return { take, refresh };
}

/**
 * As the calendar's clients write times: 2026-11-20T22:55:29Z.
 *
 * @param {number} at
 */
function iso(at) {
  return new Date(at).toISOString().slice(0, 19) + "Z";
}

/** Version 4 (RFC 9562). `crypto.randomUUID` is missing on plain http, other than on localhost. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
