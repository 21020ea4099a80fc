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

const feeds = [sky, vitals, phase, status, weather, queue, messages, images, reservations, nightlog, commands]
  .map((panel) => panel.start(page))
  .filter(Boolean)
  .map(
    (panel) =>
      new Refreshed(
        (frame) => panel.take?.(frame),
        async () => panel.refresh && quietly(panel.refresh),
      ),
  );

function state(now) {
  showConnection(now);
  // The server repeats an hour; who was away for longer asks anew. So does a page whose socket opens first:
  // things happened since it was written.
  if (now.name === "live") feeds.forEach((feed) => feed.refresh());
}

watch([page.site], (frame) => feeds.forEach((feed) => feed.take(frame)), state);
