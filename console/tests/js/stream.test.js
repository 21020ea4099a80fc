import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { openPage } from "./page.js";

const HEADER = `<p id="announce"></p><p id="connection" hidden><span class="says"></span></p>`;
const { watch, showConnection } = await import("../../static/console/js/stream.js");

/** A socket that the test plays the server of. */
class Socket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  static all = [];

  constructor(address) {
    this.address = new URL(address);
    this.readyState = Socket.CONNECTING;
    Socket.all.push(this);
  }

  opens() {
    this.readyState = Socket.OPEN;
    this.onopen();
  }

  sends(frame) {
    this.onmessage({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  close() {
    this.readyState = Socket.CLOSED;
    this.onclose();
  }
}

let frames, states, stream, window;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1795215600000 });
  window = openPage(HEADER);
  globalThis.WebSocket = Socket;
  Socket.all = [];
  frames = [];
  states = [];
});

afterEach(() => {
  stream?.close();
  mock.timers.reset();
});

function follow(sites) {
  stream = watch(
    sites,
    (frame) => frames.push([frame.site, frame.id]),
    (state) => states.push(state),
  );
  return Socket.all;
}

const frame = (site, id) => ({ site, id, topic: "testing", data: {} });

test("frames come once, each in the order of its site", () => {
  const [socket] = follow(["saf", "mrc1"]);
  socket.opens();
  for (const [site, id] of [
    ["saf", 7],
    ["saf", 7],
    ["mrc1", 3],
    ["saf", 6],
    ["saf", 8],
  ])
    socket.sends(frame(site, id));
  socket.sends("no frame");
  assert.deepEqual(frames, [
    ["saf", 7],
    ["mrc1", 3],
    ["saf", 8],
  ]);
});

test("after a break the server is asked for what came since", () => {
  const sockets = follow(["saf", "mrc1"]);
  assert.deepEqual(sockets[0].address.searchParams.getAll("since"), ["", ""]);
  sockets[0].opens();
  sockets[0].sends(frame("saf", 8));
  sockets[0].close();
  assert.equal(states.at(-1).name, "waiting");
  mock.timers.tick(1000);
  sockets[1].opens();
  assert.deepEqual(sockets[1].address.searchParams.getAll("site"), ["saf", "mrc1"]);
  assert.deepEqual(sockets[1].address.searchParams.getAll("since"), ["8", ""]);
  assert.deepEqual([states.at(-1).name, states.at(-1).again], ["live", true]);
});

test("many sites share a few sockets, and the page is live when all are", () => {
  const sockets = follow(Array.from({ length: 230 }, (_, n) => `site${n}`));
  assert.deepEqual(
    sockets.map((each) => each.address.searchParams.getAll("site").length),
    [100, 100, 30],
  );
  sockets[0].opens();
  sockets[1].opens();
  assert.equal(states.at(-1).name, "connecting");
  sockets[2].opens();
  assert.equal(states.at(-1).name, "live");
});

test("waits grow to half a minute, half of each by chance", () => {
  const sockets = follow(["saf"]);
  for (let n = 0; n < 7; n += 1) {
    sockets[n].close();
    const wait = states.at(-1).retryInMs;
    const longest = Math.min(30000, 1000 * 2 ** n);
    assert.ok(wait >= longest / 2 && wait <= longest, `${wait} of ${longest}`);
    mock.timers.tick(Math.floor(wait) - 1);
    assert.equal(sockets.length, n + 1);
    mock.timers.tick(2);
    assert.equal(sockets.length, n + 2);
  }
});

test("a connection that held makes the next wait small again", () => {
  const sockets = follow(["saf"]);
  for (let n = 0; n < 4; n += 1) {
    sockets[n].close();
    mock.timers.tick(30000);
  }
  sockets[4].opens();
  mock.timers.tick(5001);
  sockets[4].close();
  assert.ok(states.at(-1).retryInMs <= 1000);
});

test("a socket that does not open is given up", () => {
  const sockets = follow(["saf"]);
  mock.timers.tick(10000);
  assert.equal(sockets[0].readyState, Socket.CLOSED);
  assert.equal(states.at(-1).name, "waiting");
});

test("the network's coming back ends the wait, and an open socket is left alone", () => {
  const sockets = follow(["saf"]);
  sockets[0].close();
  window.dispatchEvent(new window.Event("online"));
  assert.equal(sockets.length, 2);
  sockets[1].opens();
  window.dispatchEvent(new window.Event("online"));
  mock.timers.tick(60000);
  assert.equal(sockets.length, 2);
});

test("what is closed stays closed", () => {
  const sockets = follow(["saf"]);
  sockets[0].opens();
  stream.close();
  window.dispatchEvent(new window.Event("online"));
  mock.timers.tick(60000);
  assert.equal(sockets.length, 1);
  assert.equal(states.at(-1).name, "live");
});

test("the header says how the connection is, and a break and its end are spoken", () => {
  const says = (name, again = false) => {
    showConnection({ name, again, retryInMs: 1500 });
    return [document.querySelector(".says").textContent, document.getElementById("announce").textContent];
  };
  assert.deepEqual(says("connecting"), ["Connecting", ""]);
  assert.deepEqual(says("live"), ["Live", ""]);
  assert.deepEqual(says("waiting"), ["Offline", "The connection is lost. Trying again."]);
  assert.match(document.getElementById("connection").title, /next attempt in 2 s/);
  assert.deepEqual(says("live", true), ["Live", "Connected again."]);
});
