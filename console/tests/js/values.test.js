import assert from "node:assert/strict";
import { test } from "node:test";

import { isObject } from "../../static/console/js/values.js";

test("an object has names; null, lists and plain values are none", () => {
  assert.deepEqual([{}, { a: 1 }, Object.create(null)].map(isObject), [true, true, true]);
  assert.deepEqual([null, undefined, [], "x", 1, true].map(isObject), [false, false, false, false, false, false]);
});
