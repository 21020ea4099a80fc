"""Values of header cards as numbers and text. Pure: no Django, no astropy.

A card's value is text when its header came as text, or when a program wrote a number between quotes: both are
read alike. None: the value says nothing.
"""

import math
import re

Value = str | int | float | bool

# FITS 4.0, section 4.2.4: the exponent's letter is E, or D for more digits than a single has.
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[EeDd][+-]?\d+)?")
# The longest number of one card.
LONGEST_NUMBER = 80


def number(value: Value | None) -> float | None:
    """A finite number."""
    if value is None or isinstance(value, bool):
        return None
    written = str(value).strip()
    if len(written) > LONGEST_NUMBER or not NUMBER.fullmatch(written):
        return None
    found = float(written.upper().replace("D", "E"))
    return found if math.isfinite(found) else None


def whole(value: Value | None) -> int | None:
    """A number that an integer column holds."""
    found = number(value)
    return int(found) if found is not None and abs(found) < 2**31 else None


def text(value: Value | None, longest: int) -> str | None:
    written = "" if value is None else str(value).strip()
    return written[:longest].rstrip() or None
