// Where the sun stands, and where it is night: as console/sun.py has it, in degrees.

const RADIANS = Math.PI / 180;
const STEP = 3;
/** @type {(degrees: number) => number} */
const sin = (degrees) => Math.sin(degrees * RADIANS);
/** @type {(degrees: number) => number} */
const cos = (degrees) => Math.cos(degrees * RADIANS);
// Rounding may have carried the sine beyond 1.
/** @type {(sine: number) => number} */
const arcsine = (sine) => Math.asin(Math.max(-1, Math.min(1, sine))) / RADIANS;
/** @type {(degrees: number) => number} */
const within = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** @type {[above: number, name: string][]} */
export const SKY = [
  [-0.25, "Day"],
  [-6, "Civil twilight"],
  [-12, "Nautical twilight"],
  [-18, "Astronomical twilight"],
];

/**
 * Where the sun stands in the zenith at `now` (ms): {latitude, longitude}. The low-precision formulas of the
 * Astronomical Almanac ("Low precision formulas for the Sun"), good to about 0.01° from 1950 to 2050.
 *
 * @param {number} now
 * @returns {Place}
 */
export function subsolar(now) {
  const days = now / 86400000 - 10957.5; // since 2000 January 1, 12:00
  const anomaly = 357.528 + 0.9856003 * days;
  const longitude = 280.46 + 0.9856474 * days + 1.915 * sin(anomaly) + 0.02 * sin(2 * anomaly);
  const obliquity = 23.439 - 0.0000004 * days;
  const ascension = Math.atan2(cos(obliquity) * sin(longitude), cos(longitude)) / RADIANS;
  const sidereal = 280.46061837 + 360.98564736629 * days;
  return {
    latitude: Math.asin(sin(obliquity) * sin(longitude)) / RADIANS,
    longitude: within(ascension - sidereal),
  };
}

/**
 * @param {Place} sun
 * @param {number} latitude
 * @param {number} longitude
 */
export function altitude(sun, latitude, longitude) {
  const sine = sin(latitude) * sin(sun.latitude) + cos(latitude) * cos(sun.latitude) * cos(longitude - sun.longitude);
  return arcsine(sine);
}

/** @param {number} height */
export function skyAt(height) {
  return SKY.find(([limit]) => height > limit)?.[1] ?? "Night";
}

/** @param {Place} place */
export function onMap({ latitude, longitude }) {
  return { x: 2 * (longitude + 180), y: 2 * (90 - latitude) };
}

/**
 * The SVG path of where the sun stands lower than `below` degrees (at most 0).
 *
 * @param {Place} sun
 * @param {number} below
 */
export function darkness(sun, below) {
  let ring = circle(-sun.latitude, sun.longitude + 180, 90 + below);
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (Math.abs(last.longitude - first.longitude) > 180) {
    const latitude = sun.latitude < 0 ? 90 : -90;
    ring = [{ latitude, longitude: first.longitude }, ...ring, { latitude, longitude: last.longitude }];
  }
  return [-720, -360, 0, 360].map((shift) => path(ring, shift)).join("");
}

/**
 * @param {number} latitude
 * @param {number} longitude
 * @param {number} radius
 */
function circle(latitude, longitude, radius) {
  /** @type {Place[]} */
  const ring = [];
  for (let bearing = 0; bearing <= 360; bearing += STEP) {
    const sine = sin(latitude) * cos(radius) + cos(latitude) * sin(radius) * cos(bearing);
    const east = Math.atan2(sin(bearing) * sin(radius) * cos(latitude), cos(radius) - sin(latitude) * sine);
    const point = { latitude: arcsine(sine), longitude: longitude + east / RADIANS };
    const before = ring.at(-1);
    if (before) point.longitude = before.longitude + within(point.longitude - before.longitude);
    ring.push(point);
  }
  return ring;
}

/**
 * @param {Place[]} ring
 * @param {number} shift
 */
function path(ring, shift) {
  const points = ring.map((point) => onMap({ ...point, longitude: point.longitude + shift }));
  return `M${points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;
}
