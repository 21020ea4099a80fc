import assert from "node:assert/strict";
import { test } from "node:test";

import { Refreshed } from "../../static/console/js/refresh.js";

/** An `ask` whose answers come when the test says so. */
function answersOnDemand() {
  const waiting = [];
  const ask = () => new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  return { ask, waiting };
}

test("frames pass straight on", () => {
  const taken = [];
  const feed = new Refreshed(
    (frame) => taken.push(frame),
    async () => {},
  );
  feed.take(1);
  feed.take(2);
  assert.deepEqual(taken, [1, 2]);
});

test("frames wait, in order, while everything is asked for anew", async () => {
  const taken = [];
  const { ask, waiting } = answersOnDemand();
  const feed = new Refreshed((frame) => taken.push(frame), ask);
  const done = feed.refresh();
  feed.take(1);
  feed.take(2);
  assert.deepEqual(taken, []);
  waiting[0].resolve();
  await done;
  assert.deepEqual(taken, [1, 2]);
});

test("what is wanted while an older answer is on its way is asked for again, once", async () => {
  const { ask, waiting } = answersOnDemand();
  const feed = new Refreshed(() => {}, ask);
  const done = feed.refresh();
  feed.refresh();
  feed.refresh();
  assert.equal(waiting.length, 1);
  waiting[0].resolve();
  await new Promise(setImmediate);
  assert.equal(waiting.length, 2);
  waiting[1].resolve();
  await done;
  assert.equal(waiting.length, 2);
});

test("frames are not lost when the asking fails", async () => {
  const taken = [];
  const { ask, waiting } = answersOnDemand();
  const feed = new Refreshed((frame) => taken.push(frame), ask);
  const done = feed.refresh();
  feed.take(1);
  waiting[0].reject(new Error("no answer"));
  await assert.rejects(done, /no answer/);
  assert.deepEqual(taken, [1]);
  const again = feed.refresh();
  waiting[1].resolve();
  await again;
});
