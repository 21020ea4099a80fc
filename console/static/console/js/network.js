// The page of the network: keeps every card, and the sun on the map, as things are.
//
// The page came complete; here its facts follow the frames. After a break, and now and then, the page is asked
// for again and its cards are taken over: that also brings sites which are new.

import { get } from "./api.js";
import { all, announce, byId, el, fill, maybe, pageData, setText, within } from "./dom.js";
import { Refreshed } from "./refresh.js";
import { showConnection, watch } from "./stream.js";
import { altitude, darkness, onMap, skyAt, subsolar } from "./sun.js";
import { setTime } from "./time.js";
import * as verdicts from "./verdicts.js";

// Type of status -> where its part of the document is kept, and that part's own name.
const PARTS = /** @type {const} */ ({ enclosure: "enclosure", weather: "observing_conditions" });
const JUDGE_MS = 5000;
const SUN_MS = 60000;
const ANEW_MS = 10 * 60000;
const PHASE_MS = 3600000;
const SHADES = [0, -6, -12, -18];

/** @type {Map<string, NetworkSite>} */
let sites = new Map();
/** @type {ReturnType<typeof watch> | null} */
let stream = null;
let asked = Date.now();
const everything = new Refreshed(onFrame, askAnew);

function start() {
  takeOver(pageData("network"));
  follow();
  moveSun();
  setInterval(judgeAll, JUDGE_MS);
  setInterval(moveSun, SUN_MS);
  setInterval(lookAgain, JUDGE_MS);
  document.addEventListener("visibilitychange", () => document.hidden || (judgeAll(), moveSun(), lookAgain()));
}

/** @param {{ sites: NetworkSite[] }} data */
function takeOver(data) {
  sites = new Map(data.sites.map((site) => [site.code, site]));
}

function follow() {
  stream?.close();
  stream = watch(
    [...sites.keys()],
    (frame) => everything.take(frame),
    (state) => {
      showConnection(state);
      // Also when it opens first: things happened since the page was written.
      if (state.name === "live") anew();
    },
  );
}

// --- Frames ------------------------------------------------------------------------------------------------

/** @param {Frame} frame */
function onFrame(frame) {
  const site = sites.get(frame.site);
  if (!site || !follows(site, frame)) return;
  if (!document.hidden) sumUp();
}

/**
 * Whether the frame is of a topic that cards show.
 *
 * @param {NetworkSite} site
 * @param {Frame} frame
 */
function follows(site, frame) {
  if (frame.topic === "sitestatus") onStatus(site, frame.data);
  else if (frame.topic === "phase_status") showPhase(site, frame.data);
  else if (frame.topic === "calendar") onCalendar(site, frame.data);
  else if (frame.topic === "jobs") onJob(site, frame.data);
  else if (frame.topic === "imagedata") onImage(site, frame.data);
  else return false;
  return true;
}

/**
 * @param {NetworkSite} site
 * @param {StatusDocument} data
 */
function onStatus(site, data) {
  const type = data.statusType ?? "";
  const own = data.site === site.code;
  // A WEMA's roof and weather count where the site sends none of its own.
  if (own && !site.own.includes(type)) site.own.push(type);
  if (!own && site.own.includes(type)) return;
  site.heard[type] = data.server_timestamp_ms;
  if (type === "enclosure" || type === "weather") site[type] = data.status?.[PARTS[type]] ?? null;
  judge(site);
}

/**
 * @param {NetworkSite} site
 * @param {CalendarEvent} data
 */
function onCalendar(site, data) {
  site.events = site.events.filter((event) => event.event_id !== data.event_id);
  if (data.change !== "deleted") {
    site.events.push({
      event_id: data.event_id,
      start: Date.parse(data.start),
      end: Date.parse(data.end),
      creator: String(data.creator).split("@")[0],
      by_scheduler: String(data.origin).toLowerCase() === "lco",
    });
  }
  judge(site);
}

/**
 * @param {NetworkSite} site
 * @param {Job} data
 */
function onJob(site, data) {
  const unread = String(data.statusId).startsWith("UNREAD#");
  site.unread = site.unread.filter((ulid) => ulid !== data.ulid);
  if (unread) site.unread.push(data.ulid);
  judge(site);
}

/**
 * A frame's first file may be its header: what is shown is the newest frame that has a picture.
 *
 * @param {NetworkSite} site
 * @param {{ s3_directory: string }} data
 */
