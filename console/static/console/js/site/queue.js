// The command queue: each job's state, age and progress, as the observatory reports them.

import { post } from "../api.js";
import { announce, byId, childrenOf, setText, within } from "../dom.js";
import { setTime, span } from "../time.js";
import { emptyWhen, every, flash, row, slot } from "./page.js";

const DAY_MS = 86400000;
const MOST_SHARE = 60;
const WAITING = 0;
const WORKING = 2;
const DONE = 3;

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const spec = page.jobs;
  const list = byId("jobs");
  const rows = new Map(childrenOf(list).map((item) => [item.dataset.ulid ?? "", item]));

  /** @param {Frame} frame */
  function take({ topic, site, data }) {
    if (topic === "jobs" && site === page.site) show(data, true);
  }

  /**
   * @param {Job} job
   * @param {boolean} told
   */
  function show(job, told) {
    const known = rows.get(job.ulid);
    const item = known ?? added(job);
    if (!item) return;
    const status = job.statusId.slice(0, -job.ulid.length - 1);
    // Jobs only move forward: what says otherwise was on its way for longer.
    if (known && stage(status) < stage(statusOf(item))) return;
    if (known && item.dataset.status === status && !("secondsUntilComplete" in job)) return;
    const changed = item.dataset.status !== status;
    item.dataset.status = status;
    const [word, tone] = spec.words[status.toUpperCase()] ?? [status.replaceAll("_", " ").toLowerCase(), "busy"];
    setText(slot(item, "state"), word);
    slot(item, "state").className = `badge ${tone}`;
    estimate(item, job.secondsUntilComplete);
    if (changed && told) {
      flash(item);
      if (stage(status) === DONE) announce(`${slot(item, "title").textContent}: ${word}`);
    }
    count();
  }

  /** @param {Job} job */
  function added(job) {
    // Of two frames about an unknown job the older may come first when the page asked anew: sorted by ulid.
    const after = childrenOf(list).find((other) => (other.dataset.ulid ?? "") < job.ulid);
    if (!after && list.children.length >= spec.shown) return null;
    const item = row("job-row");
    item.dataset.ulid = job.ulid;
    setText(slot(item, "title"), title(job));
    setText(slot(item, "details"), details(job));
    setText(slot(item, "who"), job.user_name);
    setTime(within(item, "time"), job.timestamp_ms);
    list.insertBefore(item, after ?? null);
    rows.set(job.ulid, item);
    for (const old of childrenOf(list).slice(spec.shown)) forget(old);
    emptyWhen("no-jobs", false);
    return item;
  }

  /** @param {HTMLElement} item */
  function forget(item) {
    rows.delete(item.dataset.ulid ?? "");
    item.remove();
  }

  /** @param {string} status */
  function stage(status) {
    return spec.stages[status.toUpperCase()] ?? WORKING;
  }

  /** @param {Job} job */
  function title(job) {
    const name = job.action.replaceAll("_", " ");
    return ["", "all"].includes(job.deviceType) ? name : `${job.deviceType.replaceAll("_", " ")}: ${name}`;
  }

  /** @param {Job} job */
  function details(job) {
    const all = { ...job.required_params, ...job.optional_params };
    const told = Object.entries(all).filter(
      ([key, value]) => spec.told.includes(key) && ["string", "number"].includes(typeof value) && value !== "",
    );
    return told
      .slice(0, 6)
      .map(([key, value]) => `${key.replaceAll("_", " ")} ${String(value).slice(0, 40)}`)
      .join(", ");
  }

  /**
   * @param {HTMLElement} item
   * @param {unknown} said
   */
  function estimate(item, said) {
    const bar = within(item, "progress", HTMLProgressElement);
    const seconds = said === null || said === undefined || said === "" ? NaN : Number(said);
    if (!(seconds >= 0 && seconds < 7 * 86400)) {
      delete bar.dataset.ends;
    } else {
      const now = Date.now();
      bar.dataset.begins ??= String(now);
      bar.dataset.ends = String(now + seconds * 1000);
    }
    progress(item);
  }

  /** @param {HTMLElement} item */
  function progress(item) {
    const bar = within(item, "progress", HTMLProgressElement);
    const working = stage(statusOf(item)) === WORKING && bar.dataset.ends !== undefined;
    bar.hidden = !working;
    if (!working) return setText(slot(item, "left"), "");
    const now = Date.now();
    const ends = Number(bar.dataset.ends);
    bar.dataset.begins ??= String(now);
    const whole = Math.max(1, ends - Number(bar.dataset.begins));
    bar.value = Math.min(1, Math.max(0, 1 - (ends - now) / whole));
    const left = Math.ceil((ends - now) / 1000);
    setText(slot(item, "left"), left > 0 ? ` · ${left < MOST_SHARE ? `${left} s` : span(left)} left` : " · any moment");
  }

  function count() {
    const stages = [...rows.values()].map((item) => stage(statusOf(item)));
    const waiting = stages.filter((each) => each === WAITING).length;
    const busy = stages.filter((each) => each > WAITING && each < DONE).length;
    setText(byId("queue-count"), `${waiting} waiting, ${busy} under way`);
  }

  async function refresh() {
    /** @type {Job[]} */
    const found = await post("/jobs/getrecentjobs", { site: page.site, timeRange: DAY_MS });
    for (const job of found.slice(-spec.shown)) show(job, false);
  }

  every(1000, () => rows.forEach(progress));
  count();
  return { take, refresh };
}

/** @param {HTMLElement} item */
function statusOf(item) {
  return item.dataset.status ?? "";
}
