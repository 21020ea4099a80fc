// Commands: each form is sent to `newjob` as every other client sends it; the queue shows what becomes of it.

import { ApiError, post } from "../api.js";
import { all, announce, byId, maybe, setText, tell, within } from "../dom.js";
import { altitude, degrees, hours } from "./angles.js";
import { refuse } from "./page.js";
import { apply, askRights } from "./rights.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */
/**
 * @typedef {object} Command
 * @property {string} site
 * @property {string} device
 * @property {string} action
 * @property {string} instance
 * @property {Record<string, unknown>} required_params
 * @property {Record<string, unknown>} optional_params
 */

/** @type {Record<string, [parse: (text: string) => number | null, expected: string]>} */
const READERS = { ra: [hours, "Hours, such as 5 35 17.3 or 5.588"], dec: [degrees, "Degrees, such as −5 23 28"] };

/**
 * @param {SitePage} page
 * @returns {Panel}
 */
export function start(page) {
  apply(page.may);
  for (const form of all(document, "form[data-command]", HTMLFormElement)) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(page, form);
    });
    for (const field of all(form, "[data-kind=ra], [data-kind=dec]")) {
      field.addEventListener("input", () => target(page, form));
    }
  }
  return { refresh: askRights };
}

/**
 * @param {SitePage} page
 * @param {HTMLFormElement} form
 */
async function send(page, form) {
  const refused = maybe(form, "[data-refused]") ?? byId("command-refused");
  const button = within(form, "button[type=submit]");
  refuse(refused, "");
  const command = read(form);
  if (!command) return;
  const question = form.dataset.question ?? tooLow(page, form);
  if (question && !(await ask(question, button.textContent))) return;
  form.toggleAttribute("data-sending", true);
  apply(page.may);
  try {
    await post(`/jobs/newjob?site=${encodeURIComponent(command.site)}`, whole(page, command));
    announce(`${button.textContent}: sent.`);
    if (command.site !== page.site) tell(`${button.textContent}: sent to ${command.site}.`, "good");
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    refuse(refused, problem.message);
    // The button was offered and the command refused: somebody took the site a moment ago.
    if (problem.status === 401) askRights();
  } finally {
    form.toggleAttribute("data-sending", false);
    apply(page.may);
  }
}

/**
 * The command that stands in the form, or null when a field holds no angle (which it then says).
 *
 * @param {HTMLFormElement} form
 * @returns {Command | null}
 */
function read(form) {
  const { site = "", device = "", action = "" } = form.dataset;
  const command = {
    site,
    device,
    action,
    instance: fieldsOf(form, "[name=instance]")[0].value,
    required_params: JSON.parse(form.dataset.required ?? "{}"),
    optional_params: JSON.parse(form.dataset.optional ?? "{}"),
  };
  for (const field of fieldsOf(form, "[name^='required.'], [name^='optional.']")) {
    const [where, name] = field.name.split(".");
    const value = angle(field);
    if (value === null) return null;
    const params = where === "required" ? command.required_params : command.optional_params;
    params[name] = value;
  }
  return command;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} selector
 */
function fieldsOf(form, selector) {
  return all(form, selector).filter(isField);
}

/**
 * @param {HTMLElement} element
 * @returns {element is Field}
 */
function isField(element) {
  return element instanceof HTMLInputElement || element instanceof HTMLSelectElement;
}

/** @param {Field} field */
function angle(field) {
  const reader = READERS[field.dataset.kind ?? ""];
  if (!reader) return field.value;
  const [parse, expected] = reader;
  const value = parse(field.value);
  field.removeAttribute("aria-invalid");
  if (value !== null) return value.toFixed(6);
  field.setAttribute("aria-invalid", "true");
  field.setCustomValidity(expected);
  field.reportValidity();
  field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  return null;
}

/**
 * With what the network's web page sends beside it. Who asks, the server reads from the session.
 *
 * @param {SitePage} page
 * @param {Command} command
 */
function whole(page, command) {
  const mount = page.mount && command.site === page.site && command.device !== "all" ? { mount: page.mount } : {};
  return {
    ...command,
    ...mount,
    user_name: page.me.user_name,
    user_id: page.me.user_id,
    timestamp: Math.floor(Date.now() / 1000),
  };
}

/**
 * Say how high the target stands before the telescope moves.
 *
 * @param {SitePage} page
 * @param {HTMLFormElement} form
 */
function target(page, form) {
  const says = maybe(form, "[data-altitude]");
  if (!says || page.latitude === null || page.longitude === null) return;
  const high = heightOf(page, form);
  if (high === null) return setText(says, "");
  const where = high < 0 ? "below the horizon" : `${Math.round(high)}° high`;
  says.classList.toggle("below", high < 0);
  setText(says, `Now ${where}.`);
}

/**
 * The question to ask before a slew to a place that is too low now; "" for none.
 *
 * @param {SitePage} page
 * @param {HTMLFormElement} form
 */
function tooLow(page, form) {
  const high = form.dataset.action === "go" ? heightOf(page, form) : null;
  if (high === null || high >= page.lowest) return "";
  const where = high < 0 ? `${Math.round(-high)}° below the horizon` : `${Math.round(high)}° high`;
  return `That place is ${where} now, and ${page.site} takes nothing below ${page.lowest}°. Slew there all the same?`;
}

/**
 * Degrees above the horizon of the place in the form; null when it holds none, or nobody knows where the site is.
 *
 * @param {SitePage} page
 * @param {HTMLFormElement} form
 */
function heightOf(page, form) {
  if (page.latitude === null || page.longitude === null) return null;
  const ra = hours(within(form, "[data-kind=ra]", HTMLInputElement).value);
  const dec = degrees(within(form, "[data-kind=dec]", HTMLInputElement).value);
  return ra === null || dec === null ? null : altitude(ra, dec, page.latitude, page.longitude, Date.now());
}

/**
 * Ask before what is hard to undo; true for yes. Escape is no.
 *
 * @param {string} question
 * @param {string} deed
 * @returns {Promise<boolean>}
 */
function ask(question, deed) {
  const dialog = byId("ask", HTMLDialogElement);
  setText(byId("ask-title"), question);
  setText(within(dialog, "[data-yes]"), deed);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