async function onImage(site, data) {
  if (data.s3_directory !== "data" || site.kind !== "obs") return;
  try {
    const [newest] = await get(`/api/${encodeURIComponent(site.code)}/latest_images/1`);
    showImage(site, newest);
  } catch {
    // The server is busy: the next frame, or the next look at everything, shows it.
  }
}

/** Once in a while, but not for a page that nobody looks at. */
function lookAgain() {
  if (!document.hidden && Date.now() - asked > ANEW_MS) anew();
}

/** Ask for the whole page again: what a long break lost, and what no frame tells. */
function anew() {
  asked = Date.now();
  return everything.refresh();
}

async function askAnew() {
  let html;
  try {
    html = await get("/");
  } catch {
    return; // the connection's own indicator says so
  }
  const page = new DOMParser().parseFromString(html, "text/html");
  const cards = page.getElementById("cards");
  if (!cards) return location.reload(); // no site any more
  const before = [...sites.keys()].join();
  const active = document.activeElement?.closest("[data-site]")?.getAttribute("data-site");
  byId("cards").replaceWith(cards);
  takeOver(pageData("network"));
  const focused = active && card(active);
  if (focused) within(focused, "h3 a").focus();
  if ([...sites.keys()].join() !== before) {
    within(document, ".map", Element).replaceWith(within(page, ".map", Element));
    byId("summary").replaceWith(within(page, "#summary"));
    follow();
  }
  judgeAll();
  moveSun();
}

// --- Cards -------------------------------------------------------------------------------------------------

/** @param {string} code */
function card(code) {
  return document.getElementById(`site-${code}`);
}

/**
 * @param {NetworkSite} site
 * @param {string} name
 */
function fact(site, name) {
  const of = card(site.code);
  return of && maybe(of, `[data-fact="${name}"]`);
}

function judgeAll() {
  if (document.hidden) return;
  sites.forEach(judge);
  sumUp();
}

/** The line under the heading. */
function sumUp() {
  const now = Date.now();
  const kind = byId("summary").dataset.kind;
  const here = [...sites.values()].filter((site) => site.kind === kind);
  const counts = {
    online: here.filter((site) => verdicts.online(site.kind, site.heard, now).tone === "good"),
    open: here.filter((site) => verdicts.roof(site.enclosure, now).tone === "good"),
    bad: here.filter((site) => verdicts.weather(site.weather, now).tone === "bad"),
    held: here.filter((site) => verdicts.holders(site.events, now).length),
  };
  for (const [name, found] of Object.entries(counts)) {
    setText(document.querySelector(`#summary [data-count="${name}"]`), String(found.length));
  }
}

/** @param {NetworkSite} site */
function judge(site) {
  const now = Date.now();
  const online = verdicts.online(site.kind, site.heard, now);
  const badge = fact(site, "online");
  if (!badge) return;
  const was = badge.textContent;
  showVerdict(site, "online", online);
  if (was !== online.text) announce(`${site.code} is ${online.text.toLowerCase()}.`);
  showSince(site, online);
  const judged = { roof: verdicts.roof(site.enclosure, now), weather: verdicts.weather(site.weather, now) };
  for (const [name, verdict] of Object.entries(judged)) {
    showVerdict(site, name, verdict);
    setText(fact(site, `${name}-why`), verdict.why);
  }
  showHolder(site, now);
  showWaiting(site);
  showMark(site);
}

/**
 * @param {NetworkSite} site
 * @param {string} name
 * @param {Verdict} verdict
 */
function showVerdict(site, name, { text, tone }) {
  const badge = fact(site, name);
  if (!badge || (badge.textContent === text && badge.classList.contains(tone))) return;
  badge.className = `badge ${tone} changed`;
  setText(badge, text);
}

/**
 * @param {NetworkSite} site
 * @param {Verdict} online
 */
function showSince(site, online) {
  const box = fact(site, "online-since");
  if (!box) return;
  if (online.text !== "Offline" || online.at === null) return fill(box);
  const known = maybe(box, "time");
  const time = known ?? el("time", { "data-age": true });
  if (!known) fill(box, "since ", time);
  setTime(time, online.at);
}

/**
 * @param {NetworkSite} site
 * @param {number} now
 */
