import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.js";

const ROW = `<li data-ulid="" data-status=""><span data-f="state"></span><span data-f="title"></span>
  <span data-f="details"></span><progress max="1" hidden></progress><span data-f="who"></span><time data-age></time>
  <span data-f="left"></span></li>`;
const SPEC = {
  words: { UNREAD: ["waiting", ""], COMPLETE: ["done", "good"] },
  stages: { UNREAD: 0, RECEIVED: 1, COMPLETE: 3 },
  told: ["time"],
  shown: 2,
};

openPage(`<p id="announce"></p><p id="queue-count"></p><p id="no-jobs"></p><ol id="jobs"></ol>
  <template id="job-row">${ROW}</template>
  <script type="application/json" id="page">${JSON.stringify({ site: "saf", jobs: SPEC })}</script>`);
globalThis.setInterval = () => 0; // what is looked at by the second is no matter here
const { start } = await import("../../static/console/js/site/queue.js");
const { page } = await import("../../static/console/js/site/page.js");
const panel = start(page);

function take(ulid, status, more = {}) {
  const job = { ulid, statusId: `${status}#${ulid}`, action: "expose", deviceType: "camera", user_name: "Ada" };
  const params = { required_params: { time: 30, secret: "x" }, optional_params: {} };
  panel.take({ id: 1, topic: "jobs", site: "saf", data: { ...job, ...params, timestamp_ms: 0, ...more } });
}

const rows = () => [...document.querySelectorAll("#jobs li")];
const told = (row, name) => row.querySelector(`[data-f=${name}]`).textContent;

test("a job appears with what it asks for, moves forward, and never back", () => {
  take("B", "UNREAD");
  const [row] = rows();
  assert.deepEqual(
    ["state", "title", "details", "who"].map((name) => told(row, name)),
    ["waiting", "camera: expose", "time 30", "Ada"],
  );
  assert.equal(document.getElementById("queue-count").textContent, "1 waiting, 0 under way");
  take("B", "EXPOSING_NOW", { secondsUntilComplete: 90 });
  assert.equal(told(row, "state"), "exposing now");
  assert.equal(told(row, "left"), " · 2 min left");
  assert.equal(row.querySelector("progress").hidden, false);
  take("B", "RECEIVED");
  assert.equal(told(row, "state"), "exposing now");
  take("B", "COMPLETE");
  assert.equal(told(row, "state"), "done");
  assert.equal(row.querySelector("progress").hidden, true);
  assert.equal(document.getElementById("announce").textContent, "camera: expose: done");
});

test("the newest stand first, the oldest go, older ones do not come back", () => {
  take("D", "UNREAD");
  take("C", "UNREAD");
  assert.deepEqual(
    rows().map((row) => row.dataset.ulid),
    ["D", "C"],
  );
  take("A", "UNREAD");
  assert.deepEqual(
    rows().map((row) => row.dataset.ulid),
    ["D", "C"],
  );
  assert.equal(document.getElementById("queue-count").textContent, "2 waiting, 0 under way");
});

test("another site's jobs are not shown", () => {
  panel.take({ id: 1, topic: "jobs", site: "mrc1", data: { ulid: "Z" } });
  assert.equal(rows().length, 2);
});
