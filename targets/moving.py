"""Orbits as people and catalogues write them, read into paths over the sky.

Accepted wherever a target is: `{"elements": …}` in the key names of JPL's Horizons or Small-Body Database
or of the Minor Planet Center, an 80-column line of the MPC as text, and `{"tle": …}` as two lines or as a
text of two or three. What is wrong is a BadTarget that names the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import isfinite
from pathlib import Path as File
from typing import Any, Final

from sky.earth import J2000_JD
from sky.paths import BadTarget, Elements, SatellitePath, perihelion_jd

MINOR: Final = File(__file__).parent / "catalogue" / "minor.tsv"
# Undisturbed orbits drift: beyond this their age is told as a warning.
OLD_ELEMENTS: Final = timedelta(days=200)
OLD_TLE: Final = timedelta(days=14)
FARTHEST_AU: Final = 1000.0
FASTEST_TURNS: Final = 17.5  # a day, at 90 km

# What each element is called, without case: JPL's Horizons, its Small-Body Database, the MPC's JSON.
KEYS: Final = {
    "eccentricity": ("e", "ec", "eccentricity"),
    "perihelion_distance": ("q", "qr", "perihelion_dist", "perihelion_distance"),
    "semimajor_axis": ("a", "semimajor_axis"),
    "inclination": ("i", "in", "inc", "incl", "inclination"),
    "node": ("om", "node", "asc_node", "ascending_node"),
    "argument": ("w", "peri", "arg_peri", "argument_of_perihelion"),
    "mean_anomaly": ("ma", "m", "mean_anomaly"),
    "perihelion_time": ("tp", "t_p", "perihelion_time"),
    "epoch": ("epoch", "epoch_jd"),
}
RANGES: Final = {
    "eccentricity": (0.0, 20.0),
    "perihelion_distance": (1e-4, FARTHEST_AU),
    "semimajor_axis": (1e-3, 1e5),
    "inclination": (0.0, 180.0),
    "node": (-360.0, 360.0),
    "argument": (-360.0, 360.0),
    "mean_anomaly": (-360.0, 360.0),
}


def elements_of(given: object) -> Elements:
    """The orbit out of a JSON object or an MPC line. Raises BadTarget."""
    if isinstance(given, str):
        return _of_line(given)
    if not isinstance(given, Mapping):
        raise BadTarget("elements must be an object with the elements' names, or a line of the MPC.")
    known = {str(key).lower(): value for key, value in list(given.items())[:60]}
    values = {name: _value(name, known) for name in RANGES}
    eccentricity = _needed("eccentricity", values)
    distance = values["perihelion_distance"]
    axis = values["semimajor_axis"]
    if distance is None:
        if axis is None or eccentricity >= 1:
            raise BadTarget("elements need q (the perihelion distance), or a with an e below 1.")
        distance = axis * (1 - eccentricity)
    epoch, passage = _instant("epoch", known), _passage(known)
    if passage is None:
        if epoch is None or values["mean_anomaly"] is None or eccentricity >= 1:
            raise BadTarget("elements need TP (the time of perihelion), or MA and EPOCH with an e below 1.")
        passage = perihelion_jd(epoch, values["mean_anomaly"], distance / (1 - eccentricity))
    return Elements(
        distance,
        eccentricity,
        _needed("inclination", values),
        _needed("node", values),
        _needed("argument", values),
        passage,
        passage if epoch is None else epoch,
    )


def _value(name: str, known: Mapping[str, Any]) -> float | None:
    for key in KEYS[name]:
        if key in known:
            number = _number(key, known[key])
            least, most = RANGES[name]
            if not least <= number <= most:
                raise BadTarget(f"elements: {key} must be from {least:g} to {most:g}.")
            return number
    return None


def _needed(name: str, values: Mapping[str, float | None]) -> float:
    value = values[name]
    if value is None:
        raise BadTarget(f"elements: {KEYS[name][0]} is missing.")
    return value


def _number(key: str, given: object) -> float:
    try:
        number = (
            float(given) if isinstance(given, int | float | str) and not isinstance(given, bool) else None
        )
    except (ValueError, OverflowError):
        number = None
    if number is None or not isfinite(number):
        raise BadTarget(f"elements: {key} must be a number.")
    return number


def _instant(name: str, known: Mapping[str, Any]) -> float | None:
    """A Julian day (TT), a modified one, a packed date of the MPC, or a calendar date, as a Julian day."""
    for key in KEYS[name]:
        if key in known:
            return julian_day(key, known[key])
    return None


def _passage(known: Mapping[str, Any]) -> float | None:
    parts = [known.get(f"{part}_of_perihelion") for part in ("year", "month", "day")]
    if all(part is not None for part in parts):
        year, month, day = (_number("day_of_perihelion", part) for part in parts)
        return _calendar("day_of_perihelion", year, month, day)
    return _instant("perihelion_time", known)


def julian_day(key: str, given: object) -> float:
    """2461000.5, 61000.0 (modified), "2025-11-21", "20251121.5" or "K25BL", as a Julian day. Raises
    BadTarget."""
    if isinstance(given, str):
        text = given.strip()
        if len(text) == 5 and text[0] in "IJK" and text[1:3].isdigit():
            return _packed_date(key, text)
        year, _, rest = text.partition("-")
        if rest:
            month, _, day = rest.partition("-")
            return _calendar(key, _number(key, year), _number(key, month), _number(key, day))
    number = _number(key, given)
    if number > 1e7:
        whole = int(number)
        return _calendar(key, whole // 10000, whole // 100 % 100, whole % 100 + number % 1)
    julian = number if number > 1e6 else number + 2400000.5
    if not 2.2e6 < julian < 2.8e6:
        raise BadTarget(f"elements: {key} must be a Julian day or a date.")
    return julian


def _calendar(key: str, year: float, month: float, day: float) -> float:
    try:
        days = (date(int(year), int(month), int(day)) - date(2000, 1, 1)).days
    except (ValueError, OverflowError):
        raise BadTarget(f"elements: {key} is no date.") from None
    return J2000_JD - 0.5 + days + day % 1


def _packed_date(key: str, text: str) -> float:
    """K25BL is 2025-11-21: century, year, and month and day as digits that go on with letters."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    month, day = digits.find(text[3].upper()), digits.find(text[4].upper())
    return _calendar(key, ("IJK".index(text[0]) + 18) * 100 + int(text[1:3]), month, day)


