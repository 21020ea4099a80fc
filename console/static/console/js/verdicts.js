// What a site's status comes to, in a word and a tone: as console/verdicts.py says it, which has the reasons.
// console/tests/verdicts.json holds the two together.

import { isObject } from "./values.js";

/** @typedef {Record<string, unknown>} Values What one instance of a device says, by name. */

export const FRESH_MS = 300000;
/** @type {Record<string, string[]>} */
const NEEDED = { obs: ["device", "enclosure"], wema: ["enclosure", "weather"] };
const YES = ["yes", "true"];
const NO = ["no", "false"];
/** @type {Record<string, string>} */
const SHUT_REASONS = {
  shut_reason_bad_weather: "bad weather",
  shut_reason_daytime: "daytime",
  shut_reason_manual_mode: "manual mode",
};
const READINGS = {
  temperature_C: ["", "°C"],
  "humidity_%": ["humidity", "%"],
  "wind_m/s": ["wind", "m/s"],
  rain_rate: ["rain", "mm/h"],
  "cloud_cover_%": ["cloud", "%"],
};

/**
 * @param {string} kind
 * @param {Heard} heard
 * @param {number} now
 */
export function online(kind, heard, now) {
  const times = (NEEDED[kind] ?? NEEDED.obs).filter((each) => each in heard).map((each) => heard[each]);
  if (!times.length) return verdict("Never heard from", "idle");
  const oldest = Math.min(...times);
  if (now - oldest < FRESH_MS) return verdict("Online", "good", "", Math.max(...times));
  return verdict("Offline", "bad", "", oldest);
}

/**
 * @param {unknown} enclosure
 * @param {number} now
 * @returns {Verdict}
 */
export function roof(enclosure, now) {
  for (const values of instances(enclosure)) {
    const leaf = values.shutter_status;
    if (isObject(leaf) && typeof leaf.val === "string" && leaf.val) {
      const at = when(leaf);
      const tone = at !== null && now - at < FRESH_MS ? roofTone(leaf.val.toLowerCase()) : "idle";
      const shut = Object.keys(SHUT_REASONS).filter((key) => YES.includes(says(values, key)));
      return verdict(leaf.val, tone, shut.map((key) => SHUT_REASONS[key]).join(", "), at);
    }
  }
  return verdict("Unknown", "idle");
}

/**
 * @param {string} said
 * @returns {Tone}
 */
function roofTone(said) {
  if (said.includes("error") || said.includes("fault")) return "bad";
  if (said.includes("opening") || said.includes("closing")) return "warn";
  return said.includes("open") ? "good" : "idle";
}

/**
 * @param {unknown} conditions
 * @param {number} now
 * @returns {Verdict}
 */
export function weather(conditions, now) {
  const stations = instances(conditions);
  const said = stations.filter((values) => "wx_ok" in values).map((values) => says(values, "wx_ok"));
  const times = stations.flatMap((values) => Object.values(values).map(when)).filter((at) => at !== null);
  if (!stations.length || !times.length) return verdict("Unknown", "idle");
  const at = Math.max(...times);
  const good = said.length > 0 && said.every((each) => YES.includes(each));
  const bad = said.some((each) => NO.includes(each));
  /** @type {[string, Tone]} */
  const [text, tone] = good ? ["Good", "good"] : bad ? ["Bad", "bad"] : ["Unknown", "warn"];
  const why = [...(good ? [] : reasons(stations)), ...readings(stations)];
  return verdict(text, now - at < FRESH_MS ? tone : "idle", why.join(", "), at);
}

/** @param {Values[]} stations */
function reasons(stations) {
  /** @type {(key: string, words: string[]) => boolean} */
  const some = (key, words) => stations.some((values) => words.includes(says(values, key)));
  return [
    some("wx_hold", [...YES, "holding"]) && "on hold",
    some("open_ok", NO) && "roof may not open",
    some("weather_report_good", NO) && "poor forecast",
  ].filter(Boolean);
}

/** @param {Values[]} stations */
function readings(stations) {
  const found = [];
  for (const [key, [name, unit]] of Object.entries(READINGS)) {
    const value = stations.map((values) => valueOf(values, key)).find((each) => typeof each === "number");
    if (value !== undefined && (key !== "rain_rate" || value > 0))
      found.push(`${name} ${number(value)}\u00a0${unit}`.trim());
  }
  return found;
}

/** @param {number} value */
export function number(value) {
  const text = value.toFixed(1).replace(/\.0$/, "");
  return text === "-0" ? "0" : text;
}

/**
 * Whose time it is now: people's before the scheduler's.
 *
 * @template {Pick<Holding, "start" | "end" | "by_scheduler">} T
 * @param {T[]} events
 * @param {number} now
 */
export function holders(events, now) {
  const on = events.filter((each) => each.start <= now && now < each.end).sort((one, other) => one.start - other.start);
  const people = on.filter((each) => !each.by_scheduler);
  return people.length ? people : on;
}

/**
 * @param {string} text
 * @param {Tone} tone
 * @param {string} why
 * @param {number | null} at
 * @returns {Verdict}
 */
function verdict(text, tone, why = "", at = null) {
  return { text, tone, why, at };
}

/**
 * @param {unknown} part
 * @returns {Values[]}
 */
function instances(part) {
  return isObject(part) ? Object.values(part).filter(isObject) : [];
}

/**
 * @param {Values} values
 * @param {string} key
 */
function valueOf(values, key) {
  const leaf = values[key];
  return isObject(leaf) ? leaf.val : undefined;
}

/**
 * @param {Values} values
 * @param {string} key
 */
function says(values, key) {
  return String(valueOf(values, key)).toLowerCase();
}

/**
 * @param {unknown} leaf
 * @returns {number | null}
 */
function when(leaf) {
  return isObject(leaf) && typeof leaf.timestamp === "number" && Number.isInteger(leaf.timestamp)
    ? leaf.timestamp
    : null;
}
