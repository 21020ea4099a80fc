// The viewer: one image closely, with its stretch, its pixels, its files and its header.

import { ApiError, get, post } from "../api.js";
import { el, fill, setText, tell } from "../dom.js";
import { pictureCanvas } from "./canvas.js";
import { readFits } from "./fits.js";
import { ownLink } from "./images.js";
import { refuse } from "./page.js";
import { automatic, fromRgba, quantile, sample, stretched } from "./stretch.js";
import { sexagesimal } from "./words.js";

const SLIDER = 1000;

/** `neighbour(step)` tells the package that stands `step` places after the shown one. */
export function viewer(neighbour) {
  const dialog = document.getElementById("viewer");
  const find = (name) => dialog.querySelector(`[data-${name}]`);
  const canvas = pictureCanvas(document.getElementById("viewer-canvas"), showZoom, showPixel);
  let image = null;
  let data = null; // the numbers that are stretched
  let sorted = null; // a sorted sample of them
  let inverted = false;
  let cards = [];
  let turn = 0; // what was asked for an image that is not shown any more is thrown away
  let loading = 0; // and so are pixels that others were chosen instead of

  // --- Opening ---

  function open(next) {
    if (!next) return;
    image = next;
    turn += 1;
    find("pixels").value = "jpg";
    find("pixels").querySelector("[value=fits]").disabled = !image.fits_10_name;
    find("stretch").value = "linear";
    invert(false);
    setText(document.getElementById("viewer-title"), image.base_filename);
    listChanged();
    about();
    files();
    if (!dialog.open) dialog.showModal();
    document.getElementById("viewer-canvas").focus();
    load("jpg");
    header();
  }

  function listChanged() {
    if (!image) return;
    dialog.querySelector("[data-do=newer]").disabled = !neighbour(-1);
    dialog.querySelector("[data-do=older]").disabled = !neighbour(1);
  }

  /** Run `work`; its result counts only while the same image is shown. */
  async function current(work, then) {
    const mine = turn;
    try {
      const result = await work();
      if (mine === turn) then(result);
    } catch (problem) {
      if (mine === turn) failed(problem);
    }
  }

  function failed(problem) {
    find("busy").hidden = true;
    refuse(find("refused"), problem.message);
  }

  async function load(kind) {
    const mine = (loading += 1);
    find("busy").hidden = false;
    refuse(find("refused"), "");
    const source = kind === "fits" ? () => measured(image) : () => preview(image);
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
  function range() {
    if (find("pixels").value === "jpg") return [0, 255];
    const low = quantile(sorted, 0);
    const high = quantile(sorted, 0.9999);
    return high > low ? [low, high] : [low, low + 1];
  }

  function stretchBy(black, white, curve) {
    const [low, high] = range();
    const place = (value) => String(Math.round((SLIDER * (value - low)) / (high - low)));
    find("black").value = place(black);
    find("white").value = place(white);
    find("stretch").value = curve;
    draw();
  }

  function draw() {
    if (!data) return;
    const [low, high] = range();
    const value = (name) => low + ((high - low) * Number(find(name).value)) / SLIDER;
    const black = value("black");
    const white = Math.max(value("white"), black + (high - low) / SLIDER);
    setText(find("black-text"), number(black));
    setText(find("white-text"), number(white));
    canvas.show(stretched(data, { black, white, curve: find("stretch").value, inverted }), data.width, data.height);
  }

  function invert(on) {
    inverted = on;
    dialog.querySelector("[data-do=invert]").setAttribute("aria-pressed", String(on));
  }

  function showZoom({ zoom }) {
    setText(find("zoom"), `${Math.round(zoom * 100)} %`);
  }

  function showPixel(x, y) {
    if (x === null || !data) return setText(find("pixel"), "");
    const at = (y * data.width + x) * data.channels;
    const values = [...data.values.subarray(at, at + data.channels)].map(number).join(", ");
    setText(find("pixel"), `x ${x + 1}  y ${y + 1}  value ${values}`);
  }

  // --- What is known of it ---

  function about() {
    const taken = new Date(image.capture_date).toISOString().replace("T", " ").slice(0, 19);
    const known = [
      ["Taken", `${taken} UTC`],
      ["Exposure", `${Number(image.exposure_time.toFixed(3))} s`],
      ["Filter", image.filter_used],
      ["RA", image.right_ascension === null ? "" : sexagesimal(image.right_ascension / 15, "h", "m", "s", 1)],
      ["Dec", image.declination === null ? "" : sexagesimal(image.declination, "°", "′", "″", 0)],
      ["Altitude", image.altitude === null ? "" : `${image.altitude.toFixed(1)}°`],
      ["Airmass", image.airmass === null ? "" : image.airmass.toFixed(2)],
      ["By", image.username],
    ];
    fill(
      find("about"),
      known.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]),
    );
  }

  function files() {
    const large = image.fits_01_name || image.fits_10_name;
    const links = [el("a.button.small", { href: image.jpg_url, download: `${image.base_filename}.jpg` }, "JPG")];
    if (large) links.push(order("FITS", large, { image_type: "fits" }));
    if (large) links.push(order("TIFF, linear", large, { image_type: "tif", stretch: "linear" }));
    if (large) links.push(order("TIFF, arcsinh", large, { image_type: "tif", stretch: "arcsinh" }));
    fill(find("files"), links);
  }

  function order(label, name, how) {
    const ask = async () => {
      button.disabled = true;
      try {
        location.assign(ownLink(await post("/api/download", { s3_directory: "data", object_name: name, ...how })));
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
        tell(problem.message, "bad");
      } finally {
        button.disabled = false;
      }
    };
    const button = el("button.button.small", { type: "button", onclick: ask }, label);
    return button;
  }

  function header() {
    cards = [];
    find("search").value = "";
    search();
    const base = encodeURIComponent(image.base_filename);
    current(
      () => get(`/api/fitsheader/${base}`),
      (found) => {
        cards = Object.entries(found).map(([key, value]) => [
          key,
          typeof value === "object" ? JSON.stringify(value) : String(value),
        ]);
        search();
      },
    );
  }

  function search() {
    const wanted = find("search").value.trim().toLowerCase();
    const found = cards.filter(([key, value]) => `${key} ${value}`.toLowerCase().includes(wanted));
    fill(
      find("header"),
      found.map(([key, value]) => el("tr", {}, el("th", { scope: "row" }, key), el("td", {}, value))),
    );
    setText(find("found"), wanted ? `${found.length} of ${cards.length} keywords` : `${cards.length} keywords`);
  }

  // --- Hands on ---

  const deeds = {
    close: () => dialog.close(),
    newer: () => open(neighbour(-1)),
    older: () => open(neighbour(1)),
    in: canvas.closer,
    out: canvas.farther,
    fit: canvas.fit,
    one: canvas.one,
    auto: () => sorted && stretchBy(...automatic(sorted), find("stretch").value),
    reset: () => {
      invert(false);
      if (data) stretchBy(...(find("pixels").value === "jpg" ? [0, 255] : range()), "linear");
    },
    invert: () => {
      invert(!inverted);
      draw();
    },
  };
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) return dialog.close(); // the backdrop
    deeds[event.target.closest("[data-do]")?.dataset.do]?.();
  });
  dialog.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input[type=search]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "N") deeds.newer();
    if (event.key === "p" || event.key === "P") deeds.older();
  });
  dialog.addEventListener("close", () => {
    const back = image && document.querySelector(`[data-base="${CSS.escape(image.base_filename)}"]`);
    turn += 1;
    image = data = sorted = null;
    canvas.clear();
    back?.focus();
  });
  find("pixels").addEventListener("change", (event) => load(event.target.value));
  find("stretch").addEventListener("change", draw);
  for (const name of ["black", "white"]) find(name).addEventListener("input", draw);
  find("search").addEventListener("input", search);

  return { open, listChanged, base: () => image?.base_filename };
}

function number(value) {
  if (Number.isNaN(value)) return "none";
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}

/** The jpg's own numbers. A store on another host must allow this page to read them (CORS). */
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
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(picture, 0, 0);
  return fromRgba(width, height, pen.getImageData(0, 0, width, height).data);
}

/** The measured numbers: the small FITS file, unpacked by the server. */
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
