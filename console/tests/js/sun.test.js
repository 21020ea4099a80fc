import assert from "node:assert/strict";
import { test } from "node:test";

import { altitude, darkness, onMap, skyAt, subsolar } from "../../static/console/js/sun.js";

const near = (found, expected, within) => assert.ok(Math.abs(found - expected) < within, `${found} is not ${expected}`);

test("the sun of the solstices and equinoxes of 2026", () => {
  near(subsolar(Date.parse("2026-06-21T08:24:00Z")).latitude, 23.435, 0.02);
  near(subsolar(Date.parse("2026-12-21T20:50:00Z")).latitude, -23.435, 0.02);
  near(subsolar(Date.parse("2026-03-20T14:46:00Z")).latitude, 0, 0.02);
});

test("it goes around once a day, and lags or leads by the equation of time", () => {
  // 3 November 2026: the true noon of Greenwich is 16.4 minutes before the clock's.
  near(subsolar(Date.parse("2026-11-03T12:00:00Z")).longitude, -4.11, 0.05);
  near(subsolar(Date.parse("2026-11-03T18:00:00Z")).longitude, -94.11, 0.05);
});

test("altitudes: in the zenith, at the horizon, at the other side", () => {
  const sun = { latitude: 20, longitude: 30 };
  near(altitude(sun, 20, 30), 90, 1e-6);
  near(altitude(sun, -70, 30), 0, 1e-6);
  near(altitude(sun, -20, -150), -90, 1e-6);
});

test("the names of the light", () => {
  assert.deepEqual([5, -0.2, -0.3, -6.5, -12.5, -18.5].map(skyAt), [
    "Day",
    "Day",
    "Civil twilight",
    "Nautical twilight",
    "Astronomical twilight",
    "Night",
  ]);
});

test("the map is 720 wide and 360 high", () => {
  assert.deepEqual(onMap({ latitude: 90, longitude: -180 }), { x: 0, y: 0 });
  assert.deepEqual(onMap({ latitude: -90, longitude: 180 }), { x: 720, y: 360 });
});

test("the edge of darkness is where the sun stands so low", () => {
  for (const sun of [
    { latitude: 23.4, longitude: 10 },
    { latitude: -20, longitude: -170 },
    { latitude: 3, longitude: 0 },
  ]) {
    for (const below of [0, -6, -18]) {
      const ring = darkness(sun, below).split("Z")[2].slice(1).split("L");
      const heights = ring.map((point) => {
        const [x, y] = point.split(" ").map(Number);
        return { y, height: altitude(sun, 90 - y / 2, x / 2 - 180) };
      });
      // Where the night holds a pole, the ring goes along the map's edge: its first and its last point.
      const edge = heights.filter(({ y }) => y > 0 && y < 360);
      assert.ok(edge.length > 110);
      for (const { height } of edge) near(height, below, 0.1);
    }
  }
});
