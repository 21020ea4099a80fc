import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { age } from "../../static/console/js/time.js";
import * as verdicts from "../../static/console/js/verdicts.js";

// The cases that console/verdicts.py is held to as well.
const cases = JSON.parse(readFileSync(new URL("../verdicts.json", import.meta.url), "utf8"));
const list = ({ text, tone, why, at }) => [text, tone, why, at];

const found = {
  online: (each) => list(verdicts.online(each.kind, each.heard, cases.now)),
  roof: (each) => list(verdicts.roof(each.part, cases.now)),
  weather: (each) => list(verdicts.weather(each.part, cases.now)),
  holders: (each) => verdicts.holders(each.events, cases.now).map((event) => event.event_id),
  age: (each) => age(cases.now - each.seconds * 1000, cases.now),
};

for (const [name, verdict] of Object.entries(found)) {
  test(`${name}: as the server says`, () => {
    assert.ok(cases[name].length > 3);
    for (const each of cases[name]) assert.deepEqual(verdict(each), each.is, JSON.stringify(each));
  });
}

test("numbers lose decimals that say nothing, and the sign of nought", () => {
  assert.deepEqual([2, 2.04, 2.06, -0.01, -1.5].map(verdicts.number), ["2", "2", "2.1", "0", "-1.5"]);
});
