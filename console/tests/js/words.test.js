import assert from "node:assert/strict";
import { test } from "node:test";

import { asNumber, devices, named, rounded, sexagesimal, shown, withUnit } from "../../static/console/js/site/words.js";

const NUMBER = ["Altitude", "number", "°", 1];
const TEXT = ["Message", "text", "", 1];

test("numbers have their decimals, their unit and a minus", () => {
  assert.equal(shown(NUMBER, -12.34, 200), "−12.3°");
  assert.equal(shown(["Wind", "number", "m/s", 1], "3.44", 200), "3.4 m/s");
  assert.equal(shown(["Airmass", "number", "", 2], 1.2, 200), "1.20");
});

test("what is missing is a dash, truths are words, text is cut", () => {
  for (const value of [null, undefined, ""]) assert.equal(shown(NUMBER, value, 200), "–");
  assert.deepEqual([shown(TEXT, true, 9), shown(TEXT, false, 9)], ["yes", "no"]);
  assert.equal(shown(TEXT, "0123456789", 5), "01234…");
  assert.equal(shown(NUMBER, { a: [1] }, 200), '{"a":[1]}');
});

test("angles are rounded as a whole: no minute has sixty seconds", () => {
  assert.equal(shown(["RA", "hours", "", 1], 5.588139, 200), "5h 35m 17.3s");
  assert.equal(shown(["RA", "hours", "", 1], -1e-9, 200), "0h 00m 00.0s");
  assert.equal(sexagesimal(1 - 1e-9, "h", "m", "s", 1), "1h 00m 00.0s");
  assert.equal(sexagesimal(-5.391111, "°", "′", "″", 0), "−5° 23′ 28″");
  assert.equal(sexagesimal(-1e-9, "°", "′", "″", 0), "0° 00′ 00″");
});

test("what rounds to zero has no sign", () => {
  assert.deepEqual([rounded(-0.04, 1), rounded(-0.06, 1), rounded(0, 0)], ["0.0", "-0.1", "0"]);
  assert.deepEqual([withUnit("-0.1", "°C"), withUnit("7", "")], ["−0.1 °C", "7"]);
});

test("a number in text counts, what only JavaScript takes for one does not", () => {
  assert.deepEqual([" 7 ", "-1.5e2", ".5", 3].map(asNumber), [7, -150, 0.5, 3]);
  for (const value of ["0x10", "", " ", "Infinity", "1_000", true, null, [5], 1e12, NaN]) {
    assert.equal(asNumber(value), null, String(value));
  }
});

test("a key becomes words", () => assert.equal(named("cloud_cover_%"), "Cloud cover %"));

test("every device of a document is told of, with its values and their times", () => {
  const spec = { flat: ["site"], no_groups: ["timing"], skipped: ["secret"] };
  const status = {
    mount: { mount1: { altitude: { val: 30, timestamp: 5 }, secret: 1, constructor: "x" }, odd: "no device" },
    site: { mode: "auto", own: { val: 1, timestamp: 2 } },
    timing: { a: { b: 1 } },
    broken: [1],
  };
  const told = [];
  devices(spec, { status, server_timestamp_ms: 9 }, (...each) => told.push(each));
  const plain = told.map(([kind, name, leaves]) => [kind, name, { ...leaves }]);
  assert.deepEqual(plain, [
    ["mount", "mount1", { altitude: { val: 30, timestamp: 5 }, constructor: { val: "x", timestamp: 9 } }],
    ["site", "", { mode: { val: "auto", timestamp: 9 }, own: { val: { val: 1, timestamp: 2 }, timestamp: 9 } }],
  ]);
  devices(spec, { server_timestamp_ms: 9 }, () => assert.fail("there is no status"));
});
