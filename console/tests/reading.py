"""Reads facts out of a page as the server rendered it."""

from html.parser import HTMLParser

VOID = {"br", "img", "input", "link", "meta"}


class Facts(HTMLParser):
    """The text of every element with `data-fact`, by site and name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self.site = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if known.get("data-site"):
            self.site = str(known["data-site"])
            self.found[self.site] = {}
        if tag not in VOID:
            self.open.append(known.get("data-fact") or "")
        if known.get("data-fact"):
            self.found[self.site][str(known["data-fact"])] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        for name in filter(None, self.open):
            self.found[self.site][name] += data


def facts(html: str, site: str) -> dict[str, str]:
    """What the card of a site says: name of the fact -> text."""
    return {name: text.strip() for name, text in Facts(html).found[site].items()}
