import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { readFits } from "../../static/console/js/site/fits.js";
import { quantile, sample, stretched } from "../../static/console/js/site/stretch.js";

// Frames of every kind with their pixels as astropy reads them: images/conversions.py is held to the same.
const cases = JSON.parse(readFileSync(new URL("../../../images/tests/pixel_cases.json", import.meta.url), "utf8"));

function bytesOf(file) {
  const bytes = gunzipSync(Buffer.from(file, "base64"));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

test("there are cases", () => assert.ok(cases.length >= 50));

for (const { name, file, ...expected } of cases) {
  // A thousandth of what lies between black and white is less than a screen shows.
  const near = (expected.white - expected.black || 1) * 1e-3;

  test(`${name}: the pixels`, async () => {
    const picture = await readFits(bytesOf(file));
    assert.deepEqual([picture.width, picture.height, picture.channels], [expected.width, expected.height, 1]);
    assert.equal(picture.values.length, expected.values.length);
    expected.values.forEach((value, n) => {
      if (value === null) assert.ok(Number.isNaN(picture.values[n]), `pixel ${n} has no value`);
      else assert.ok(Math.abs(picture.values[n] - value) < near, `pixel ${n}: ${picture.values[n]}, not ${value}`);
    });
  });

  test(`${name}: the greys`, async () => {
    const picture = await readFits(bytesOf(file));
    const sorted = sample(picture);
    const [black, white] = [quantile(sorted, 0.001), quantile(sorted, 0.9995)];
    assert.ok(Math.abs(black - expected.black) < near && Math.abs(white - expected.white) < near);
    const rgba = stretched(picture, { black, white, curve: "linear", inverted: false });
    expected.greys.forEach((grey, n) => {
      assert.ok(Math.abs(rgba[4 * n] - grey / 257) < 1.5, `pixel ${n}: ${rgba[4 * n]}, not ${grey / 257}`);
    });
  });
}
