"""Counting that stops: what is shown to people needs no exact number beyond some thousands."""

from typing import Any

from django.db.models import QuerySet

MOST = 10_000


def capped(queryset: QuerySet[Any, Any], most: int = MOST) -> int:
    """How many rows there are, counted to `most` and one more: a larger table takes no longer."""
    return queryset.order_by().values("pk")[: most + 1].count()


def shown(count: int, most: int = MOST) -> str:
    """A number from `capped`, as people read it: 1,234, or `more than 10,000`."""
    return f"more than {most:,}" if count > most else f"{count:,}"
