import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ROOT = fileURLToPath(new URL("../../static/console/js/", import.meta.url));

function importsOf(file) {
  const found = readFileSync(join(ROOT, file), "utf8").matchAll(/(?:\bfrom|\bimport\(?)\s*"(\.[^"]+)"/g);
  return [...found].map(([, path]) => normalize(join(dirname(file), path))).filter((path) => !path.startsWith(".."));
}

const modules = readdirSync(ROOT, { recursive: true }).filter((file) => file.endsWith(".js"));
const graph = new Map(modules.map((file) => [file, importsOf(file)]));

/** The first circle that goes through `file`, or null. */
function circle(file, path = []) {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  for (const next of graph.get(file)) {
    const found = circle(next, [...path, file]);
    if (found) return found;
  }
  return null;
}

test("what is imported is there", () => {
  assert.ok(graph.get("site/images.js").includes("site/viewer.js"));
  for (const [file, imported] of graph) for (const each of imported) assert.ok(graph.has(each), `${file}: ${each}`);
});

test("no module needs, over others, itself", () => {
  for (const file of modules) assert.equal(circle(file)?.join(" → ") ?? null, null);
});

test("what every page shares knows nothing of a site's page", () => {
  for (const file of modules.filter((each) => !each.includes("/"))) {
    assert.deepEqual(
      graph.get(file).filter((each) => each.startsWith("site/")),
      [],
      file,
    );
  }
});
