import assert from "node:assert/strict";
import { test } from "node:test";

import { axesOf, header, number, numberOf } from "../../static/console/js/site/cards.js";
import { readFits } from "../../static/console/js/site/fits.js";

/** A file of these cards and bytes, each filled up to whole blocks. */
function file(cards, data = new Uint8Array()) {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  const size = (length) => Math.ceil(length / 2880) * 2880;
  const bytes = new Uint8Array(size(text.length) + size(data.length));
  bytes.fill(32, 0, size(text.length));
  bytes.set(new TextEncoder().encode(text));
  bytes.set(data, size(text.length));
  return bytes.buffer;
}

const card = (name, value) => `${name.padEnd(8)}= ${value}`;
const IMAGE = [card("SIMPLE", "T"), card("BITPIX", "8"), card("NAXIS", "2"), card("NAXIS1", "2"), card("NAXIS2", "1")];

test("cards: text with quotes, numbers, truths, and what stands behind the slash", () => {
  const { cards, end } = header(
    file([card("A", "'it''s / so  ' / not this"), card("B", "1.5D3 / seconds"), card("C", "F"), card("D", "odd")]),
    0,
  );
  assert.deepEqual(cards, { A: "it's / so", B: 1500, C: false, D: "odd" });
  assert.equal(end, 2880);
});

test("of two cards of one name the first counts", () => {
  assert.deepEqual(header(file([card("A", "1"), card("A", "2")]), 0).cards, { A: 1 });
});

test("numbers written as text count, words do not", () => {
  assert.deepEqual([3, " 4.5 ", "1D2", "x", "", true, undefined].map(number), [
    3,
    4.5,
    100,
    ...Array(4).fill(undefined),
  ]);
});

test("axes and numbers that the header must hold", () => {
  assert.deepEqual(axesOf({ NAXIS: 2, NAXIS1: 20, NAXIS2: "12" }, "NAXIS"), [20, 12]);
  assert.deepEqual(axesOf({}, "ZNAXIS"), []);
  assert.throws(() => axesOf({ NAXIS: 2, NAXIS1: 20 }, "NAXIS"), /no FITS file/);
  assert.throws(() => numberOf({ A: "x" }, "A"), /no FITS file/);
});

test("the numbers of an image", async () => {
  const { width, height, channels, values } = await readFits(file(IMAGE, Uint8Array.of(7, 250)));
  assert.deepEqual([width, height, channels, [...values]], [2, 1, 1, [7, 250]]);
});

test("what is no image, or not all of one, is told in a sentence", async () => {
  const noImage = file([card("SIMPLE", "T"), card("BITPIX", "8"), card("NAXIS", "0")]);
  const huge = [...IMAGE.slice(0, 3), card("NAXIS1", "50000"), card("NAXIS2", "50000")];
  const refused = [
    [new ArrayBuffer(0), "There is no image in this file."],
    [noImage, "There is no image in this file."],
    [new TextEncoder().encode("<html>".repeat(1000)).buffer, "This is no FITS file."],
    [file(IMAGE.filter((each) => !each.startsWith("BITPIX"))), "This is no FITS file."],
    [file(IMAGE), "This FITS file ends too early."],
    [file(huge), "This image is too large to be shown here."],
  ];
  for (const [buffer, message] of refused) await assert.rejects(readFits(buffer), { message });
});

test("a packed image that lies about itself ends in a sentence, too", async () => {
  const table = [
    ...[card("XTENSION", "'BINTABLE'"), card("BITPIX", "8"), card("NAXIS", "2"), card("NAXIS1", "8")],
    ...[card("NAXIS2", "1"), card("TFIELDS", "1"), card("TTYPE1", "'COMPRESSED_DATA'"), card("TFORM1", "'1PB(9)'")],
    ...[card("ZIMAGE", "T"), card("ZBITPIX", "16"), card("ZNAXIS", "2"), card("ZNAXIS1", "4"), card("ZNAXIS2", "1")],
  ];
  const packed = (method) => [...table, card("ZCMPTYPE", `'${method}'`)];
  const beyond = Uint8Array.of(0, 0, 255, 255, 0, 0, 0, 0);
  const two = Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 0, 1, 2);
  await assert.rejects(readFits(file(packed("RICE_1"), beyond)), { message: "This FITS file ends too early." });
  await assert.rejects(readFits(file(packed("RICE_1"), two)), { message: "This FITS file ends too early." });
  await assert.rejects(readFits(file(packed("NOCOMPRESS"), two)), { message: "This FITS file ends too early." });
  const message = "Images packed by HCOMPRESS_1 cannot be shown here.";
  await assert.rejects(readFits(file(packed("HCOMPRESS_1"), two)), { message });
  const none = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0);
  await assert.rejects(readFits(file(packed("RICE_1"), none)), { message: "A part of this image is missing." });
});
