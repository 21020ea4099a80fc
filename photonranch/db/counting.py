"""Counting that stops: what is shown to people needs no exact number beyond some thousands."""

from typing import Any

from django.db.models import QuerySet

MAX_COUNTED = 10_000


def capped(queryset: QuerySet[Any, Any], limit: int = MAX_COUNTED) -> int:
    """How many rows there are, counted to `limit` and one more: a larger table takes no longer."""
    return queryset.order_by().values("pk")[: limit + 1].count()


def shown(count: int, limit: int = MAX_COUNTED) -> str:
    """A number from `capped`, as people read it: 1,234, or `more than 10,000`."""
    return f"more than {limit:,}" if count > limit else f"{count:,}"
