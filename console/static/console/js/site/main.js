// A site's page. Each panel takes the frames of its topic and keeps its own part of the page true.

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

const panels = [sky, vitals, phase, status, weather, queue, messages, images, reservations, nightlog, commands].map(
  (panel) => panel.start(page),
);

function state(now) {
  showConnection(now);
  // The server repeats an hour; who was away for longer asks anew.
  if (now.name === "live" && now.again) panels.forEach((panel) => panel?.refresh && quietly(panel.refresh));
}

watch([page.site], (frame) => panels.forEach((panel) => panel?.take?.(frame)), state);
