import assert from "node:assert/strict";
import { test } from "node:test";

import { ownLink, ownLinks } from "../../static/console/js/site/links.js";

test("links to the server's store lose its name, others keep theirs", () => {
  assert.equal(ownLink("https://observe.example.org/api/file/a.jpg?e=1"), "/api/file/a.jpg?e=1");
  assert.equal(ownLink("http://10.0.0.2:8000/api/product/a.tif"), "/api/product/a.tif");
  for (const url of ["https://bucket.example.com/a.jpg", "/api/file/a.jpg", "", "https://x.org/other/api/file/a"]) {
    assert.equal(ownLink(url), url);
  }
});

test("of a package both pictures' links change, and nothing else", () => {
  const image = { base_filename: "a", jpg_url: "https://x.org/api/file/a.jpg", jpg_thumbnail_url: "" };
  assert.deepEqual(ownLinks(image), { base_filename: "a", jpg_url: "/api/file/a.jpg", jpg_thumbnail_url: "" });
});
