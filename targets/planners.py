"""Lists of targets as other programs write them: CSV (also Telescopius') and SkySafari's observing lists."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from photonranch.errors import BadRequest
from targets.coordinates import readings

MAX_BYTES: Final = 1_000_000
# What a column may be called, in lower case: ours first, Telescopius' behind.
NAME: Final = ("name", "target", "object", "catalogue entry", "familiar name")
RA: Final = ("ra", "right ascension", "right ascension (j2000)", "ra (j2000)")
DEC: Final = ("dec", "declination", "declination (j2000)", "dec (j2000)")
HEADER: Final = "SkySafariObservingListVersion=3.0"
# A cell that begins so is a formula to a spreadsheet.
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def read(form: str, text: str) -> list[dict[str, Any]]:
    """The targets in a text. Raises BadRequest, with the line where something is wrong."""
    if form == "skylist" or (not form and text.lstrip().startswith("SkySafariObservingList")):
        return list(_skylist(text))
    return list(_csv(text))


def written(form: str, targets: list[dict[str, Any]]) -> str:
    return _as_skylist(targets) if form == "skylist" else _as_csv(targets)


def _csv(text: str) -> Iterator[dict[str, Any]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True))
    except csv.Error as problem:
        raise BadRequest(f"text: is no CSV ({problem}).") from None
    for number, row in enumerate(rows, 2):
        cells = {str(key).strip().lower(): str(value or "").strip() for key, value in row.items() if key}
        name = _cell(cells, NAME).removeprefix("'")
        if not name:
            raise BadRequest(f"text: line {number} has no name.")
        yield {"name": name, **_place(number, _cell(cells, RA), _cell(cells, DEC))}


def _cell(cells: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((cells[name] for name in names if cells.get(name)), "")


def _place(number: int, ra: str, dec: str) -> dict[str, float]:
    """Plain decimals are degrees, as this server writes them; anything with units says itself what it is."""
    if not ra and not dec:
        return {}
    found = readings(f"{ra} {dec if dec.startswith(('-', '+', '−')) else '+' + dec}")
    if not found:
        raise BadRequest(f"text: line {number} has no coordinates that can be read.")
    return {"ra": round(found[0].ra, 7), "dec": round(found[0].dec, 7)}


def _as_csv(targets: list[dict[str, Any]]) -> str:
    made = io.StringIO()
    rows = csv.writer(made)
    rows.writerow(["name", "ra", "dec"])
    for target in targets:
        name = str(target["name"])
        safe = f"'{name}" if name.startswith(FORMULAS) else name
        rows.writerow([safe, target.get("ra", ""), target.get("dec", "")])
    return made.getvalue()


def _skylist(text: str) -> Iterator[dict[str, Any]]:
    """Blocks between `SkyObject=BeginObject` and `EndObject=SkyObject`, with CommonName and CatalogNumber."""
    names: list[str] = []
    for line in text.splitlines():
        key, _, value = line.strip().partition("=")
        if key == "SkyObject":
            names = []
        elif key in ("CatalogNumber", "CommonName") and value.strip():
            names.insert(0 if key == "CatalogNumber" and len(names) < 2 else len(names), value.strip())
        elif key == "EndObject" and names:
            yield {"name": names[0]}
            names = []


def _as_skylist(targets: list[dict[str, Any]]) -> str:
    blocks = (
        f"SkyObject=BeginObject\n\tObjectID=-1,-1,-1\n\tCatalogNumber={_line(target['name'])}\nEndObject=SkyObject\n"
        for target in targets
    )
    return f"{HEADER}\n{''.join(blocks)}"


def _line(name: object) -> str:
    return " ".join(str(name).split())
