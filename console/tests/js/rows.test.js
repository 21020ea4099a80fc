import assert from "node:assert/strict";
import { test } from "node:test";

import { takeOver } from "../../static/console/js/rows.js";
import { openPage, parsed } from "./page.js";

const list = (rows) =>
  `<ul data-keyed="queues">${rows.map(([key, version]) => `<li data-key="${key}" data-version="${version}">${key} ${version}</li>`).join("")}</ul>`;
const texts = () => [...document.querySelectorAll("li")].map((each) => each.textContent);

test("what has not changed stays the very element it was", () => {
  openPage(
    list([
      ["a", 1],
      ["b", 1],
    ]),
  );
  const [a, b] = document.querySelectorAll("li");
  assert.deepEqual(
    takeOver(
      parsed(
        list([
          ["a", 1],
          ["b", 2],
        ]),
      ),
    ),
    ["queues"],
  );
  const [first, second] = document.querySelectorAll("li");
  assert.equal(first, a);
  assert.notEqual(second, b);
  assert.deepEqual(texts(), ["a 1", "b 2"]);
  assert.deepEqual(
    [first, second].map((each) => each.classList.contains("changed")),
    [false, true],
  );
});

test("rows come, go and change places", () => {
  openPage(
    list([
      ["a", 1],
      ["b", 1],
      ["c", 1],
    ]),
  );
  takeOver(
    parsed(
      list([
        ["d", 1],
        ["c", 1],
        ["a", 1],
      ]),
    ),
  );
  assert.deepEqual(texts(), ["d 1", "c 1", "a 1"]);
});

test("of a page that is the same nothing is told", () => {
  openPage(list([["a", 1]]));
  assert.deepEqual(takeOver(parsed(list([["a", 1]]))), []);
  assert.deepEqual(takeOver(parsed("")), []);
  assert.deepEqual(texts(), ["a 1"]);
});

test("parts are shown and hidden as the fresh page has them", () => {
  openPage(`<p data-part="empty" hidden></p><p data-part="full"></p><p data-part="own"></p>`);
  takeOver(parsed(`<p data-part="empty"></p><p data-part="full" hidden></p>`));
  assert.deepEqual(
    [...document.querySelectorAll("p")].map((each) => each.hidden),
    [false, true, false],
  );
});
