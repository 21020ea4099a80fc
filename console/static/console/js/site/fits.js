// Reading a FITS file (FITS 4.0, sections 3 to 5): the first image of at least two axes, as numbers.

const BLOCK = 2880;
const CARD = 80;
const READERS = {
  8: [1, (view, at) => view.getUint8(at)],
  16: [2, (view, at) => view.getInt16(at)],
  32: [4, (view, at) => view.getInt32(at)],
  "-32": [4, (view, at) => view.getFloat32(at)],
  "-64": [8, (view, at) => view.getFloat64(at)],
};
// A preview of some megapixels is meant; a whole frame would not fit into a phone.
const MOST_PIXELS = 40e6;

/**
 * {width, height, channels: 1, values}: physical values (BZERO + BSCALE × stored) as Float32Array, the first
 * row of the file first. Undefined pixels are NaN. Throws an Error with a sentence.
 */
export function readFits(buffer) {
  const view = new DataView(buffer);
  let at = 0;
  while (at + BLOCK <= buffer.byteLength) {
    const { cards, end } = header(buffer, at);
    const axes = Array.from({ length: cards.NAXIS ?? 0 }, (_, n) => cards[`NAXIS${n + 1}`]);
    const reader = READERS[cards.BITPIX];
    if (!reader) throw new Error("This is no FITS file.");
    if (axes.length >= 2 && cards.XTENSION !== "BINTABLE" && axes[0] * axes[1] > 0) return pixels(view, end, cards, reader);
    const size = axes.length ? axes.reduce((one, other) => one * other, 1) + (cards.PCOUNT ?? 0) : 0;
    at = end + Math.ceil((size * (cards.GCOUNT ?? 1) * reader[0]) / BLOCK) * BLOCK;
  }
  throw new Error("There is no image in this file.");
}

function header(buffer, start) {
  const cards = {};
  const text = new TextDecoder("latin1");
  for (let at = start; at + CARD <= buffer.byteLength; at += CARD) {
    const card = text.decode(new Uint8Array(buffer, at, CARD));
    const name = card.slice(0, 8).trimEnd();
    if (name === "END") return { cards, end: start + Math.ceil((at + CARD - start) / BLOCK) * BLOCK };
    if (card.slice(8, 10) === "= ") cards[name] = value(card.slice(10));
  }
  throw new Error("This is no FITS file.");
}

function value(text) {
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(text);
  if (quoted) return quoted[1].replaceAll("''", "'").trimEnd();
  const bare = text.split("/")[0].trim();
  if (bare === "T" || bare === "F") return bare === "T";
  return Number(bare.replace("D", "E"));
}

function pixels(view, start, cards, [size, read]) {
  const width = cards.NAXIS1;
  const height = cards.NAXIS2;
  if (width * height > MOST_PIXELS) throw new Error("This image is too large to be shown here.");
  if (start + width * height * size > view.byteLength) throw new Error("This FITS file ends too early.");
  const scale = cards.BSCALE ?? 1;
  const zero = cards.BZERO ?? 0;
  const values = new Float32Array(width * height);
  for (let n = 0; n < values.length; n += 1) {
    const stored = read(view, start + n * size);
    values[n] = stored === cards.BLANK ? NaN : zero + scale * stored;
  }
  return { width, height, channels: 1, values };
}
