// A site's page. Each panel takes the frames of its topic and keeps its own part of the page true.

import { Refreshed } from "../refresh.js";
import { showConnection, watch } from "../stream.js";
import * as commands from "./commands.js";
import * as images from "./images.js";
import * as messages from "./messages.js";
import * as nightlog from "./nightlog.js";
import { page, quietly } from "./page.js";
import * as phase from "./phase.js";
import * as queue from "./queue.js";
import * as reservations from "./reservations.js";
import * as sky from "./sky.js";
import * as status from "./status.js";
import * as vitals from "./vitals.js";
import * as weather from "./weather.js";

/** @type {{ start: (page: SitePage) => Panel | null | void }[]} */
const panels = [sky, vitals, phase, status, weather, queue, messages, images, reservations, nightlog, commands];
const feeds = panels.flatMap((panel) => panel.start(page) ?? []).map(fed);

/** @param {Panel} panel */
function fed(panel) {
  const { refresh } = panel;
  /** @param {Frame} frame */
  const take = (frame) => panel.take?.(frame);
  return new Refreshed(take, async () => refresh && quietly(refresh));
}

/** @param {ConnectionState} now */
function state(now) {
  showConnection(now);
  // The server repeats an hour; who was away for longer asks anew. So does a page whose socket opens first:
  // things happened since it was written.
  if (now.name === "live") feeds.forEach((feed) => feed.refresh());
}

watch([page.site], (frame) => feeds.forEach((feed) => feed.take(frame)), state);