function showHolder(site, now) {
  const box = fact(site, "holder");
  if (!box) return;
  const on = verdicts.holders(site.events, now);
  const next = site.events.filter((each) => each.start > now).sort((one, other) => one.start - other.start)[0];
  const key = JSON.stringify([on, on.length ? null : next]);
  if (box.dataset.shown === key) return;
  box.dataset.shown = key;
  /** @type {(at: number) => HTMLElement} */
  const time = (at) => {
    const element = el("time", { "data-clock": true });
    setTime(element, at);
    return element;
  };
  if (on.length) {
    /** @type {(event: Holding, n: number) => (Node | string)[]} */
    const each = (event, n) => [
      n ? ", " : "",
      `${event.creator || "somebody"} `,
      el("span.muted", {}, "until ", time(event.end)),
    ];
    fill(box, on.flatMap(each));
  } else if (next) {
    fill(box, el("span.muted", {}, `Nobody; ${next.creator || "somebody"} from `, time(next.start)));
  } else {
    fill(box, el("span.muted", {}, "Nobody"));
  }
}

/** @param {NetworkSite} site */
function showWaiting(site) {
  const box = fact(site, "waiting");
  const text = site.unread.length ? `${site.unread.length} waiting` : "None waiting";
  if (box && box.textContent !== text) fill(box, site.unread.length ? text : el("span.muted", {}, text));
}

/**
 * @param {NetworkSite} site
 * @param {{ message: string, timestamp: number }} data
 */
function showPhase(site, data) {
  const box = fact(site, "phase");
  if (!box) return;
  const at = data.timestamp * 1000;
  if (Date.now() - at > PHASE_MS) return;
  fill(box, data.message || "–");
  box.classList.add("changed");
  const time = el("time", { "data-age": true });
  setTime(time, at);
  const when = fact(site, "phase-at");
  if (when) fill(when, time);
}

/**
 * @param {NetworkSite} site
 * @param {ImagePackage | undefined} image
 */
function showImage(site, image) {
  const box = fact(site, "image");
  if (!box || !image?.jpg_url) return;
  const time = el("time", { "data-age": true });
  setTime(time, image.capture_date);
  const how = [image.filter_used, `${Number(image.exposure_time).toFixed(1).replace(/\.0$/, "")} s`]
    .filter(Boolean)
    .join(", ");
  const address = image.jpg_thumbnail_url || image.jpg_url;
  fill(
    box,
    el("img", { src: address, alt: "", width: 128, height: 96, decoding: "async" }),
    el(
      "p",
      {},
      el("span.muted.small", {}, "Last image, ", time),
      el("br"),
      el("span.mono", {}, image.base_filename),
      el("br"),
      el("span.muted.small", {}, how),
    ),
  );
}

// --- The map -----------------------------------------------------------------------------------------------

/** @param {NetworkSite} site */
function showMark(site) {
  const mark = all(document, ".mark", SVGElement).find((each) => codes(each).includes(site.code));
  if (!mark) return;
  const here = codes(mark).flatMap((code) => sites.get(code) ?? []);
  const found = here.map(({ code, kind, heard }) => ({ code, ...verdicts.online(kind, heard, Date.now()) }));
  mark.dataset.tone = found.map(({ tone }) => tone).join(" ");
  setText(mark.querySelector("title"), found.map(({ code, text }) => `${code}: ${text.toLowerCase()}`).join("; "));
}

/**
 * The sites that a mark on the map stands for.
 *
 * @param {SVGElement} mark
 */
function codes(mark) {
  return (mark.dataset.sites ?? "").trim().split(" ");
}

function moveSun() {
  if (document.hidden) return;
  const sun = subsolar(Date.now());
  const shades = document.querySelectorAll("#night path");
  SHADES.forEach((below, n) => shades[n]?.setAttribute("d", darkness(sun, below)));
  const { x, y } = onMap(sun);
  byId("sun", SVGElement).setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  /** @type {(value: number, positive: string, negative: string) => string} */
  const degrees = (value, positive, negative) => `${Math.abs(value).toFixed(1)}° ${value >= 0 ? positive : negative}`;
  setText(
    document.getElementById("sun-where"),
    `${degrees(sun.latitude, "N", "S")}, ${degrees(sun.longitude, "E", "W")}`,
  );
  for (const site of sites.values()) {
    if (site.place) setText(fact(site, "sky"), skyAt(altitude(sun, ...site.place)));
  }
}

start();
