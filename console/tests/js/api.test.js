import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { ApiError, call, get, post } from "../../static/console/js/api.js";

const fetchOfNode = globalThis.fetch;
afterEach(() => (globalThis.fetch = fetchOfNode));

/** Let every call be answered so; what was asked is kept. */
function answering(text, status = 200) {
  const asked = [];
  globalThis.fetch = async (path, options) => {
    asked.push({ path, ...options });
    return new Response(text, { status });
  };
  return asked;
}

function failing(problem) {
  globalThis.fetch = async () => {
    throw problem;
  };
}

async function refusal(promise) {
  const problem = await promise.then(() => assert.fail("nothing was refused")).catch((each) => each);
  assert.ok(problem instanceof ApiError, String(problem));
  return [problem.message, problem.status];
}

test("an answer is an object, or text, or null for an empty one", async () => {
  answering('{"a": [1]}');
  assert.deepEqual(await get("/x"), { a: [1] });
  answering("plain words");
  assert.equal(await get("/x"), "plain words");
  answering("");
  assert.equal(await get("/x"), null);
});

test("a body is sent as JSON, with the session's cookie", async () => {
  const asked = answering("{}");
  await post("/jobs/newjob", { site: "saf" });
  const { path, method, body, credentials, headers } = asked[0];
  assert.deepEqual([path, method, body, credentials], ["/jobs/newjob", "POST", '{"site":"saf"}', "same-origin"]);
  assert.deepEqual(headers, { "Content-Type": "application/json" });
});

test("without a body no type of one is told", async () => {
  const asked = answering("");
  await call("DELETE", "/api/nightlog/saf");
  assert.deepEqual([asked[0].method, asked[0].body, asked[0].headers], ["DELETE", undefined, {}]);
});

test("what the server says is why", async () => {
  answering('"The site is reserved."', 401);
  assert.deepEqual(await refusal(get("/x")), ["The site is reserved.", 401]);
  answering('{"message": "No such filter."}', 400);
  assert.deepEqual(await refusal(get("/x")), ["No such filter.", 400]);
});

test("who is not signed in is told to sign in", async () => {
  for (const text of ["", '{"message": "Unauthorized"}']) {
    answering(text, 401);
    assert.deepEqual(await refusal(get("/x")), ["Sign in to do this.", 401]);
  }
});

test("an error without a reason tells its number", async () => {
  for (const text of ["", "[1]", "{}"]) {
    answering(text, 502);
    assert.deepEqual(await refusal(get("/x")), ["The server answered 502.", 502]);
  }
});

test("no connection and no time left are different things", async () => {
  failing(new TypeError("fetch failed"));
  assert.deepEqual(await refusal(get("/x")), ["The server cannot be reached.", 0]);
  failing(new DOMException("too late", "TimeoutError"));
  assert.deepEqual(await refusal(get("/x")), ["The server did not answer in time.", 0]);
});
