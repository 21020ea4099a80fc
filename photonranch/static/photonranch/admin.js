// Django's boxes to choose permissions from put a label on a span, which has no role to bear one.
window.addEventListener("load", () =>
  setTimeout(() => {
    for (const icon of document.querySelectorAll("span.search-label-icon")) {
      icon.setAttribute("role", "img");
    }
  }),
);
