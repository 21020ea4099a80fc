// What a site's status comes to, in a word and a tone: as console/verdicts.py says it, which has the reasons.
// console/tests/verdicts.json holds the two together.

export const FRESH_MS = 300000;
const NEEDED = { obs: ["device", "enclosure"], wema: ["enclosure", "weather"] };
const YES = ["yes", "true"];
const NO = ["no", "false"];
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

export function online(kind, heard, now) {
  const times = (NEEDED[kind] ?? NEEDED.obs).filter((each) => each in heard).map((each) => heard[each]);
  if (!times.length) return verdict("Never heard from", "idle");
  const oldest = Math.min(...times);
  if (now - oldest < FRESH_MS) return verdict("Online", "good", "", Math.max(...times));
  return verdict("Offline", "bad", "", oldest);
}

export function roof(enclosure, now) {
  for (const values of instances(enclosure)) {
    const leaf = values.shutter_status;
    if (isObject(leaf) && typeof leaf.val === "string" && leaf.val) {
      const at = when(leaf);
      const tone = at !== null && now - at < FRESH_MS ? roofTone(leaf.val.toLowerCase()) : "idle";
      const reasons = Object.keys(SHUT_REASONS).filter((key) => YES.includes(says(values, key)));
      return verdict(leaf.val, tone, reasons.map((key) => SHUT_REASONS[key]).join(", "), at);
    }
  }
  return verdict("Unknown", "idle");
}

function roofTone(said) {
  if (said.includes("error") || said.includes("fault")) return "bad";
  if (said.includes("opening") || said.includes("closing")) return "warn";
  return said.includes("open") ? "good" : "idle";
}

export function weather(conditions, now) {
  const stations = instances(conditions);
  const said = stations.filter((values) => "wx_ok" in values).map((values) => says(values, "wx_ok"));
  const times = stations.flatMap((values) => Object.values(values).map(when)).filter((at) => at !== null);
  if (!stations.length || !times.length) return verdict("Unknown", "idle");
  const at = Math.max(...times);
  const good = said.length > 0 && said.every((each) => YES.includes(each));
  const bad = said.some((each) => NO.includes(each));
  const [text, tone] = good ? ["Good", "good"] : bad ? ["Bad", "bad"] : ["Unknown", "warn"];
  const why = [...(good ? [] : reasons(stations)), ...readings(stations)];
  return verdict(text, now - at < FRESH_MS ? tone : "idle", why.join(", "), at);
}

function reasons(stations) {
  const some = (key, words) => stations.some((values) => words.includes(says(values, key)));
  return [
    some("wx_hold", [...YES, "holding"]) && "on hold",
    some("open_ok", NO) && "roof may not open",
    some("weather_report_good", NO) && "poor forecast",
  ].filter(Boolean);
}

function readings(stations) {
  const found = [];
  for (const [key, [name, unit]] of Object.entries(READINGS)) {
    const value = stations.map((values) => valueOf(values, key)).find((each) => typeof each === "number");
    if (value !== undefined && (key !== "rain_rate" || value > 0))
      found.push(`${name} ${number(value)}\u00a0${unit}`.trim());
  }
  return found;
}

export function number(value) {
  const text = value.toFixed(1).replace(/\.0$/, "");
  return text === "-0" ? "0" : text;
}

/** Whose time it is now: people's before the scheduler's. */
export function holders(events, now) {
  const on = events.filter((each) => each.start <= now && now < each.end).sort((one, other) => one.start - other.start);
  const people = on.filter((each) => !each.by_scheduler);
  return people.length ? people : on;
}

function verdict(text, tone, why = "", at = null) {
  return { text, tone, why, at };
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function instances(part) {
  return isObject(part) ? Object.values(part).filter(isObject) : [];
}

function valueOf(values, key) {
  return isObject(values[key]) ? values[key].val : undefined;
}

function says(values, key) {
  return String(valueOf(values, key)).toLowerCase();
}

function when(leaf) {
  return isObject(leaf) && Number.isInteger(leaf.timestamp) ? leaf.timestamp : null;
}
