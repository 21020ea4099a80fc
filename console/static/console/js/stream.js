// What happens at sites, as it happens.
//
// One socket follows up to SITES_PER_SOCKET sites: `/datastream?site=a&since=1&site=b&since=2`. A network of
// fifty costs one connection and not fifty (browsers allow some 200 a host, and open them one by one). A frame
// carries an id that grows per site: after a break the server repeats what came after the last one seen.
// The server's own pings keep the connection; a page that was hidden or asleep looks after it when it is
// back, and the network's coming back is no reason to wait for the next attempt.

import { announce, byId, setText, within } from "./dom.js";

export const SITES_PER_SOCKET = 100;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30000;
const OPEN_WITHIN_MS = 10000;
// A connection that held so long was a good one: the next wait begins small again.
const STEADY_MS = 5000;

/**
 * Follow `sites`. `onFrame(frame)` gets every {id, topic, site, data}, each once and in the order of its site.
 * `onState(state)` gets {name: "connecting" | "live" | "waiting", again, retryInMs}; `again` is true when the
 * connection came back: what happened meanwhile is being repeated, as far as the server kept it (an hour), so
 * a page that must be certain asks for its facts anew. Returns {close()}.
 *
 * @param {string[]} sites
 * @param {(frame: Frame) => void} onFrame
 * @param {(state: ConnectionState) => void} onState
 */
export function watch(sites, onFrame, onState = showConnection) {
  /** @type {Line[]} */
  const lines = [];
  for (let first = 0; first < sites.length; first += SITES_PER_SOCKET) {
    lines.push(new Line(sites.slice(first, first + SITES_PER_SOCKET), onFrame, () => tellState(lines, onState)));
  }
  const wake = () => document.hidden || lines.forEach((line) => line.wake());
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", wake);
  lines.forEach((line) => line.open());
  return {
    close() {
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
      window.removeEventListener("pageshow", wake);
      lines.forEach((line) => line.close());
    },
  };
}

/** @type {ConnectionState["name"][]} */
const WORST_FIRST = ["waiting", "connecting", "live"];

/**
 * The state of all lines together: the worst of them.
 *
 * @param {Line[]} lines
 * @param {(state: ConnectionState) => void} onState
 */
function tellState(lines, onState) {
  const worst = WORST_FIRST.find((name) => lines.some((line) => line.state === name)) ?? "live";
  const retryInMs = Math.max(...lines.map((line) => line.retryInMs));
  onState({ name: worst, again: lines.some((line) => line.again), retryInMs });
}

class Line {
  /**
   * @param {string[]} sites
   * @param {(frame: Frame) => void} onFrame
   * @param {() => void} onState
   */
  constructor(sites, onFrame, onState) {
    this.sites = sites;
    this.onFrame = onFrame;
    this.onState = onState;
    /** @type {Map<string, number>} */
    this.last = new Map();
    this.attempts = 0;
    this.opened = 0;
    this.again = false;
    this.closed = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
    this.retryInMs = 0;
    /** @type {ConnectionState["name"]} */
    this.state = "connecting";
  }

  address() {
    const query = new URLSearchParams();
    for (const site of this.sites) {
      query.append("site", site);
      query.append("since", String(this.last.get(site) ?? ""));
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    return `${scheme}//${location.host}/datastream?${query}`;
  }

  open() {
    clearTimeout(this.timer);
    this.become("connecting");
    const socket = new WebSocket(this.address());
    this.socket = socket;
    const giveUp = setTimeout(() => socket.close(), OPEN_WITHIN_MS);
    let openedAt = 0;
    socket.onopen = () => {
      clearTimeout(giveUp);
      openedAt = Date.now();
      this.again = this.opened > 0;
      this.opened += 1;
      this.become("live");
    };
    socket.onmessage = (event) => this.take(event.data);
    socket.onclose = () => {
      clearTimeout(giveUp);
      if (socket !== this.socket || this.closed) return;
      if (openedAt && Date.now() - openedAt > STEADY_MS) this.attempts = 0;
      this.retry();
    };
  }

  /** @param {string} text */
  take(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return; // no frame of this protocol
    }
    if (frame.id <= (this.last.get(frame.site) ?? 0)) return;
    this.last.set(frame.site, frame.id);
    this.onFrame(frame);
  }

  /** Half of each wait is chance: after a restart of the server not all pages come at once. */
  retry() {
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.retryInMs = most / 2 + (Math.random() * most) / 2;
    this.become("waiting");
    this.timer = setTimeout(() => this.open(), this.retryInMs);
  }

  /** Somebody looks again, or the network is back: do not wait out a long pause. */
  wake() {
    if (this.closed) return;
    const state = this.socket?.readyState;
    if (state === WebSocket.OPEN || state === WebSocket.CONNECTING) return;
    this.open();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  /** @param {ConnectionState["name"]} name */
  become(name) {
    this.state = name;
    this.onState();
  }
}

const SAYS = { connecting: "Connecting", live: "Live", waiting: "Offline" };
/** @type {ConnectionState["name"] | ""} */
let shown = "";

/**
 * The indicator in the header. Who cannot see it hears of a break, and of its end.
 *
 * @param {ConnectionState} state
 */
export function showConnection(state) {
  const box = byId("connection");
  box.hidden = false;
  box.dataset.state = state.name;
  setText(within(box, ".says"), SAYS[state.name]);
  box.title = {
    connecting: "Connecting to the live stream",
    live: "What happens is shown as it happens",
    waiting: `No connection; next attempt in ${Math.ceil(state.retryInMs / 1000)} s`,
  }[state.name];
  if (state.name === "waiting" && shown === "live") announce("The connection is lost. Trying again.");
  if (state.name === "live" && state.again) announce("Connected again.");
  if (state.name !== "connecting") shown = state.name;
}
