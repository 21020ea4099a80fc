// Images as they arrive. A click, or Enter, opens one in the viewer.

import { get } from "../api.js";
import { announce, setText } from "../dom.js";
import { setTime } from "../time.js";
import { emptyWhen, flash, quietly, row, slot } from "./page.js";
import { viewer } from "./viewer.js";

const MOST = 24;
// A frame comes as several files within a second: they are asked for once.
const GATHER_MS = 250;

export function start(page) {
  const list = document.getElementById("thumbs");
  if (!list) return null; // a WEMA has no camera
  let packages = page.images;
  let timer = null;
  const view = viewer((step) => neighbour(step));

  function take({ topic, site, data }) {
    if (topic !== "imagedata" || site !== page.site || data.s3_directory !== "data") return;
    timer ??= setTimeout(() => quietly(refresh), GATHER_MS);
  }

  async function refresh() {
    timer = null;
    const found = await get(`/api/${encodeURIComponent(page.site)}/latest_images/${MOST}`);
    const known = new Map(packages.map((each) => [each.base_filename, each.jpg_thumbnail_url]));
    packages = found.map(ownLinks);
    const items = new Map([...list.children].map((item) => [item.firstElementChild.dataset.base, item]));
    list.replaceChildren(...packages.map((each) => shown(items.get(each.base_filename) ?? row("image-row"), each)));
    emptyWhen("no-images", !packages.length);
    const fresh = packages.filter((each) => !known.has(each.base_filename));
    for (const each of fresh) flash(list.querySelector(`[data-base="${CSS.escape(each.base_filename)}"]`));
    if (fresh.length && known.size) announce(fresh.length === 1 ? "A new image." : `${fresh.length} new images.`);
    view.listChanged();
  }

  function shown(item, image) {
    const link = item.firstElementChild;
    link.dataset.base = image.base_filename;
    link.href = image.jpg_url;
    const picture = item.querySelector("img");
    const source = image.jpg_thumbnail_url || image.jpg_url;
    if (picture.getAttribute("src") !== source) picture.src = source;
    setTime(item.querySelector("time"), image.capture_date);
    setText(slot(item, "name"), image.base_filename);
    setText(slot(item, "about"), about(image));
    return item;
  }

  function about(image) {
    const seconds = `${Number(image.exposure_time.toFixed(3))} s`;
    return image.filter_used ? `${seconds}, ${image.filter_used}` : seconds;
  }

  function neighbour(step) {
    const here = packages.findIndex((each) => each.base_filename === view.base());
    return here < 0 ? undefined : packages[here + step];
  }

  list.addEventListener("click", (event) => {
    const link = event.target.closest("a.thumb");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    view.open(packages.find((each) => each.base_filename === link.dataset.base));
  });
  return { take, refresh };
}

/** Links to the server's own store, whichever name it is known by: this page reaches it by its own. */
export function ownLinks(image) {
  return { ...image, jpg_url: ownLink(image.jpg_url), jpg_thumbnail_url: ownLink(image.jpg_thumbnail_url) };
}

export function ownLink(url) {
  const own = /^https?:\/\/[^/]+(\/api\/(?:file|product)\/.*)$/.exec(url);
  return own ? own[1] : url;
}
