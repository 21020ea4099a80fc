// Values of a status as people read them: the same rules as console/site/status.py.

import { isObject } from "../values.js";

const NOTHING = "–";
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;
const LARGEST = 1e12;
/** @type {Record<"hours" | "degrees", [large: string, small: string, smallest: string, decimals: number]>} */
const UNITS = { hours: ["h", "m", "s", 1], degrees: ["°", "′", "″", 0] };

/**
 * `item` is [label, kind, unit, decimals] as the server's table has it.
 *
 * @param {StatusItem} item
 * @param {unknown} value
 * @param {number} longest
 */
export function shown([, kind, unit, decimals], value, longest) {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (typeof value === "boolean") return value ? "yes" : "no";
  const number = asNumber(value);
  if (number === null || kind === "text") return asText(value, longest);
  if (kind === "hours") return sexagesimal(hoursOf(number), ...UNITS.hours);
  if (kind === "degrees") return sexagesimal(number, ...UNITS.degrees);
  return withUnit(rounded(number, decimals), unit);
}

/**
 * From 0 to 24; what would be rounded to 24h is 0h.
 *
 * @param {number} number
 */
function hoursOf(number) {
  const hours = ((number % 24) + 24) % 24;
  return hours < 24 - 0.05 / 3600 ? hours : 0;
}

/**
 * Halves go away from zero; what rounds to zero has no sign.
 *
 * @param {number} number
 * @param {number} decimals
 */
export function rounded(number, decimals) {
  const text = number.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/**
 * @param {string} text
 * @param {string} unit
 */
export function withUnit(text, unit) {
  const written = text.replaceAll("-", "−");
  return unit === "°" ? `${written}${unit}` : `${written} ${unit}`.trimEnd();
}

/**
 * "5h 35m 17.3s": rounded as a whole, so that no minute has sixty seconds.
 *
 * @param {number} number
 * @param {string} large
 * @param {string} small
 * @param {string} smallest
 * @param {number} decimals
 */
export function sexagesimal(number, large, small, smallest, decimals) {
  const scale = 10 ** decimals;
  const whole = Math.floor(Math.abs(number) * 3600 * scale + 0.5);
  const minutes = Math.floor(whole / (60 * scale));
  const seconds = ((whole % (60 * scale)) / scale).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0");
  const sign = number < 0 && whole ? "−" : "";
  return `${sign}${Math.floor(minutes / 60)}${large} ${String(minutes % 60).padStart(2, "0")}${small} ${seconds}${smallest}`;
}

/**
 * The number that a site means: some send text. Null for what is none.
 *
 * @param {unknown} value
 */
export function asNumber(value) {
  if (typeof value !== "number" && !(typeof value === "string" && NUMBER.test(value))) return null;
  const number = Number(value);
  return Math.abs(number) < LARGEST ? number : null;
}

/**
 * @param {unknown} value
 * @param {number} longest
 */
function asText(value, longest) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= longest ? text : text.slice(0, longest) + "…";
}

/** @param {string} key */
export function named(key) {
  const text = key.replaceAll("_", " ").trim();
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/**
 * Every value of a status document, with its time: each(kind, instance, {key: {val, timestamp}}).
 *
 * @param {Pick<StatusSpec, "flat" | "no_groups" | "skipped">} spec
 * @param {StatusDocument} data
 * @param {(kind: string, instance: string, leaves: Record<string, Leaf>) => unknown} each
 */
export function devices(spec, data, each) {
  for (const [kind, instances] of Object.entries(data.status ?? {})) {
    if (spec.no_groups.includes(kind) || !isObject(instances)) continue;
    const flat = spec.flat.includes(kind);
    for (const [name, values] of Object.entries(flat ? { "": instances } : instances)) {
      if (isObject(values)) each(kind, name, leaves(spec, values, data.server_timestamp_ms, flat));
    }
  }
}

/**
 * @param {Pick<StatusSpec, "skipped">} spec
 * @param {Record<string, unknown>} values
 * @param {number} at
 * @param {boolean} flat
 * @returns {Record<string, Leaf>}
 */
function leaves(spec, values, at, flat) {
  const found = Object.create(null); // a site may call a value anything, "constructor" too
  for (const [key, value] of Object.entries(values)) {
    if (spec.skipped.includes(key)) continue;
    // What looks like a leaf in a flat document is the site's own idea, with a time of its own.
    found[key] = isLeaf(value) && !flat ? value : { val: value, timestamp: at };
  }
  return found;
}

/**
 * @param {unknown} value
 * @returns {value is Leaf}
 */
function isLeaf(value) {
  return isObject(value) && "val" in value && Number.isInteger(value.timestamp) && Object.keys(value).length === 2;
}