def _of_line(line: str) -> Elements:
    """An asteroid's line of MPCORB or a comet's of CometEls (the columns the MPC documents)."""
    line = line.rstrip("\n")
    if not 103 <= len(line) <= 250 or not line.isprintable():
        raise BadTarget("elements: a line of the Minor Planet Center has from 103 to 250 characters.")
    comet = line[14:18].strip().isdigit() and line[19:21].strip().isdigit() and line[18] == " "
    columns = COMET_COLUMNS if comet else ASTEROID_COLUMNS
    given: dict[str, Any] = {key: line[first:last].strip() for key, (first, last) in columns.items()}
    if comet and not given["epoch"]:
        del given["epoch"]
    return elements_of(given)


COMET_COLUMNS: Final = {
    "year_of_perihelion": (14, 18),
    "month_of_perihelion": (19, 21),
    "day_of_perihelion": (22, 29),
    "q": (30, 39),
    "e": (41, 49),
    "w": (51, 59),
    "node": (61, 69),
    "i": (71, 79),
    "epoch": (81, 89),
}
ASTEROID_COLUMNS: Final = {
    "epoch": (20, 25),
    "ma": (26, 35),
    "w": (37, 46),
    "node": (48, 57),
    "i": (59, 68),
    "e": (70, 79),
    "a": (92, 103),
}


# --- Satellites --------------------------------------------------------------------------------------------


def satellite_of(given: object) -> SatellitePath:
    """The satellite of a two-line element set: a list of two lines, or a text of two or three. Raises
    BadTarget."""
    lines = given.splitlines() if isinstance(given, str) else given
    if (
        not isinstance(lines, list)
        or not 2 <= len(lines) <= 3
        or not all(isinstance(each, str) for each in lines)
    ):
        raise BadTarget("tle must be the two lines of an element set.")
    first, second = (line.strip() for line in lines[-2:])
    for number, line in ((1, first), (2, second)):
        if len(line) != 69 or not line.isascii() or not line.startswith(f"{number} "):
            raise BadTarget(f"tle: line {number} must have 69 characters and begin with {number}.")
        if _checksum(line) != line[-1]:
            raise BadTarget(f"tle: the checksum of line {number} is wrong; it was cut or changed.")
    if first[2:7] != second[2:7]:
        raise BadTarget("tle: the two lines are of different satellites.")
    if not _turns(second) <= FASTEST_TURNS:
        raise BadTarget(
            f"tle: line 2 must say at most {FASTEST_TURNS:g} turns a day; nothing stays up faster."
        )
    try:
        return SatellitePath(first, second)
    except ValueError:
        raise BadTarget("tle: the elements cannot be read.") from None


def _turns(line: str) -> float:
    """The turns a day in the second line; infinite for what is no number."""
    try:
        return float(line[52:63])
    except ValueError:
        return float("inf")


def _checksum(line: str) -> str:
    return str(sum(int(each) if each.isdigit() else each == "-" for each in line[:-1]) % 10)


# --- What is known offline ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MinorBody:
    """An asteroid or a comet of the list that comes along; H is its absolute magnitude."""

    name: str
    aliases: tuple[str, ...]
    kind: str
    elements: Elements
    magnitude: float


@lru_cache(maxsize=1)
def minor_bodies() -> list[MinorBody]:
    """Those of minor.tsv: a short list with the date of each one's elements."""
    lines = MINOR.read_text().splitlines()
    return [_minor_body(line.split("\t")) for line in lines if not line.startswith("#")]


def _minor_body(cells: list[str]) -> MinorBody:
    name, kind, epoch, size, e, i, node, argument, anomaly, magnitude, aliases = cells
    letter, number = size.split()
    given = {letter: number, "e": e, "i": i, "node": node, "w": argument, "epoch": epoch}
    given |= {"tp": anomaly} if "-" in anomaly else {"ma": anomaly}
    return MinorBody(name, tuple(aliases.split("|")), kind, elements_of(given), float(magnitude))


def age_warning(made: datetime, when: datetime, old: timedelta) -> str | None:
    """A sentence where elements are too old, or too new, for the time they are used for."""
    age = abs(when - made)
    if age <= old:
        return None
    away = f"{age.days} days from the time asked for"
    return f"The elements are of {made:%Y-%m-%d}, {away}: the place is uncertain."


def epoch_of(elements: Elements) -> datetime:
    return datetime(2000, 1, 1, 12, tzinfo=UTC) + timedelta(days=elements.epoch - J2000_JD)
