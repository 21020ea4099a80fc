import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { described, hour, moment, number, range } from "../../static/console/js/plot.js";

const AT = Date.parse("2026-11-21T23:58:00Z") / 1000;

test("what is counted begins at nought; what is measured shows its own range", () => {
  assert.deepEqual(range(null, null, {}), [0, 1]);
  assert.deepEqual(range(2, 3, { step: true }), [0, 4]);
  assert.deepEqual(range(0, 100, { step: true }), [0, 108]);
  assert.deepEqual(range(10, 20, {}), [9, 21]);
  assert.deepEqual(range(1000, 1000, {}), [990, 1010]);
  assert.deepEqual(range(0, 0, {}), [-0.1, 0.1]);
});

test("midnight shows its day", () => {
  assert.deepEqual([hour(AT), hour(AT + 120), moment(AT)], ["23:58", "11-22", "11-21 23:58"]);
});

test("numbers have what digits say something", () => {
  assert.deepEqual([3, 3.14159, -31.4159].map(number), ["3", "3.14", "-31.4"]);
});

test("the words for who does not see the plot", () => {
  const series = [
    { name: "Air", values: [1, null, 3.5] },
    { name: "Dew point", values: [null, null, null] },
  ];
  assert.equal(
    described({ title: "Temperature", unit: "°C", times: [AT, AT + 60, AT + 120], series }),
    "Temperature from 11-21 23:58 to 11-22 00:00 UTC. Air: now 3.50 °C, from 1 to 3.50 °C. Dew point: no values.",
  );
  assert.equal(described({ title: "Wind", times: [], series: [] }), "Wind. Nothing to show yet.");
});

test("the vendored uPlot is its package's, whose types are used", () => {
  const vendored = new URL("../../static/console/vendor/uplot/uPlot.esm.js", import.meta.url);
  const packaged = new URL("../../../node_modules/uplot/dist/uPlot.esm.js", import.meta.url);
  assert.ok(readFileSync(vendored).equals(readFileSync(packaged)));
});
