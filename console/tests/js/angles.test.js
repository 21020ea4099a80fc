import assert from "node:assert/strict";
import { test } from "node:test";

import { altitude, degrees, hours } from "../../static/console/js/site/angles.js";

const near = (found, expected, within) => assert.ok(Math.abs(found - expected) < within, `${found} is not ${expected}`);

test("right ascensions as astronomers write them", () => {
  for (const text of ["5 35 17.3", "05:35:17.3", "5h35m17.3s", " 5H 35M 17.3S "]) near(hours(text), 5.588139, 1e-6);
  assert.equal(hours("0"), 0);
  for (const text of ["24", "-1", "5 60 0", "5 0 60", "x", "", "1 2 3 4", "5.5.5"])
    assert.equal(hours(text), null, text);
});

test("declinations as astronomers write them", () => {
  for (const text of ["-5 23 28", "−5°23′28″", "-05:23:28"]) near(degrees(text), -5.391111, 1e-6);
  assert.equal(degrees("-0 30 0"), -0.5);
  assert.deepEqual(["90", "-90", "+12.5"].map(degrees), [90, -90, 12.5]);
  for (const text of ["90.1", "-91", "1e1", "-"]) assert.equal(degrees(text), null, text);
});

test("the pole stands as high as the latitude, at any hour", () => {
  for (const ms of [0, 1795215600000, 1795255600000]) near(altitude(3, 90, 35.5, -105.9, ms), 35.5, 1e-9);
});

test("what culminates in the zenith stands there, and half a sidereal day later under the horizon", () => {
  const ms = 1795215600000;
  const sidereal = (((280.46061837 + 360.98564736629 * (ms / 86400000 - 10957.5) - 105.9) % 360) + 360) % 360;
  near(altitude(sidereal / 15, 35.5, 35.5, -105.9, ms), 90, 1e-4);
  near(altitude(sidereal / 15 + 12, 35.5, 35.5, -105.9, ms), 71 - 90, 1e-4);
});
