import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { all, byId, el, fill, maybe, nearest, pageData, setText, svg, within } from "../../static/console/js/dom.js";
import { openPage, parsed } from "./page.js";

beforeEach(() => openPage(`<div id="box"><input name="a"><svg></svg></div>`));

test("an element with classes, attributes and children, none of them markup", () => {
  const link = el("a.button.small", { href: "/", hidden: true, title: null, rel: false }, "<b>", [
    el("i"),
    null,
    false,
    0,
  ]);
  assert.equal(link.outerHTML, '<a class="button small" href="/" hidden="">&lt;b&gt;<i></i>0</a>');
});

test("a function becomes a listener", () => {
  let clicks = 0;
  el("button", { onclick: () => (clicks += 1) }).click();
  assert.equal(clicks, 1);
});

test("SVG elements are SVG", () => {
  assert.equal(svg("rect.bar", { x: 1 }).namespaceURI, "http://www.w3.org/2000/svg");
});

test("filling takes away what was there", () => {
  fill(byId("box"), "a", null, [el("b"), "c"]);
  assert.equal(byId("box").innerHTML, "a<b></b>c");
});

test("what must be there and is not is named", () => {
  assert.throws(() => byId("nowhere"), /The page has no #nowhere/);
  assert.throws(() => within(document, ".none"), /The page has no \.none/);
  assert.throws(() => within(document, "[name=a]", HTMLSelectElement), /\[name=a\] is no HTMLSelectElement/);
  assert.equal(maybe(document, ".none"), null);
  assert.equal(within(document, "[name=a]", HTMLInputElement).name, "a");
  assert.deepEqual(all(document, ".none"), []);
});

test("the element around what was clicked", () => {
  const events = [];
  document.body.addEventListener("click", (event) => events.push(nearest(event, "#box")));
  within(document, "[name=a]").click();
  document.body.click();
  assert.deepEqual(events, [byId("box"), null]);
});

test("text is set only where it changes", () => {
  const text = byId("box");
  setText(text, "a");
  const node = text.firstChild;
  setText(text, "a");
  assert.equal(text.firstChild, node);
  setText(null, "a");
});

test("what the server left in the page, and in one that was asked for again", () => {
  openPage(`<script type="application/json" id="page">{"a": [1]}</script>`);
  assert.deepEqual(pageData("page"), { a: [1] });
  assert.equal(pageData("page", parsed(`<script type="application/json" id="page">2</script>`)), 2);
});
