// Images packed tile by tile into a table (FITS 4.0, section 10): Rice, gzip or plain; of a cube the first plane.

import { number, numberOf } from "./cards.js";

/** @type {Record<string, number>} The bytes of a value, by the kind of its column. */
const WIDTHS = { L: 1, B: 1, I: 2, J: 4, K: 8, E: 4, D: 8, A: 1, P: 8, Q: 16 };
// What says that a quantized pixel has no value, and (SUBTRACTIVE_DITHER_2) that it is exactly zero.
const NONE = -2147483648;
const ZERO = -2147483646;
const RANDOMS = 10000;

/**
 * The stored numbers of the image's first plane, in an array of that kind.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {Cards} cards
 * @param {Float32ArrayConstructor | Float64ArrayConstructor} Kind
 */
export async function readTiles(buffer, start, cards, Kind) {
  const table = new Table(buffer, start, cards);
  const width = numberOf(cards, "ZNAXIS1");
  const height = numberOf(cards, "ZNAXIS2");
  const across = number(cards.ZTILE1) ?? width;
  const down = number(cards.ZTILE2) ?? 1;
  const columns = Math.ceil(width / across);
  const rows = Math.ceil(height / down);
  const values = new Kind(width * height);
  for (let n = 0; n < columns * rows; n += 1) {
    const left = (n % columns) * across;
    const top = Math.floor(n / columns) * down;
    const wide = Math.min(across, width - left);
    const high = Math.min(down, height - top);
    const tile = await tileOf(table, n, wide * high, cards);
    for (let y = 0; y < high; y += 1) values.set(tile.subarray(y * wide, (y + 1) * wide), (top + y) * width + left);
  }
  return values;
}

class Table {
  /**
   * @param {ArrayBuffer} buffer
   * @param {number} start
   * @param {Cards} cards
   */
  constructor(buffer, start, cards) {
    this.buffer = buffer;
    this.view = new DataView(buffer);
    this.start = start;
    this.row = numberOf(cards, "NAXIS1");
    this.heap = start + (number(cards.THEAP) ?? this.row * numberOf(cards, "NAXIS2"));
    /** @type {Record<string, { at: number, kind: string }>} */
    this.columns = {};
    for (let n = 1, at = 0; n <= numberOf(cards, "TFIELDS"); n += 1) {
      const [, count = "", kind = ""] = /^(\d*)([A-Z])/.exec(String(cards[`TFORM${n}`])) ?? [];
      this.columns[String(cards[`TTYPE${n}`])] = { at, kind };
      at += (count === "" ? 1 : Number(count)) * (WIDTHS[kind] ?? 0);
    }
  }

  /**
   * A number of a row; undefined where the table has no such column.
   *
   * @param {string} name
   * @param {number} row
   */
  number(name, row) {
    const column = this.columns[name];
    if (!column) return undefined;
    const at = this.start + row * this.row + column.at;
    if (column.kind === "D") return this.view.getFloat64(at);
    return column.kind === "E" ? this.view.getFloat32(at) : this.view.getInt32(at);
  }

  /**
   * The bytes in the heap that belong to a row; undefined where there are none.
   *
   * @param {string} name
   * @param {number} row
   */
  bytes(name, row, unit = 1) {
    const column = this.columns[name];
    if (!column) return undefined;
    const at = this.start + row * this.row + column.at;
    if (at + 8 > this.view.byteLength) throw new Error("This FITS file ends too early.");
    const long = column.kind === "Q";
    const count = long ? Number(this.view.getBigInt64(at)) : this.view.getInt32(at);
    const offset = long ? Number(this.view.getBigInt64(at + 8)) : this.view.getInt32(at + 4);
    if (this.heap + offset + count * unit > this.view.byteLength) throw new Error("This FITS file ends too early.");
    return count ? new Uint8Array(this.buffer, this.heap + offset, count * unit) : undefined;
  }
}

/**
 * @param {Table} table
 * @param {number} row
 * @param {number} count
 * @param {Cards} cards
 */
