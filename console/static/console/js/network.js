// The page of the network: keeps every card, and the sun on the map, as things are.
//
// The page came complete; here its facts follow the frames. After a break, and now and then, the page is asked
// for again and its cards are taken over: that also brings sites which are new.

import { get } from "./api.js";
import { announce, el, fill, pageData, setText } from "./dom.js";
import { Refreshed } from "./refresh.js";
import { showConnection, watch } from "./stream.js";
import { altitude, darkness, onMap, skyAt, subsolar } from "./sun.js";
import { setTime } from "./time.js";
import * as verdicts from "./verdicts.js";

const PARTS = { enclosure: "enclosure", weather: "observing_conditions" };
const JUDGE_MS = 5000;
const SUN_MS = 60000;
const ANEW_MS = 10 * 60000;
const PHASE_MS = 3600000;
const SHADES = [0, -6, -12, -18];

let sites = new Map();
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

const TOPICS = {
  sitestatus: onStatus,
  phase_status: (site, data) => showPhase(site, data),
  calendar: onCalendar,
  jobs: onJob,
  imagedata: onImage,
};

function onFrame(frame) {
  const site = sites.get(frame.site);
  if (!site || !(frame.topic in TOPICS)) return;
  TOPICS[frame.topic](site, frame.data);
  if (!document.hidden) sumUp();
}

function onStatus(site, data) {
  const type = data.statusType;
  const own = data.site === site.code;
  // A WEMA's roof and weather count where the site sends none of its own.
  if (own && !site.own.includes(type)) site.own.push(type);
  if (!own && site.own.includes(type)) return;
  site.heard[type] = data.server_timestamp_ms;
  if (type in PARTS) site[type] = data.status?.[PARTS[type]] ?? null;
  judge(site);
}

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

function onJob(site, data) {
  const unread = String(data.statusId).startsWith("UNREAD#");
  site.unread = site.unread.filter((ulid) => ulid !== data.ulid);
  if (unread) site.unread.push(data.ulid);
  judge(site);
}

/** A frame's first file may be its header: what is shown is the newest frame that has a picture. */
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
  const active = document.activeElement?.closest?.("[data-site]")?.dataset.site;
  document.getElementById("cards").replaceWith(cards);
  takeOver(pageData("network"));
  if (active) card(active)?.querySelector("h3 a").focus();
  if ([...sites.keys()].join() !== before) {
    document.querySelector(".map").replaceWith(page.querySelector(".map"));
    document.getElementById("summary").replaceWith(page.getElementById("summary"));
    follow();
  }
  judgeAll();
  moveSun();
}

// --- Cards -------------------------------------------------------------------------------------------------

function card(code) {
  return document.getElementById(`site-${code}`);
}

function fact(site, name) {
  return card(site.code)?.querySelector(`[data-fact="${name}"]`);
}

function judgeAll() {
  if (document.hidden) return;
  sites.forEach(judge);
  sumUp();
}

/** The line under the heading. */
function sumUp() {
  const now = Date.now();
  const kind = document.getElementById("summary").dataset.kind;
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

function judge(site) {
  const now = Date.now();
  const online = verdicts.online(site.kind, site.heard, now);
  const badge = fact(site, "online");
  if (!badge) return;
  const was = badge.textContent;
  showVerdict(site, "online", online);
  if (was !== online.text) announce(`${site.code} is ${online.text.toLowerCase()}.`);
  showSince(site, online);
  for (const name of ["roof", "weather"]) {
    const found = verdicts[name](site[name === "roof" ? "enclosure" : "weather"], now);
    showVerdict(site, name, found);
    setText(fact(site, `${name}-why`), found.why);
  }
  showHolder(site, now);
  showWaiting(site);
  showMark(site, online);
}

function showVerdict(site, name, { text, tone }) {
  const badge = fact(site, name);
  if (badge.textContent === text && badge.classList.contains(tone)) return;
  badge.className = `badge ${tone} changed`;
  setText(badge, text);
}

function showSince(site, online) {
  const box = fact(site, "online-since");
  if (online.text !== "Offline") return fill(box);
  let time = box.querySelector("time");
  if (!time) fill(box, "since ", (time = el("time", { "data-age": true })));
  setTime(time, online.at);
}

function showHolder(site, now) {
  const box = fact(site, "holder");
  if (!box) return;
  const on = verdicts.holders(site.events, now);
  const next = site.events.filter((each) => each.start > now).sort((one, other) => one.start - other.start)[0];
  const key = JSON.stringify([on, on.length ? null : next]);
  if (box.dataset.shown === key) return;
  box.dataset.shown = key;
  const time = (at) => {
    const element = el("time", { "data-clock": true });
    setTime(element, at);
    return element;
  };
  if (on.length) {
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

function showWaiting(site) {
  const box = fact(site, "waiting");
  const text = site.unread.length ? `${site.unread.length} waiting` : "None waiting";
  if (box.textContent !== text) fill(box, site.unread.length ? text : el("span.muted", {}, text));
}

function showPhase(site, data) {
  const box = fact(site, "phase");
  if (!box) return;
  const at = data.timestamp * 1000;
  if (Date.now() - at > PHASE_MS) return;
  fill(box, data.message || "–");
  box.classList.add("changed");
  const time = el("time", { "data-age": true });
  setTime(time, at);
  fill(fact(site, "phase-at"), time);
}

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

function showMark(site) {
  const mark = [...document.querySelectorAll(".mark")].find((each) =>
    each.dataset.sites.split(" ").includes(site.code),
  );
  if (!mark) return;
  const here = mark.dataset.sites
    .trim()
    .split(" ")
    .map((code) => sites.get(code))
    .filter(Boolean);
  const found = here.map((each) => [each.code, verdicts.online(each.kind, each.heard, Date.now())]);
  mark.dataset.tone = found.map(([, { tone }]) => tone).join(" ");
  setText(mark.querySelector("title"), found.map(([code, { text }]) => `${code}: ${text.toLowerCase()}`).join("; "));
}

function moveSun() {
  if (document.hidden) return;
  const sun = subsolar(Date.now());
  const shades = document.querySelectorAll("#night path");
  SHADES.forEach((below, n) => shades[n]?.setAttribute("d", darkness(sun, below)));
  const { x, y } = onMap(sun);
  document.getElementById("sun").setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
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
