"""Instants as callers write them."""

from datetime import UTC, datetime

from photonranch.fields import as_number
from photonranch.jsontext import Json


class NotADate(ValueError):
    pass


def instant(value: Json) -> datetime:
    """An instant from unix seconds or from text (`2026-11-20 20:00:00`, ISO 8601); without a zone it is UTC.

    Raises NotADate.
    """
    text = str(value).strip()
    try:
        if isinstance(value, int | float) or (text.replace(".", "", 1).isdigit() and len(text) != 8):
            return datetime.fromtimestamp(float(as_number(value, _fail)), UTC)
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        raise NotADate(text) from None


def _fail(_: str) -> None:
    raise ValueError