async function tileOf(table, row, count, cards) {
  const own = numberOf(cards, "ZBITPIX");
  const size = Math.abs(own) / 8;
  const packed = table.bytes("COMPRESSED_DATA", row);
  if (!packed) {
    const gzipped = table.bytes("GZIP_COMPRESSED_DATA", row);
    if (gzipped) return numbers(await gunzip(gzipped, count * size), count, own);
    const plain = table.bytes("UNCOMPRESSED_DATA", row, size);
    if (!plain) throw new Error("A part of this image is missing.");
    return numbers(plain, count, own);
  }
  const scale = table.number("ZSCALE", row);
  // Quantized pixels are whole numbers of 32 bits, whatever the image's own are.
  const bitpix = scale === undefined ? own : 32;
  const tile = await unpacked(packed, count, bitpix, cards);
  return scale === undefined ? tile : dequantized(tile, row, scale, table, cards);
}

/**
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {number} count
 * @param {number} bitpix
 * @param {Cards} cards
 */
async function unpacked(packed, count, bitpix, cards) {
  const size = Math.abs(bitpix) / 8;
  switch (cards.ZCMPTYPE) {
    case "RICE_1":
    case "RICE_ONE":
      return rice(packed, count, setting(cards, "BLOCKSIZE", 32), setting(cards, "BYTEPIX", 4));
    case "GZIP_1":
      return numbers(await gunzip(packed, count * size), count, bitpix);
    case "GZIP_2":
      return numbers(unshuffled(await gunzip(packed, count * size), count, size), count, bitpix);
    case "NOCOMPRESS":
      return numbers(packed, count, bitpix);
    default:
      throw new Error(`Images packed by ${cards.ZCMPTYPE} cannot be shown here.`);
  }
}

/**
 * @param {Cards} cards
 * @param {string} name
 * @param {number} otherwise
 */
function setting(cards, name, otherwise) {
  for (let n = 1; cards[`ZNAME${n}`] !== undefined; n += 1)
    if (cards[`ZNAME${n}`] === name) return numberOf(cards, `ZVAL${n}`);
  return otherwise;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} count
 * @param {number} bitpix
 */
function numbers(bytes, count, bitpix) {
  const size = Math.abs(bitpix) / 8;
  if (bytes.length < count * size) throw new Error("This FITS file ends too early.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Record<number, (at: number) => number>} */
  const readers = {
    8: (at) => view.getUint8(at),
    16: (at) => view.getInt16(at),
    32: (at) => view.getInt32(at),
    64: (at) => Number(view.getBigInt64(at)),
    "-32": (at) => view.getFloat32(at),
    "-64": (at) => view.getFloat64(at),
  };
  const read = readers[bitpix];
  return Float64Array.from({ length: count }, (_, n) => read(n * size));
}

/**
 * No more than `most` bytes: a tile is as large as the header says.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} most
 */
async function gunzip(bytes, most) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const out = new Uint8Array(most);
  let at = 0;
  while (at < most) {
    const { done, value } = await reader.read();
    if (done) break;
    out.set(value.subarray(0, most - at), at);
    at += value.length;
  }
  await reader.cancel();
  return out.subarray(0, Math.min(at, most));
}

/**
 * GZIP_2 keeps the first bytes of all numbers together, then the second, and so on.
 *
 * @param {Uint8Array} bytes
 * @param {number} count
 * @param {number} size
 */
function unshuffled(bytes, count, size) {
  const out = new Uint8Array(count * size);
  for (let n = 0; n < count; n += 1) for (let k = 0; k < size; k += 1) out[n * size + k] = bytes[k * count + n];
  return out;
}

/** @type {Record<number, { selector: number, most: number, wrap: (x: number) => number }>} By bytes a pixel. */
const WORDS = {
  1: { selector: 3, most: 6, wrap: (x) => x & 255 },
  2: { selector: 4, most: 14, wrap: (x) => (x << 16) >> 16 },
  4: { selector: 5, most: 25, wrap: (x) => x | 0 },
};

