// From measured values to greys: where black and white lie, and the curve between them. Pure functions.
//
// A picture is {width, height, channels, values}: `values` holds channels × width × height numbers, the channels
// of a pixel beside each other.

// Few enough to sort at once, enough to know the ends well.
const SAMPLES = 100000;
// How much of the sky's own range is shown beside what is brighter, in an automatic stretch.
const BLACK_PART = 0.005;
const WHITE_PART = 0.9975;
const SOFTENING = 0.05;

/** @type {Record<string, (part: number) => number>} From 0 to 1, both kept. */
export const CURVES = {
  linear: (x) => x,
  sqrt: Math.sqrt,
  asinh: (x) => Math.asinh(x / SOFTENING) / Math.asinh(1 / SOFTENING),
  log: (x) => Math.log1p(1000 * x) / Math.log1p(1000),
};

/**
 * A sorted sample of a picture's values, those that are no number or infinite left out: what black and white are
 * chosen from. Never in step with the rows: of a colour camera's mosaic all the same colour would be seen.
 *
 * @param {{ values: Picture["values"], width?: number, channels?: number }} picture
 */
export function sample({ values, width = 1, channels = 1 }) {
  let step = Math.max(1, Math.ceil(values.length / SAMPLES));
  while (common(step, width * channels) > 1) step += 1;
  const found = new Float64Array(Math.ceil(values.length / step));
  let count = 0;
  for (let n = 0; n < values.length; n += step) if (Number.isFinite(values[n])) found[count++] = values[n];
  return found.subarray(0, count).sort();
}

/**
 * @param {number} one
 * @param {number} other
 * @returns {number}
 */
function common(one, other) {
  return other ? common(other, one % other) : one;
}

/**
 * The value below which `part` (0 to 1) of the sample lies: one that occurs in it (images/stretching.py).
 *
 * @param {Float64Array} sorted
 * @param {number} part
 */
export function quantile(sorted, part) {
  if (!sorted.length) return 0;
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

/**
 * Black and white that show what is there, neither a dead pixel nor one star deciding.
 *
 * @param {Float64Array} sorted
 * @returns {[black: number, white: number]}
 */
export function automatic(sorted) {
  const black = quantile(sorted, BLACK_PART);
  const white = quantile(sorted, WHITE_PART);
  return white > black ? [black, white] : [black, black + 1];
}

/**
 * The picture in greys or colours: RGBA, four bytes a pixel.
 *
 * @param {Picture} picture
 * @param {{ black: number, white: number, curve: string, inverted: boolean }} how
 */
export function stretched({ width, height, channels, values }, { black, white, curve, inverted }) {
  const out = new Uint8ClampedArray(width * height * 4);
  const bend = CURVES[curve];
  const span = white - black || 1;
  // 4096 steps are more than a screen's 256 need, and a look-up costs a tenth of a logarithm.
  const table = Uint8Array.from({ length: 4097 }, (_, n) => {
    const grey = Math.round(255 * bend(n / 4096));
    return inverted ? 255 - grey : grey;
  });
  for (let pixel = 0, at = 0; at < out.length; pixel += channels, at += 4) {
    for (let channel = 0; channel < 3; channel += 1) {
      const value = values[pixel + (channels === 1 ? 0 : channel)];
      const part = (value - black) / span;
      out[at + channel] = table[part > 0 ? (part < 1 ? Math.round(part * 4096) : 4096) : 0];
    }
    out[at + 3] = 255;
  }
  return out;
}

/**
 * The numbers of a jpg: of a grey one a single channel. `rgba` as a canvas gives it.
 *
 * @param {number} width
 * @param {number} height
 * @param {Uint8ClampedArray} rgba
 * @returns {Picture}
 */
export function fromRgba(width, height, rgba) {
  let grey = true;
  for (let at = 0; at < rgba.length && grey; at += 4) grey = rgba[at] === rgba[at + 1] && rgba[at] === rgba[at + 2];
  const channels = grey ? 1 : 3;
  const values = new Float32Array(width * height * channels);
  for (let at = 0, n = 0; at < rgba.length; at += 4) for (let c = 0; c < channels; c += 1) values[n++] = rgba[at + c];
  return { width, height, channels, values };
}
