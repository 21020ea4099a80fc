"""Angles as people and programs write them. Pure: no Django."""

import re

_SIGN = {"": "+", "-": "-", "−": "-", "–": "-", "+": "+"}
_SEXAGESIMAL = re.compile(
    r"""
    (?P<sign>[+−–-]?)\s*
    (?P<whole>\d{1,3})                         (?:\s*[:hd°º]\s*|\s+)
    (?P<minutes>\d{1,2}(?:\.\d*)?)             \s*[:m'′’]?\s*
    (?:(?P<seconds>\d{1,2}(?:\.\d*)?)          \s*(?:s|"|″|”|'')?)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
LONGEST = 40


def sexagesimal(written: str) -> float | None:
    """`05:35:17.3`, `-05 23 28`, `5h35m17s` or `-5° 23.5'` as a number of its first unit; None for anything
    else."""
    found = _SEXAGESIMAL.fullmatch(written.strip()) if len(written) <= LONGEST else None
    if not found:
        return None
    minutes, seconds = float(found["minutes"]), float(found["seconds"] or 0)
    # A second 60 is what rounding leaves; minutes with a fraction have no seconds behind them.
    if minutes >= 60 or seconds > 60 or ("." in found["minutes"] and found["seconds"]):
        return None
    size = int(found["whole"]) + minutes / 60 + seconds / 3600
    return -size if _SIGN[found["sign"]] == "-" else size


_DECIMAL = re.compile(r"([+−–-]?)\s*(\d{1,3}(?:\.\d*)?)\s*(?:°|º|d|deg|degrees)?", re.IGNORECASE)


def decimal_or_sexagesimal(written: str) -> float | None:
    """Either form, with or without a sign for degrees: `105.87`, `105.87°`, `105 52 12`."""
    found = _DECIMAL.fullmatch(written.strip()) if len(written) <= LONGEST else None
    if not found:
        return sexagesimal(written)
    return -float(found[2]) if _SIGN[found[1]] == "-" else float(found[2])
