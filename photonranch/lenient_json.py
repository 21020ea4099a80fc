"""JSON as the network's clients speak it: lenient in, strict out.

In: `NaN`, `Infinity` and numbers too large for a float become null (telescopes' clients are Python programs
and send them); of what no database stores, `\\u0000` is taken out and half a surrogate pair becomes U+FFFD.
Out: strict JSON, UTF-8, never `NaN`.
"""

import json
import math
import re
from typing import Any

import orjson

Json = Any

MAX_DEPTH = 200

# What orjson would change or refuse, and the standard library keeps: escapes that may name half a character,
# whole numbers beyond 64 bits (orjson makes them floats).
_DELICATE = re.compile(rb"\\u|\d{19}")


class NotJson(ValueError):
    """The text is not JSON, or nested deeper than anything real."""


def loads(text: bytes) -> Json:
    """The value of `text`; raises NotJson."""
    if _DELICATE.search(text):
        return _slow_loads(text)
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _slow_loads(text)
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        return _cleaned(value, 0)
    return value


def dumps(value: Json) -> bytes:
    """`value` as strict JSON; NaN and infinities become null."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        # Whole numbers beyond 64 bits, and text with half a surrogate pair.
        clean = _cleaned(value, 0, math.inf)
        return json.dumps(clean, allow_nan=False, default=_as_orjson, ensure_ascii=False).encode()


def _as_orjson(value: Any) -> Json:
    """What is not JSON by itself, such as a datetime, in the form that the fast way gives it."""
    return orjson.loads(orjson.dumps(value, default=str))


def _slow_loads(text: bytes) -> Json:
    try:
        value = json.loads(
            text.decode("utf-8-sig"), strict=False, parse_constant=lambda _: None, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    return _cleaned(value, 0)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _cleaned(value: Json, depth: int, deepest: float = MAX_DEPTH) -> Json:
    if depth > deepest:
        raise NotJson("nested too deeply")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): _cleaned(item, depth + 1, deepest) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item, depth + 1, deepest) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def clean_text(text: str) -> str:
    """`text` without the characters that a database cannot hold."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text if text.isprintable() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
