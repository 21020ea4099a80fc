"""Coordinates as people type them: hours or degrees, decimal or sexagesimal, J-names, galactic.

`00 42 44.3 +41 16 09`, `0h42m44s +41d16m9s`, `10.684 41.269`, `J004244.3+411609`, `l=121.17 b=-21.57`. A
pair of plain decimals may be meant in degrees or in hours: both readings are answered. Whatever this
grammar does not know is no coordinates, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import degrees, radians
from typing import Final, NamedTuple

import erfa

MAX_LENGTH: Final = 80
_UNITS: Final = {
    "h": "h", "d": "d", "°": "d", "º": "d", "m": "m", "'": "m", "′": "m", "’": "m",
    "s": "s", '"': "s", "″": "s", "”": "s", ":": ":",
}  # fmt: skip
_UNITS_IN_ORDER: Final = ({"", ":", "h", "d"}, {"", ":", "m"}, {"", ":", "s"})
_MINUS: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


class Reading(NamedTuple):
    """One way to understand what was typed: ICRS degrees, and how it was read."""

    ra: float
    dec: float
    reading: str


@dataclass(slots=True)
class _Number:
    """A number, whether a sign stood before it, and the unit behind it ("" for none)."""

    value: float
    sign: str
    unit: str
    fraction: bool


def readings(text: str) -> list[Reading]:
    """What the text may mean as coordinates, the likeliest first; empty when it is none."""
    plain = text.strip().translate(_MINUS).lower()
    if not plain or len(plain) > MAX_LENGTH:
        return []
    if plain.startswith("j") and (found := _compact(plain[1:].replace(" ", ""))):
        return [found]
    system, plain = _system(plain)
    numbers = _numbers(plain.replace(",", " "))
    if numbers is None:
        return []
    return list(_galactic(numbers) if system == "galactic" else _equatorial(numbers))


def _system(text: str) -> tuple[str, str]:
    """Whether it is galactic, and the text without what said so, or without ra= and dec=."""
    bare = text.replace("=", " ").replace("(", " ").replace(")", " ")
    words = bare.split()
    if words and (words[0] in {"gal", "galactic", "l"} or (text.startswith("g") and text[1:2].isdigit())):
        rest = bare[1:] if text.startswith("g") and text[1:2].isdigit() else " ".join(words)
        kept = [word for word in rest.split() if word not in {"gal", "galactic", "l", "b"}]
        return "galactic", " ".join(kept)
    kept = [word for word in words if word not in {"ra", "dec", "icrs", "fk5", "j2000", "j2000.0"}]
    return "equatorial", " ".join(kept)


def _numbers(text: str) -> list[_Number] | None:
    """The numbers of the text with their units; None where anything else stands in it."""
    found: list[_Number] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        end = at + (text[at] in "+-")
        start = end
        while end < len(text) and text[end] in "0123456789.":
            end += 1
        digits = text[start:end]
        if not digits.strip(".") or digits.count(".") > 1 or not digits.isascii():
            return None
        unit, end = _unit(text, end)
        found.append(_Number(float(digits), text[at] if text[at] in "+-" else "", unit, "." in digits))
        at = end
    return found


def _unit(text: str, at: int) -> tuple[str, int]:
    for word, unit in (("''", "s"), ("deg", "d"), ("hours", "h"), ("hour", "h"), ("hr", "h")):
        if text.startswith(word, at):
            return unit, at + len(word)
    unit = _UNITS.get(text[at : at + 1], "")
    return unit, at + bool(unit)


# --- Right ascension and declination -----------------------------------------------------------------------


def _equatorial(numbers: list[_Number]) -> Iterator[Reading]:
    halves = _halves(numbers)
    if halves is None:
        return
    first, second = halves
    dec = _sexagesimal(second)
    if dec is None or abs(dec) > 90 or second[0].unit == "h":
        return
    if len(first) == 1 and len(second) == 1 and not first[0].unit:
        yield from _decimal_pair(first[0], dec)
        return
    ra = _sexagesimal(first)
    if ra is None or first[0].sign == "-":
        return
    in_degrees = first[0].unit == "d" or (len(first) == 1 and first[0].unit != "h")
    ra = ra if in_degrees else ra * 15
    if 0 <= ra < 360:
        yield Reading(ra, dec, "degrees" if in_degrees else "hours and degrees")


def _decimal_pair(first: _Number, dec: float) -> Iterator[Reading]:
    """Degrees first: it is what catalogues and surveys print. Hours, where they fit, are the other
    reading."""
    value = -first.value if first.sign == "-" else first.value
    if 0 <= value <= 360:
        yield Reading(value % 360, dec, "degrees")
    if 0 <= value < 24:
        yield Reading(value * 15, dec, "hours and degrees")


def _halves(numbers: list[_Number]) -> tuple[list[_Number], list[_Number]] | None:
    """Where the declination begins: at its sign, at the second unit of hours or degrees, or in the middle."""
    cuts = [at for at, number in enumerate(numbers) if at and number.sign]
    if not cuts:
        cuts = [at for at, number in enumerate(numbers) if at and number.unit in {"h", "d"}]
    if not cuts and len(numbers) in {2, 4, 6}:
        cuts = [len(numbers) // 2]
    if len(cuts) != 1:
        return None
    halves = numbers[: cuts[0]], numbers[cuts[0] :]
    return halves if all(1 <= len(half) <= 3 for half in halves) else None


def _sexagesimal(parts: list[_Number]) -> float | None:
    """Of one to three numbers; only the last may have a fraction, and the later ones stay below 60."""
    if any(part.fraction for part in parts[:-1]) or any(part.value >= 60 or part.sign for part in parts[1:]):
        return None
    if any(part.unit not in allowed for part, allowed in zip(parts, _UNITS_IN_ORDER, strict=False)):
        return None
    value: float = sum(part.value / 60.0**power for power, part in enumerate(parts))
    return -value if parts[0].sign == "-" else value


# --- Other forms -------------------------------------------------------------------------------------------


def _compact(text: str) -> Reading | None:
    """004244.3+411609, the digits of a J-name."""
    sign = "+" if "+" in text else "-"
    first, _, second = text.partition(sign)
    if not _is_compact(first) or not _is_compact(second):
        return None
    ra, dec = _of_digits(first), _of_digits(second)
    if ra is None or dec is None or ra >= 24 or dec > 90:
        return None
    return Reading(ra * 15, -dec if sign == "-" else dec, "a name with its place")


def _is_compact(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    return len(whole) in {4, 6} and (whole + (fraction or "0")).isdecimal() and text.isascii()


def _of_digits(text: str) -> float | None:
    parts = (
        [float(text[0:2]), float(text[2:4]), float(text[4:] or 0)]
        if len(text.partition(".")[0]) == 6
        else [
            float(text[0:2]),
            float(text[2:]),
            0.0,
        ]
    )
    if parts[1] >= 60 or parts[2] >= 60:
        return None
    return parts[0] + parts[1] / 60 + parts[2] / 3600


def _galactic(numbers: list[_Number]) -> Iterator[Reading]:
    if len(numbers) == 2 and all(number.unit in {"", "d"} for number in numbers):
        longitude, latitude = (-each.value if each.sign == "-" else each.value for each in numbers)
        if -360 <= longitude <= 360 and abs(latitude) <= 90:
            ra, dec = erfa.g2icrs(radians(longitude), radians(latitude))
            yield Reading(degrees(float(ra)) % 360, degrees(float(dec)), "galactic")
