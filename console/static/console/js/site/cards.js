// The header of a FITS file (FITS 4.0, sections 4.1 and 4.2): cards of 80 characters in blocks of 2880 bytes.

export const BLOCK = 2880;
const CARD = 80;

/**
 * The cards of the header that begins at byte `start`, and where its last block ends.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} start
 */
export function header(buffer, start) {
  /** @type {Cards} */
  const cards = {};
  const text = new TextDecoder("latin1");
  for (let at = start; at < buffer.byteLength; at += CARD) {
    const card = text.decode(new Uint8Array(buffer, at, Math.min(CARD, buffer.byteLength - at)));
    const name = card.slice(0, 8).trimEnd();
    if (name === "END") return { cards, end: start + Math.ceil((at + CARD - start) / BLOCK) * BLOCK };
    // Of two cards of one name the first counts.
    if (card.slice(8, 10) === "= " && !(name in cards)) cards[name] = valueOf(card.slice(10));
  }
  throw new Error("This is no FITS file.");
}

/** @param {string} text */
function valueOf(text) {
  const quoted = /^\s*'((?:[^']|'')*)'/.exec(text);
  if (quoted) return quoted[1].replaceAll("''", "'").trimEnd();
  const bare = text.split("/")[0].trim();
  if (bare === "T" || bare === "F") return bare === "T";
  return number(bare) ?? bare;
}

/**
 * A card's number, also where it was written as text; undefined where there is none.
 *
 * @param {unknown} card
 */
export function number(card) {
  if (typeof card === "number") return card;
  if (typeof card !== "string" || !card.trim()) return undefined;
  const found = Number(card.trim().toUpperCase().replace("D", "E"));
  return Number.isNaN(found) ? undefined : found;
}

/**
 * A number that the header must hold.
 *
 * @param {Cards} cards
 * @param {string} name
 */
export function numberOf(cards, name) {
  const value = number(cards[name]);
  if (value === undefined) throw new Error("This is no FITS file.");
  return value;
}

/**
 * The lengths of the axes, the fastest first: `name` is NAXIS or ZNAXIS.
 *
 * @param {Cards} cards
 * @param {string} name
 */
export function axesOf(cards, name) {
  return Array.from({ length: number(cards[name]) ?? 0 }, (_, n) => numberOf(cards, `${name}${n + 1}`));
}
