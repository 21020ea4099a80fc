"""Looking for the beginning of a text in an index, on both databases."""

from typing import Any, TypeVar

from django.db import connections
from django.db.models import QuerySet

Q = TypeVar("Q", bound=QuerySet[Any, Any])
LAST = "\U0010ffff"


def begins_with(queryset: Q, column: str, text: str) -> Q:
    """Rows whose unique `column` begins with `text`, by its index.

    For a unique column Django makes PostgreSQL a second index, in the order of bytes, which serves LIKE; a
    range would go by the database's collation, in which hyphens may count for nothing. SQLite's texts are in
    the order of bytes, and its LIKE, to which upper and lower case are one, has no index: there it is a
    range.
    """
    if connections[queryset.db].vendor == "sqlite":
        return queryset.filter(**{f"{column}__gte": text, f"{column}__lt": text + LAST})
    return queryset.filter(**{f"{column}__startswith": text})
