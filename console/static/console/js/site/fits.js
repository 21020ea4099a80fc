// Reading a FITS file (FITS 4.0, sections 3 to 5): the first image of at least two axes, as numbers.
//
// The server understands the same of it (images/fitsfile.py); images/tests/pixel_cases.json holds the two together.

import { axesOf, BLOCK, header, number, numberOf } from "./cards.js";
import { readTiles } from "./tiles.js";

/** @type {Record<number, [size: number, read: (view: DataView, at: number) => number]>} */
const READERS = {
  8: [1, (view, at) => view.getUint8(at)],
  16: [2, (view, at) => view.getInt16(at)],
  32: [4, (view, at) => view.getInt32(at)],
  64: [8, (view, at) => Number(view.getBigInt64(at))],
  "-32": [4, (view, at) => view.getFloat32(at)],
  "-64": [8, (view, at) => view.getFloat64(at)],
};
// A preview of some megapixels is meant; a whole frame would not fit into a phone.
const MOST_PIXELS = 40e6;

/**
 * {width, height, channels: 1, values}: physical values (BZERO + BSCALE × stored), the first row of the file
 * first. Undefined pixels are NaN. Rejects with an Error that holds a sentence.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Picture>}
 */
export async function readFits(buffer) {
  let at = 0;
  while (at < buffer.byteLength) {
    const { cards, end } = header(buffer, at);
    const axes = axesOf(cards, "NAXIS");
    const packed = cards.XTENSION === "BINTABLE" && cards.ZIMAGE === true;
    const [width = 0, height = 0] = packed ? axesOf(cards, "ZNAXIS") : axes;
    const image = packed || (cards.XTENSION ?? "IMAGE") === "IMAGE";
    const size = READERS[number(cards.BITPIX) ?? 0]?.[0];
    if (!size) throw new Error("This is no FITS file.");
    if (image && width * height > 0) {
      if (width * height > MOST_PIXELS) throw new Error("This image is too large to be shown here.");
      const stored = packed
        ? await readTiles(buffer, end, cards, arrayOf(numberOf(cards, "ZBITPIX")))
        : plain(buffer, end, numberOf(cards, "BITPIX"), width * height);
      return { width, height, channels: 1, values: physical(stored, cards, packed) };
    }
    const elements = axes.length ? axes.reduce((one, other) => one * other, 1) + (number(cards.PCOUNT) ?? 0) : 0;
    at = end + Math.ceil((elements * (number(cards.GCOUNT) ?? 1) * size) / BLOCK) * BLOCK;
  }
  throw new Error("There is no image in this file.");
}

/**
 * Half the memory where 24 bits hold every number.
 *
 * @param {number} bitpix
 */
function arrayOf(bitpix) {
  return bitpix === -32 || (bitpix > 0 && bitpix < 32) ? Float32Array : Float64Array;
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {number} bitpix
 * @param {number} count
 */
function plain(buffer, start, bitpix, count) {
  const view = new DataView(buffer);
  const [size, read] = READERS[bitpix];
  if (start + count * size > view.byteLength) throw new Error("This FITS file ends too early.");
  const values = new (arrayOf(bitpix))(count);
  for (let n = 0; n < count; n += 1) values[n] = read(view, start + n * size);
  return values;
}

/**
 * What is stored becomes what was measured. Pixels without a value are NaN from here on.
 *
 * @param {Float32Array | Float64Array} values
 * @param {Cards} cards
 * @param {boolean} packed
 */
function physical(values, cards, packed) {
  const scale = number(cards.BSCALE) ?? 1;
  const zero = number(cards.BZERO) ?? 0;
  const whole = numberOf(cards, packed ? "ZBITPIX" : "BITPIX") > 0;
  const blank = whole ? (number(cards.BLANK) ?? (packed ? number(cards.ZBLANK) : undefined)) : undefined;
  if (scale === 1 && zero === 0 && blank === undefined) return values;
  return values.map((stored) => (stored === blank ? NaN : zero + scale * stored));
}
