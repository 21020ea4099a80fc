// Before the first paint, so that no page flashes in the wrong colours. "auto" is what the system prefers.
(() => {
  let chosen = "auto";
  try {
    chosen = localStorage.getItem("theme") || "auto";
  } catch {
    // Storage is closed to this page: the system's preference it is.
  }
  if (["light", "dark", "red"].includes(chosen)) document.documentElement.dataset.theme = chosen;
})();
