// The viewer: one image closely, with its stretch, its pixels, its files and its header.

import { ApiError, get, post } from "../api.js";
import { byId, el, fill, maybe, nearest, setText, tell, within } from "../dom.js";
import { penOf, pictureCanvas } from "./canvas.js";
import { readFits } from "./fits.js";
import { ownLink } from "./links.js";
import { refuse } from "./page.js";
import { automatic, fromRgba, quantile, sample, stretched } from "./stretch.js";
import { sexagesimal } from "./words.js";

const SLIDER = 1000;

/**
 * `neighbour(step)` tells the package that stands `step` places after the shown one.
 *
 * @param {(step: number) => ImagePackage | undefined} neighbour
 */
export function viewer(neighbour) {
  const dialog = byId("viewer", HTMLDialogElement);
  /** @type {(name: string) => HTMLElement} */
  const find = (name) => within(dialog, `[data-${name}]`);
  /** @type {(name: string) => HTMLButtonElement} */
  const button = (name) => within(dialog, `[data-do=${name}]`, HTMLButtonElement);
  const pixels = within(dialog, "[data-pixels]", HTMLSelectElement);
  const curves = within(dialog, "[data-stretch]", HTMLSelectElement);
  const sliders = {
    black: within(dialog, "[data-black]", HTMLInputElement),
    white: within(dialog, "[data-white]", HTMLInputElement),
  };
  const wanted = within(dialog, "[data-search]", HTMLInputElement);
  const canvas = pictureCanvas(byId("viewer-canvas", HTMLCanvasElement), showZoom, showPixel);
  /** @type {ImagePackage | null} */
  let image = null;
  /** @type {Picture | null} */
  let data = null; // the numbers that are stretched
  /** @type {Float64Array} */
  let sorted = new Float64Array(); // a sorted sample of them
  let inverted = false;
  /** @type {[key: string, value: string][]} */
  let cards = [];
  let turn = 0; // what was asked for an image that is not shown any more is thrown away
  let loading = 0; // and so are pixels that others were chosen instead of

  // --- Opening ---

  /** @param {ImagePackage | undefined} next */
  function open(next) {
    if (!next) return;
    image = next;
    turn += 1;
    pixels.value = "jpg";
    within(pixels, "[value=fits]", HTMLOptionElement).disabled = !image.fits_10_name;
    curves.value = "linear";
    invert(false);
    setText(byId("viewer-title"), image.base_filename);
    listChanged();
    about(image);
    files(image);
    if (!dialog.open) dialog.showModal();
    byId("viewer-canvas").focus();
    load("jpg");
    header(image);
  }

  function listChanged() {
    if (!image) return;
    button("newer").disabled = !neighbour(-1);
    button("older").disabled = !neighbour(1);
  }

  /**
   * Run `work`; its result counts only while the same image is shown.
   *
   * @template T
   * @param {() => Promise<T>} work
   * @param {(result: T) => void} then
   */
  async function current(work, then) {
    const mine = turn;
    try {
      const result = await work();
      if (mine === turn) then(result);
    } catch (problem) {
      if (mine === turn) failed(problem);
    }
  }

  /** @param {unknown} problem */
  function failed(problem) {
    find("busy").hidden = true;
    refuse(find("refused"), problem instanceof Error ? problem.message : String(problem));
  }

  /** @param {string} kind */
  async function load(kind) {
    if (!image) return;
    const chosen = image;
    const mine = (loading += 1);
    find("busy").hidden = false;
    refuse(find("refused"), "");
    const source = kind === "fits" ? () => measured(chosen) : () => preview(chosen);
    await current(source, (loaded) => {
      if (mine !== loading) return;
      data = loaded;
      sorted = sample(data);
      find("busy").hidden = true;
      if (kind === "fits") stretchBy(...automatic(sorted), "asinh");
      else stretchBy(0, 255, "linear");
    });
  }

  // --- Stretching ---

  // The sliders go over what there is; beyond its brightest part there is nothing to see.
  /** @returns {[low: number, high: number]} */
  function range() {
    if (pixels.value === "jpg") return [0, 255];
    const low = quantile(sorted, 0);
    const high = quantile(sorted, 0.9999);
    return high > low ? [low, high] : [low, low + 1];
  }

  /**
   * @param {number} black
   * @param {number} white
   * @param {string} curve
   */
  function stretchBy(black, white, curve) {
    const [low, high] = range();
    /** @type {(value: number) => string} */
    const place = (value) => String(Math.round((SLIDER * (value - low)) / (high - low)));
    sliders.black.value = place(black);
    sliders.white.value = place(white);
    curves.value = curve;
    draw();
  }

  function draw() {
    if (!data) return;
    const [low, high] = range();
    /** @type {(slider: HTMLInputElement) => number} */
    const value = (slider) => low + ((high - low) * Number(slider.value)) / SLIDER;
    const black = value(sliders.black);
    const white = Math.max(value(sliders.white), black + (high - low) / SLIDER);
    setText(find("black-text"), number(black));
    setText(find("white-text"), number(white));
    canvas.show(stretched(data, { black, white, curve: curves.value, inverted }), data.width, data.height);
  }

  /** @param {boolean} on */
  function invert(on) {
    inverted = on;
    button("invert").setAttribute("aria-pressed", String(on));
  }

  /** @param {{ zoom: number }} state */
  function showZoom({ zoom }) {
    setText(find("zoom"), `${Math.round(zoom * 100)} %`);
  }

  /**
   * @param {number | null} x
   * @param {number | null} y
   */
  function showPixel(x, y) {
    if (x === null || y === null || !data) return setText(find("pixel"), "");
    const at = (y * data.width + x) * data.channels;
    const values = [...data.values.subarray(at, at + data.channels)].map(number).join(", ");
    setText(find("pixel"), `x ${x + 1}  y ${y + 1}  value ${values}`);
  }

  // --- What is known of it ---

  /** @param {ImagePackage} shown */
  function about(shown) {
    const taken = new Date(shown.capture_date).toISOString().replace("T", " ").slice(0, 19);
    const known = [
      ["Taken", `${taken} UTC`],
      ["Exposure", `${Number(shown.exposure_time.toFixed(3))} s`],
      ["Filter", shown.filter_used],
      ["RA", shown.right_ascension === null ? "" : sexagesimal(shown.right_ascension / 15, "h", "m", "s", 1)],
      ["Dec", shown.declination === null ? "" : sexagesimal(shown.declination, "°", "′", "″", 0)],
      ["Altitude", shown.altitude === null ? "" : `${shown.altitude.toFixed(1)}°`],
      ["Airmass", shown.airmass === null ? "" : shown.airmass.toFixed(2)],
      ["By", shown.username],
    ];
    fill(
      find("about"),
      known.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]),
    );
  }

  /** @param {ImagePackage} shown */
  function files(shown) {
    const large = shown.fits_01_name || shown.fits_10_name;
    const links = [el("a.button.small", { href: shown.jpg_url, download: `${shown.base_filename}.jpg` }, "JPG")];
    if (large) links.push(order("FITS", large, { image_type: "fits" }));
    if (large) links.push(order("TIFF, linear", large, { image_type: "tif", stretch: "linear" }));
    if (large) links.push(order("TIFF, arcsinh", large, { image_type: "tif", stretch: "arcsinh" }));
    fill(find("files"), links);
  }

  /**
   * @param {string} label
   * @param {string} name
   * @param {{ image_type: string, stretch?: string }} how
   */
  function order(label, name, how) {
    const ask = async () => {
      offer.toggleAttribute("disabled", true);
      try {
        location.assign(ownLink(await post("/api/download", { s3_directory: "data", object_name: name, ...how })));
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        tell(problem.message, "bad");
      } finally {
        offer.toggleAttribute("disabled", false);
      }
    };
    const offer = el("button.button.small", { type: "button", onclick: ask }, label);
    return offer;
  }

  /** @param {ImagePackage} shown */
  function header(shown) {
    cards = [];
    wanted.value = "";
    search();
    const base = encodeURIComponent(shown.base_filename);
    current(
      () => get(`/api/fitsheader/${base}`),
      (found) => {
        /** @type {[string, unknown][]} */
        const entries = Object.entries(found);
        cards = entries.map(([key, value]) => [key, typeof value === "object" ? JSON.stringify(value) : String(value)]);
        search();
      },
    );
  }

  function search() {
    const text = wanted.value.trim().toLowerCase();
    const found = cards.filter(([key, value]) => `${key} ${value}`.toLowerCase().includes(text));
    fill(
      find("header"),
      found.map(([key, value]) => el("tr", {}, el("th", { scope: "row" }, key), el("td", {}, value))),
    );
    setText(find("found"), text ? `${found.length} of ${cards.length} keywords` : `${cards.length} keywords`);
  }

  // --- Hands on ---

  /** @type {Record<string, () => unknown>} */
  const deeds = {
    close: () => dialog.close(),
    newer: () => open(neighbour(-1)),
    older: () => open(neighbour(1)),
    in: canvas.closer,
    out: canvas.farther,
    fit: canvas.fit,
    one: canvas.one,
    auto: () => data && stretchBy(...automatic(sorted), curves.value),
    reset: () => {
      invert(false);
      if (data) stretchBy(...range(), "linear");
    },
    invert: () => {
      invert(!inverted);
      draw();
    },
  };
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) return dialog.close(); // the backdrop
    deeds[nearest(event, "[data-do]")?.dataset.do ?? ""]?.();
  });
  dialog.addEventListener("keydown", (event) => {
    const typing = event.target === wanted;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "N") deeds.newer();
    if (event.key === "p" || event.key === "P") deeds.older();
  });
  dialog.addEventListener("close", () => {
    const back = image && maybe(document, `[data-base="${CSS.escape(image.base_filename)}"]`);
    turn += 1;
    image = data = null;
    canvas.clear();
    back?.focus();
  });
  pixels.addEventListener("change", () => load(pixels.value));
  curves.addEventListener("change", draw);
  for (const slider of Object.values(sliders)) slider.addEventListener("input", draw);
  wanted.addEventListener("input", search);

  return { open, listChanged, base: () => image?.base_filename };
}

