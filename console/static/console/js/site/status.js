// Status in groups: each value newer than the shown one takes its place; what is old is grey and says so.

import { get } from "../api.js";
import { all, byId, childrenOf, setText, within } from "../dom.js";
import { setTime } from "../time.js";
import { emptyWhen, every, row, slot } from "./page.js";
import { devices, named, shown } from "./words.js";

/** @typedef {Map<string, StatusItem>} Items What is known of the values of a type of device. */

const EVERY_MS = 5000;

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const spec = page.status;
  const box = byId("groups");
  const tables = new Map(
    Object.entries(spec.groups).map(([kind, { items }]) => [kind, new Map(Object.entries(items))]),
  );
  const groups = new Map(childrenOf(box).map((group) => [group.dataset.group ?? "", group]));

  /** @param {Frame} frame */
  function take({ topic, data }) {
    if (topic === "sitestatus") devices(spec, data, show);
  }

  /**
   * @param {string} kind
   * @param {string} name
   * @param {Record<string, Leaf>} leaves
   */
  function show(kind, name, leaves) {
    if (!Object.keys(leaves).length) return;
    const id = `${kind}|${name}`;
    const group = groups.get(id) ?? added(kind, name);
    groups.set(id, group);
    const items = tables.get(kind) ?? new Map();
    for (const [key, leaf] of Object.entries(leaves)) update(group, items, key, leaf);
    freshen(group);
  }

  /**
   * @param {string} kind
   * @param {string} name
   */
  function added(kind, name) {
    const group = row("group-row");
    group.dataset.group = `${kind}|${name}`;
    slot(group, "title").textContent = tables.has(kind) ? spec.groups[kind].title : named(kind);
    slot(group, "name").textContent = name;
    const order = Object.keys(spec.groups);
    /** @type {(id: string) => number} */
    const place = (id) => (order.indexOf(id.split("|")[0]) + order.length + 1) % (order.length + 1);
    const next = childrenOf(box).find((other) => place(groupOf(other)) > place(groupOf(group)));
    box.insertBefore(group, next ?? null);
    emptyWhen("no-status", false);
    return group;
  }

  /**
   * @param {HTMLElement} group
   * @param {Items} items
   * @param {string} key
   * @param {Leaf} leaf
   */
  function update(group, items, key, leaf) {
    const fact = all(group, "[data-key]").find((each) => each.dataset.key === key) ?? fresh(group, items, key);
    if (Number(fact.dataset.ms) > leaf.timestamp) return;
    fact.dataset.ms = String(leaf.timestamp);
    setText(slot(fact, "text"), shown(items.get(key) ?? [key, "text", "", 0], leaf.val, spec.longest));
    setTime(slot(fact, "at"), leaf.timestamp);
  }

  /**
   * @param {HTMLElement} group
   * @param {Items} items
   * @param {string} key
   */
  function fresh(group, items, key) {
    const fact = row("value-row");
    fact.dataset.key = key;
    slot(fact, "label").textContent = items.get(key)?.[0] ?? named(key);
    const list = slot(group, items.has(key) ? "known" : "more");
    const order = [...items.keys()];
    const later = (/** @type {HTMLElement} */ other) => order.indexOf(other.dataset.key ?? "") > order.indexOf(key);
    const after = items.has(key) && childrenOf(list).find(later);
    list.insertBefore(fact, after || null);
    if (!items.has(key)) within(group, ".more").hidden = false;
    return fact;
  }

  /** @param {HTMLElement} group */
  function freshen(group) {
    const now = Date.now();
    let last = 0;
    for (const fact of all(group, "[data-key]")) {
      const at = Number(fact.dataset.ms);
      last = Math.max(last, at);
      fact.toggleAttribute("data-stale", now - at > spec.stale_ms);
    }
    group.toggleAttribute("data-stale", now - last > spec.stale_ms);
    setTime(slot(group, "said"), last);
  }

  async function refresh() {
    const answer = await get(`/status/${encodeURIComponent(page.site)}/complete_status`);
    const at = answer.latest_status_timestamp_ms ?? 0;
    devices(spec, { status: answer.status, server_timestamp_ms: at }, show);
  }

  every(EVERY_MS, () => groups.forEach(freshen));
  return { take, refresh };
}

/**
 * What a group is of: the type of device and its name.
 *
 * @param {HTMLElement} group
 */
function groupOf(group) {
  return group.dataset.group ?? "";
}