/**
 * Rice's code as cfitsio writes it (White et al., section 10.4.1): differences in blocks with a split each.
 *
 * @param {Uint8Array} bytes
 * @param {number} count
 * @param {number} block
 * @param {number} size
 */
export function rice(bytes, count, block, size) {
  const word = WORDS[size];
  if (!word) throw new Error("This image is packed in a way that cannot be shown here.");
  const values = new Float64Array(count);
  let last = 0;
  for (let n = 0; n < size; n += 1) last = (last << 8) | bytes[n];
  last = word.wrap(last);
  let next = size;
  let held = 0; // bits that were read and not used
  let bits = 0; // and how many they are
  /** @type {(wanted: number) => number} */
  const take = (wanted) => {
    let value = 0;
    while (wanted > 0) {
      if (!bits) {
        if (next >= bytes.length) throw new Error("This FITS file ends too early.");
        held = bytes[next++];
        bits = 8;
      }
      const some = Math.min(wanted, bits);
      bits -= some;
      value = (value << some) | (held >> bits);
      held &= (1 << bits) - 1;
      wanted -= some;
    }
    return value >>> 0;
  };
  const zeros = () => {
    let found = 0;
    while (!held) {
      found += bits;
      if (next >= bytes.length) throw new Error("This FITS file ends too early.");
      held = bytes[next++];
      bits = 8;
    }
    const top = 31 - Math.clz32(held);
    found += bits - 1 - top;
    bits = top;
    held &= (1 << top) - 1;
    return found;
  };
  for (let first = 0; first < count; first += block) {
    const split = take(word.selector) - 1;
    for (let n = first; n < Math.min(first + block, count); n += 1) {
      if (split >= 0) {
        const code = split === word.most ? take(size * 8) : ((zeros() << split) | take(split)) >>> 0;
        last = word.wrap(last + (code & 1 ? ~(code >>> 1) : code >>> 1));
      }
      values[n] = last;
    }
  }
  return values;
}

/** @type {Float32Array | null} */
let made = null;

/** The standard's own sequence of random numbers (Park and Miller; FITS 4.0, appendix I), made once. */
function randoms() {
  let seed = 1;
  made ??= Float32Array.from({ length: RANDOMS }, () => {
    seed = (16807 * seed) % 2147483647;
    return seed / 2147483647;
  });
  return made;
}

/** @typedef {() => number} Shifts What to add to each quantized pixel, one after another. */

/**
 * The shifts of a row's tile: subtractive dithering takes away what was added before the pixels were rounded.
 *
 * @param {number} row
 * @param {Cards} cards
 * @returns {Shifts}
 */
function shiftsOf(row, cards) {
  if (!String(cards.ZQUANTIZ ?? "").startsWith("SUBTRACTIVE_DITHER")) return () => 0;
  const sequence = randoms();
  let seed = (row + (number(cards.ZDITHER0) ?? 1) - 1) % RANDOMS;
  let at = Math.floor(sequence[seed] * 500);
  return () => {
    const shift = 0.5 - sequence[at];
    at += 1;
    if (at === RANDOMS) {
      seed = (seed + 1) % RANDOMS;
      at = Math.floor(sequence[seed] * 500);
    }
    return shift;
  };
}

/**
 * @param {Float64Array} tile
 * @param {number} row
 * @param {number} scale
 * @param {Table} table
 * @param {Cards} cards
 */
function dequantized(tile, row, scale, table, cards) {
  const zero = table.number("ZZERO", row) ?? 0;
  const none = table.number("ZBLANK", row) ?? number(cards.ZBLANK) ?? NONE;
  const exact = cards.ZQUANTIZ === "SUBTRACTIVE_DITHER_2";
  const next = shiftsOf(row, cards);
  return tile.map((value) => {
    const shift = next();
    if (value === none) return NaN;
    return exact && value === ZERO ? 0 : (value + shift) * scale + zero;
  });
}
