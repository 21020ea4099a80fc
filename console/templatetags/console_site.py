"""Filters for the site's page: times as its data hold them, and data for its scripts."""

from datetime import UTC, datetime
from typing import Any

from django import template

from photonranch.lenient_json import dumps

register = template.Library()


@register.filter
def from_ms(timestamp_ms: float) -> datetime | None:
    """UTC; None for a clock that is out of its mind: sites send their own times."""
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


@register.filter
def as_json(value: Any) -> str:
    """For an attribute; the template escapes it."""
    return dumps(value).decode()
