// The pages of targets: names while they are typed, the picture in the page's colours, and lists.

import { ApiError, get, post } from "./api.js";
import { el, fill, maybe, tell } from "./dom.js";

const PAUSE_MS = 120;
const MOST_SUGGESTIONS = 8;

/**
 * The theme that the page is shown in: what was chosen, or what the system prefers.
 *
 * @param {string | undefined} chosen
 * @param {boolean} systemIsDark
 */
export function themeOf(chosen, systemIsDark) {
  if (chosen === "light" || chosen === "dark" || chosen === "red") return chosen;
  return systemIsDark ? "dark" : "light";
}

/**
 * The address of a picture in another theme.
 *
 * @param {string} address
 * @param {string} theme
 */
export function inTheme(address, theme) {
  return address.replace(/theme=[a-z]+$/, `theme=${theme}`);
}

/** @param {HTMLImageElement} picture */
function followTheme(picture) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const theme = themeOf(document.documentElement.dataset.theme, system.matches);
    const address = inTheme(picture.getAttribute("src") ?? "", theme);
    if (address !== picture.getAttribute("src")) picture.src = address;
  };
  new MutationObserver(show).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  system.addEventListener("change", show);
  show();
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLDataListElement} suggestions
 */
function suggest(input, suggestions) {
  let timer = 0;
  let asked = "";
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const text = (asked = input.value.trim());
      if (!text) return fill(suggestions);
      try {
        const found = await get(`/api/targets/resolve?limit=${MOST_SUGGESTIONS}&q=${encodeURIComponent(text)}`);
        // Answers may overtake each other: only the last question counts.
        if (text === asked) fill(suggestions, ...found.map(option));
      } catch (problem) {
        if (!(problem instanceof ApiError)) throw problem;
      }
    }, PAUSE_MS);
  });
}

/** @param {{name: string, kind: string, aliases: string[]}} target */
function option(target) {
  return el("option", { value: target.name, label: [target.kind, ...target.aliases.slice(0, 2)].join(", ") });
}

/** @param {HTMLFormElement} form */
function keep(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const target = { name: form.dataset.target };
    const list = String(new FormData(form).get("list") ?? "");
    try {
      const kept = list
        ? await post(`/api/targets/lists/${list}/targets`, target)
        : await post("/api/targets/lists", { name: "Favourites", targets: [target] });
      tell(`${target.name} is in “${kept.name}”.`, "good");
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      tell(problem.message, "bad");
    }
  });
}

/** @param {ParentNode} page */
export function start(page) {
  const picture = maybe(page, "[data-picture]", HTMLImageElement);
  const input = maybe(page, "#q", HTMLInputElement);
  const suggestions = maybe(page, "#suggestions", HTMLDataListElement);
  const form = maybe(page, "[data-keep]", HTMLFormElement);
  if (picture) followTheme(picture);
  if (input && suggestions) suggest(input, suggestions);
  if (form) keep(form);
}

if (typeof document !== "undefined") start(document);
