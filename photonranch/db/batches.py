"""Removing many rows without holding locks for as long as that takes (on SQLite: every writer)."""

from typing import Any

from django.db.models import QuerySet

BATCH = 1000


def delete_in_batches(rows: "QuerySet[Any]", size: int = BATCH) -> int:
    """Delete `rows` in statements of at most `size` rows each, in the queryset's order; returns how many."""
    model = rows.model._default_manager
    removed = 0
    while batch := list(rows.values_list("pk", flat=True)[:size]):
        removed += model.filter(pk__in=batch).delete()[0]
    return removed
