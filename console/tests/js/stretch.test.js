import assert from "node:assert/strict";
import { test } from "node:test";

import { automatic, CURVES, fromRgba, quantile, sample, stretched } from "../../static/console/js/site/stretch.js";

test("curves go from black to white and rise", () => {
  for (const [name, curve] of Object.entries(CURVES)) {
    const values = Array.from({ length: 21 }, (_, n) => curve(n / 20));
    assert.equal(values[0], 0, name);
    assert.ok(Math.abs(values[20] - 1) < 1e-12, name);
    for (let n = 1; n < 21; n += 1) assert.ok(values[n] > values[n - 1], name);
  }
});

test("a sample is sorted and holds numbers alone", () => {
  const values = Float64Array.from([3, NaN, -1, Infinity, 2, -Infinity]);
  assert.deepEqual([...sample({ values, width: 3 })], [-1, 2, 3]);
  assert.deepEqual([...sample({ values: new Float64Array() })], []);
});

test("a mosaic's sample sees every colour", () => {
  // 1000 columns: every fifth pixel of a row would always be of the same column.
  const values = Float64Array.from({ length: 500000 }, (_, n) => n % 2);
  const found = sample({ values, width: 1000 });
  const ones = found.filter((each) => each === 1).length / found.length;
  assert.ok(found.length <= 100000);
  assert.ok(ones > 0.45 && ones < 0.55, String(ones));
});

test("quantiles are values that occur", () => {
  const sorted = Float64Array.from([1, 2, 3, 4]);
  assert.deepEqual(
    [0, 0.25, 0.5, 0.51, 1].map((part) => quantile(sorted, part)),
    [1, 1, 2, 3, 4],
  );
  assert.equal(quantile(new Float64Array(), 0.5), 0);
});

test("black and white leave out the dead pixel and the star", () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, n) => (n === 0 ? -1e6 : n === 999 ? 1e6 : n));
  const [black, white] = automatic(sorted);
  assert.deepEqual([black, white], [4, 997]);
  assert.deepEqual(automatic(Float64Array.from([7, 7, 7])), [7, 8]);
});

test("a stretched picture: black, middle, white, what lies beyond, and what is none", () => {
  const picture = { width: 6, height: 1, channels: 1, values: Float64Array.from([0, 50, 100, -9, 900, NaN]) };
  const how = { black: 0, white: 100, curve: "linear", inverted: false };
  const grey = (pixels) => [...pixels].filter((_, n) => n % 4 === 0);
  assert.deepEqual(grey(stretched(picture, how)), [0, 128, 255, 0, 255, 0]);
  assert.deepEqual(grey(stretched(picture, { ...how, inverted: true })), [255, 127, 0, 255, 0, 255]);
  assert.deepEqual(
    [...stretched(picture, how)].filter((_, n) => n % 4 === 3),
    Array(6).fill(255),
  );
});

test("colours stay where they are, a grey jpg becomes one channel", () => {
  const colour = fromRgba(2, 1, Uint8ClampedArray.from([1, 2, 3, 255, 4, 5, 6, 255]));
  assert.deepEqual([colour.channels, [...colour.values]], [3, [1, 2, 3, 4, 5, 6]]);
  const grey = fromRgba(2, 1, Uint8ClampedArray.from([1, 1, 1, 255, 4, 4, 4, 255]));
  assert.deepEqual([grey.channels, [...grey.values]], [1, [1, 4]]);
  const how = { black: 0, white: 255, curve: "linear", inverted: false };
  assert.deepEqual([...stretched(colour, how)], [1, 2, 3, 255, 4, 5, 6, 255]);
});
