"""Times as callers write them, read in one place: what comes out is in UTC, and a calendar holds it.

Python's calendar begins with the year 1 and ends with 9999. A text may lie within it and its instant in UTC
may not, such as `9999-12-31T23:59:59-23:59`; a number may name any year at all.
"""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from photonranch.api.fields import NumberField, as_number
from photonranch.lenient_json import Json

# No way of writing a time is longer; what is longer is not looked at.
LONGEST = 64


class NotATime(ValueError):
    """Neither a time nor anything near one, or a time that no calendar holds."""


def from_text(text: str) -> datetime:
    """The instant of `2026-11-20 20:00:00` or any other ISO 8601 text; without a zone it is UTC.

    Raises NotATime.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise NotATime(text[:LONGEST])
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotATime(text) from None


def from_seconds(seconds: float) -> datetime:
    """The instant of a unix time in seconds; raises NotATime."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotATime(str(seconds)[:LONGEST]) from None


def nearest(seconds: float) -> datetime:
    """The instant, to be shown; for what lies beyond the calendar its first or its last."""
    try:
        return from_seconds(seconds)
    except NotATime:
        return (datetime.min if seconds < 0 else datetime.max).replace(tzinfo=UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """The instant of a unix time in milliseconds; raises NotATime."""
    try:
        return from_seconds(milliseconds / 1000)
    except OverflowError:
        raise NotATime("beyond any number of seconds") from None


def from_either(value: Json) -> datetime:
    """The instant of a number of unix seconds, or of a text that is one, or of a date; raises NotATime.

    Eight digits are a date, `20261120`.
    """
    text = str(value).strip()[: LONGEST + 1]
    if isinstance(value, int | float) or (text.replace(".", "", 1).isdigit() and len(text) != 8):
        return from_seconds(float(as_number(value, _fail)))
    return from_text(text)


def _fail(_: str) -> None:
    raise NotATime


@extend_schema_field(OpenApiTypes.NUMBER)
class UnixTimeField(NumberField):
    """Unix time in seconds, as the number that came; a calendar holds it."""

    default_error_messages = {"instant": "is not a time that a calendar holds."}

    def to_internal_value(self, data: Any) -> int | float:
        seconds = super().to_internal_value(data)
        self.instant(seconds)
        return seconds

    def instant(self, seconds: float) -> datetime:
        try:
            return from_seconds(seconds)
        except NotATime:
            self.fail("instant")
