import assert from "node:assert/strict";
import { test } from "node:test";

import { inTheme, themeOf } from "../../static/console/js/targets.js";

test("the theme is what was chosen, else what the system prefers", () => {
  assert.equal(themeOf("red", true), "red");
  assert.equal(themeOf("light", true), "light");
  assert.equal(themeOf(undefined, true), "dark");
  assert.equal(themeOf("auto", false), "light");
});

test("a picture's address changes its theme alone", () => {
  const address = "/api/visibility.svg?site=saf&target=theme%3Dx&theme=light";
  assert.equal(inTheme(address, "red"), "/api/visibility.svg?site=saf&target=theme%3Dx&theme=red");
});
