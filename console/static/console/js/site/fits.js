// Reading a FITS file (FITS 4.0, sections 3 to 5): the first image of at least two axes, as numbers.
//
// The server understands the same of it (images/fitsfile.py); images/tests/pixel_cases.json holds the two together.

import { readTiles } from "./tiles.js";

const BLOCK = 2880;
const CARD = 80;
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
 */
export async function readFits(buffer) {
  let at = 0;
  while (at < buffer.byteLength) {
    const { cards, end } = header(buffer, at);
    const axes = axesOf(cards, "NAXIS");
    const packed = cards.XTENSION === "BINTABLE" && cards.ZIMAGE === true;
    const [width, height] = packed ? axesOf(cards, "ZNAXIS") : axes;
    const image = packed || (cards.XTENSION ?? "IMAGE") === "IMAGE";
    const size = READERS[cards.BITPIX]?.[0];
    if (!size) throw new Error("This is no FITS file.");
    if (image && width * height > 0) {
      if (width * height > MOST_PIXELS) throw new Error("This image is too large to be shown here.");
      const stored = packed
        ? await readTiles(buffer, end, cards, arrayOf(cards.ZBITPIX))
        : plain(buffer, end, cards, width * height);
      return { width, height, channels: 1, values: physical(stored, cards, packed) };
    }
    const elements = axes.length ? axes.reduce((one, other) => one * other, 1) + (number(cards.PCOUNT) ?? 0) : 0;
    at = end + Math.ceil((elements * (number(cards.GCOUNT) ?? 1) * size) / BLOCK) * BLOCK;
  }
  throw new Error("There is no image in this file.");
}

function axesOf(cards, name) {
  return Array.from({ length: cards[name] ?? 0 }, (_, n) => number(cards[`${name}${n + 1}`]));
}

function header(buffer, start) {
  const cards = {};
  const text = new TextDecoder("latin1");
  for (let at = start; at < buffer.byteLength; at += CARD) {
    const card = text.decode(new Uint8Array(buffer, at, Math.min(CARD, buffer.byteLength - at)));
    const name = card.slice(0, 8).trimEnd();
    if (name === "END") return { cards, end: start + Math.ceil((at + CARD - start) / BLOCK) * BLOCK };
    // Of two cards of one name the first counts.
    if (card.slice(8, 10) === "= " && !(name in cards)) cards[name] = value(card.slice(10));
  }
  throw new Error("This is no FITS file.");
}

function value(text) {
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(text);
  if (quoted) return quoted[1].replaceAll("''", "'").trimEnd();
  const bare = text.split("/")[0].trim();
  if (bare === "T" || bare === "F") return bare === "T";
  return number(bare) ?? bare;
}

/** A card's number, also where it was written as text; undefined where there is none. */
function number(card) {
  if (typeof card === "number") return card;
  if (typeof card !== "string" || !card.trim()) return undefined;
  const found = Number(card.trim().toUpperCase().replace("D", "E"));
  return Number.isNaN(found) ? undefined : found;
}

/** Half the memory where 24 bits hold every number. */
function arrayOf(bitpix) {
  return bitpix === -32 || (bitpix > 0 && bitpix < 32) ? Float32Array : Float64Array;
}

function plain(buffer, start, cards, count) {
  const view = new DataView(buffer);
  const [size, read] = READERS[cards.BITPIX];
  if (start + count * size > view.byteLength) throw new Error("This FITS file ends too early.");
  const values = new (arrayOf(cards.BITPIX))(count);
  for (let n = 0; n < count; n += 1) values[n] = read(view, start + n * size);
  return values;
}

/** What is stored becomes what was measured. Pixels without a value are NaN from here on. */
function physical(values, cards, packed) {
  const scale = number(cards.BSCALE) ?? 1;
  const zero = number(cards.BZERO) ?? 0;
  const whole = (packed ? cards.ZBITPIX : cards.BITPIX) > 0;
  const blank = whole ? (number(cards.BLANK) ?? (packed ? number(cards.ZBLANK) : undefined)) : undefined;
  if (scale === 1 && zero === 0 && blank === undefined) return values;
  return values.map((stored) => (stored === blank ? NaN : zero + scale * stored));
}
