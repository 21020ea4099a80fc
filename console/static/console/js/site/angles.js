// Angles as astronomers write them, and where they are in the sky now. Pure functions.

const DEGREE = Math.PI / 180;

/**
 * Hours from "5 35 17.3", "05:35:17.3", "5h35m17.3s" or "5.588"; null for what is none (0 to 24).
 *
 * @param {string} text
 */
export function hours(text) {
  const value = sexagesimal(text);
  return value !== null && value >= 0 && value < 24 ? value : null;
}

/**
 * Degrees from "-5 23 28", "−5°23′28″" or "-5.391"; null for what is none (−90 to 90).
 *
 * @param {string} text
 */
export function degrees(text) {
  const value = sexagesimal(text);
  return value !== null && Math.abs(value) <= 90 ? value : null;
}

/** @param {string} text */
function sexagesimal(text) {
  const plain = text
    .trim()
    .replace("−", "-")
    .replace(/["'hms°d′″:]+/gi, " ")
    .trim();
  const match = /^([+-]?)(\d+(?:\.\d+)?)(?:\s+(\d+(?:\.\d+)?))?(?:\s+(\d+(?:\.\d+)?))?$/.exec(plain);
  if (!match) return null;
  const [large, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0));
  if (minutes >= 60 || seconds >= 60) return null;
  return (match[1] === "-" ? -1 : 1) * (large + minutes / 60 + seconds / 3600);
}

/**
 * Altitude in degrees of a place in the sky (hours, degrees) seen from a place on Earth (degrees) at `ms`.
 *
 * @param {number} ra
 * @param {number} dec
 * @param {number} latitude
 * @param {number} longitude
 * @param {number} ms
 */
export function altitude(ra, dec, latitude, longitude, ms) {
  const days = ms / 86400000 - 10957.5; // since J2000.0
  const sidereal = 280.46061837 + 360.98564736629 * days + longitude;
  const angle = (sidereal - ra * 15) * DEGREE;
  const sine =
    Math.sin(dec * DEGREE) * Math.sin(latitude * DEGREE) +
    Math.cos(dec * DEGREE) * Math.cos(latitude * DEGREE) * Math.cos(angle);
  return Math.asin(Math.min(1, Math.max(-1, sine))) / DEGREE;
}