/** @param {number} value */
function number(value) {
  if (Number.isNaN(value)) return "none";
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}

/**
 * The jpg's own numbers. A store on another host must allow this page to read them (CORS).
 *
 * @param {ImagePackage} image
 */
async function preview(image) {
  const picture = new Image();
  picture.crossOrigin = "anonymous";
  picture.src = image.jpg_url;
  try {
    await picture.decode();
  } catch {
    const elsewhere = new URL(picture.src).origin !== location.origin;
    const reason = elsewhere ? " Its store must allow this page's origin in its CORS rules." : "";
    throw new Error(`The picture cannot be loaded.${reason}`);
  }
  const { naturalWidth: width, naturalHeight: height } = picture;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = penOf(canvas, { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  return fromRgba(width, height, pen.getImageData(0, 0, width, height).data);
}

/**
 * The measured numbers: the small FITS file, unpacked by the server.
 *
 * @param {ImagePackage} image
 */
async function measured(image) {
  const url = await post("/api/download", {
    s3_directory: "data",
    object_name: image.fits_10_name,
    image_type: "fits",
  });
  const answer = await fetch(ownLink(url));
  if (!answer.ok || answer.status === 202) throw new Error("The FITS file is not ready; please try again.");
  return readFits(await answer.arrayBuffer());
}
