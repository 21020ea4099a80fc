// Images as they arrive. A click, or Enter, opens one in the viewer.

import { get } from "../api.js";
import { all, announce, childrenOf, nearest, setText, within } from "../dom.js";
import { setTime } from "../time.js";
import { ownLinks } from "./links.js";
import { emptyWhen, flash, quietly, row, slot } from "./page.js";
import { viewer } from "./viewer.js";

const MOST = 24;
// A frame comes as several files within a second: they are asked for once.
const GATHER_MS = 250;

/**
 * @param {SitePage} page
 * @returns {Panel | null}
 */
export function start(page) {
  const list = document.getElementById("thumbs");
  return list ? follow(page, list) : null; // a WEMA has no camera
}

/**
 * @param {SitePage} page
 * @param {HTMLElement} list
 */
function follow(page, list) {
  let packages = page.images;
  /** @type {number | null} */
  let timer = null;
  const view = viewer(neighbour);

  /** @param {Frame} frame */
  function take({ topic, site, data }) {
    if (topic !== "imagedata" || site !== page.site || data.s3_directory !== "data") return;
    timer ??= setTimeout(() => quietly(refresh), GATHER_MS);
  }

  async function refresh() {
    timer = null;
    /** @type {ImagePackage[]} */
    const found = await get(`/api/${encodeURIComponent(page.site)}/latest_images/${MOST}`);
    const known = new Map(packages.map((each) => [each.base_filename, each.jpg_thumbnail_url]));
    packages = found.map(ownLinks);
    const items = new Map(childrenOf(list).map((item) => [within(item, "a.thumb").dataset.base, item]));
    list.replaceChildren(...packages.map((each) => shown(items.get(each.base_filename) ?? row("image-row"), each)));
    emptyWhen("no-images", !packages.length);
    const fresh = packages.filter((each) => !known.has(each.base_filename));
    const names = new Set(fresh.map((each) => each.base_filename));
    for (const link of all(list, "a.thumb")) if (names.has(link.dataset.base ?? "")) flash(link);
    if (fresh.length && known.size) announce(fresh.length === 1 ? "A new image." : `${fresh.length} new images.`);
    view.listChanged();
  }

  /**
   * @param {HTMLElement} item
   * @param {ImagePackage} image
   */
  function shown(item, image) {
    const link = within(item, "a.thumb", HTMLAnchorElement);
    link.dataset.base = image.base_filename;
    link.href = image.jpg_url;
    const picture = within(item, "img", HTMLImageElement);
    const source = image.jpg_thumbnail_url || image.jpg_url;
    if (picture.getAttribute("src") !== source) picture.src = source;
    setTime(within(item, "time"), image.capture_date);
    setText(slot(item, "name"), image.base_filename);
    setText(slot(item, "about"), about(image));
    return item;
  }

  /** @param {ImagePackage} image */
  function about(image) {
    const seconds = `${Number(image.exposure_time.toFixed(3))} s`;
    return image.filter_used ? `${seconds}, ${image.filter_used}` : seconds;
  }

  /** @param {number} step */
  function neighbour(step) {
    const here = packages.findIndex((each) => each.base_filename === view.base());
    return here < 0 ? undefined : packages[here + step];
  }

  list.addEventListener("click", (event) => {
    const link = nearest(event, "a.thumb");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    view.open(packages.find((each) => each.base_filename === link.dataset.base));
  });
  return { take, refresh };
}
