import assert from "node:assert/strict";
import { test } from "node:test";

import { age, clock, setTime, span } from "../../static/console/js/time.js";
import { openPage } from "./page.js";

const NOW = Date.parse("2026-11-21T12:00:00Z");

test("the clock tells the day where it is another one", () => {
  assert.equal(clock(Date.parse("2026-11-21T09:04:59Z"), NOW), "09:04");
  assert.equal(clock(Date.parse("2026-11-20T21:04:00Z"), NOW), "20 Nov 21:04");
  assert.equal(clock(Date.parse("2025-11-21T09:04:00Z"), NOW), "21 Nov 09:04");
});

test("ages change their unit where one looks for it", () => {
  const seconds = [4, 5, 59, 60, 3600, 2 * 86400 - 1, 2 * 86400, -30, -86400];
  const words = ["now", "5 s ago", "59 s ago", "1 min ago", "1 h ago", "47 h ago", "2 d ago", "in 30 s", "in 24 h"];
  assert.deepEqual(
    seconds.map((each) => age(NOW - each * 1000, NOW)),
    words,
  );
});

test("spans of time", () => {
  assert.deepEqual([1, 89, 91, 3599, 3600, 7500].map(span), [
    "1 min",
    "1 min",
    "2 min",
    "1 h 00 min",
    "1 h 00 min",
    "2 h 05 min",
  ]);
});

test("a time element says its age, and its moment to who asks", () => {
  openPage("<time data-age></time><time data-clock></time>");
  const [aged, clocked] = document.querySelectorAll("time");
  const at = Date.now() - 12000;
  setTime(aged, at);
  setTime(clocked, at);
  assert.equal(aged.textContent, "12 s ago");
  assert.match(clocked.textContent, /^(\d+ \w+ )?\d\d:\d\d$/);
  assert.equal(aged.title, `${new Date(at).toISOString().replace("T", " ").slice(0, 19)} UTC`);
  setTime(null, at);
});
