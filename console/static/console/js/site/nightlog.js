// The note that everybody sees who opens this page.

import { ApiError, call, get, post } from "../api.js";
import { announce, byId, setText, tell, within } from "../dom.js";
import { setTime } from "../time.js";
import { refuse, slot } from "./page.js";

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  const path = `/api/nightlog/${encodeURIComponent(page.site)}`;
  const note = byId("note");
  const strip = byId("note-strip");
  const form = byId("note-form", HTMLFormElement);
  let timer = 0;

  /** @param {Frame} frame */
  function take({ topic, site, data }) {
    if (topic !== "nightlog" || site !== page.site) return;
    show(data);
    announce(data.note_data ? "A new note in the night log." : "The note of the night log was taken down.");
  }

  /** @param {NightNote | null} kept */
  function show(kept) {
    const there = Boolean(kept?.note_data);
    note.hidden = strip.hidden = !there;
    byId("no-note").hidden = there;
    clearTimeout(timer);
    if (!kept?.note_data) return;
    const { message, username } = kept.note_data;
    for (const place of [note, strip]) {
      setText(slot(place, "message"), String(message ?? ""));
      setText(slot(place, "author"), String(username ?? ""));
    }
    setTime(slot(note, "created"), kept.created_timestamp * 1000);
    setTime(slot(note, "expires"), kept.ttl_timestamp_seconds * 1000);
    expire();
  }

  /** A timer holds 24 days; who looks at one page for longer than that may load it anew. */
  function expire() {
    const left = Date.parse(slot(note, "expires").getAttribute("datetime") ?? "") - Date.now();
    if (left < 2 ** 31) timer = setTimeout(() => show(null), Math.max(0, left));
  }

  /**
   * Run `work`; what the server refuses is shown in the form.
   *
   * @param {() => Promise<unknown>} work
   */
  async function attempt(work) {
    const refused = within(form, "[data-refused]");
    refuse(refused, "");
    try {
      await work();
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      refuse(refused, problem.message);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const message = within(form, "[name=message]", HTMLTextAreaElement);
    const hours = within(form, "[name=hours]", HTMLSelectElement);
    const data = { site: page.site, username: page.me.user_name, userid: page.me.user_id };
    attempt(async () => {
      await post(path, { note_data: { ...data, message: message.value, ttl_hours: Number(hours.value) } });
      message.value = "";
      tell("The note is up.", "good");
    });
  });
  byId("note-remove").addEventListener("click", () => attempt(() => call("DELETE", path)));
  if (!note.hidden) expire();

  return { take, refresh: async () => show(await get(path)) };
}
