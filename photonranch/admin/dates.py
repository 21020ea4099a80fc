"""Years, months and days above a list, without reading the list.

Django's own `date_hierarchy` asks the table for its distinct months: that reads every row of the year. Here
the first and the last row are asked for, which an index answers, and every date between the two is offered.
"""

import dataclasses
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

# A wrong clock must not make a menu of a thousand years.
MAX_YEARS = 30
# What is after it, no calendar holds.
LAST = datetime.max.replace(tzinfo=UTC)
_FORMATS = {4: "%Y", 7: "%Y-%m", 10: "%Y-%m-%d"}


def _same(value: Any) -> Any:
    return value


@dataclasses.dataclass(frozen=True)
class Span:
    """A year, a month or a day: `text` is 2026, 2026-11 or 2026-11-20."""

    text: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is no such text."""
        datetime.strptime(self.text, _FORMATS.get(len(self.text), "%Y"))

    @property
    def start(self) -> datetime:
        return datetime.strptime(self.text, _FORMATS[len(self.text)]).replace(tzinfo=UTC)

    @property
    def end(self) -> datetime:
        start = self.start
        if len(self.text) == 4:
            return self._first_of(start.year + 1, 1)
        if len(self.text) == 7:
            return self._first_of(start.year + start.month // 12, start.month % 12 + 1)
        return LAST if start.date() == LAST.date() else start + timedelta(days=1)

    @staticmethod
    def _first_of(year: int, month: int) -> datetime:
        return datetime(year, month, 1, tzinfo=UTC) if year <= LAST.year else LAST

    @property
    def title(self) -> str:
        """What it is called, within the span that holds it."""
        return {4: self.text, 7: f"{self.start:%B %Y}", 10: str(self.start.day)}[len(self.text)]

    @property
    def around(self) -> "Span | None":
        return Span(self.text[:-3]) if len(self.text) > 4 else None

    def holds(self, first: datetime, last: datetime) -> "list[Span]":
        """The months of a year or the days of a month that are not before `first` or after `last`."""
        if len(self.text) == 10:
            return []
        count = 12 if len(self.text) == 4 else monthrange(self.start.year, self.start.month)[1]
        parts = [Span(f"{self.text}-{number:02}") for number in range(1, count + 1)]
        return [part for part in parts if part.start <= last and part.end > first]


@dataclasses.dataclass(frozen=True)
class Dates:
    """Which column says when, and how it says it.

    `among`: what the index that serves it is restricted to; choosing a date restricts the list to the same.
    """

    field: str
    to_value: Callable[[datetime], Any] = _same
    to_time: Callable[[Any], datetime] = _same
    among: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def within(self, queryset: QuerySet[Any], span: Span) -> QuerySet[Any]:
        limits = {
            f"{self.field}__gte": self.to_value(span.start),
            f"{self.field}__lt": self.to_value(span.end),
        }
        return queryset.filter(**self.among, **limits)

    def limits(self, model: type[Model]) -> tuple[datetime, datetime] | None:
        """When the first and the last row are; two seeks in the index. None when there is no row."""
        rows = model._default_manager.filter(**self.among).values_list(self.field, flat=True)
        first = rows.order_by(self.field).first()
        last = rows.order_by(f"-{self.field}").first()
        return None if first is None else (self.to_time(first), self.to_time(last))

    def offered(self, model: type[Model], chosen: Span | None) -> list[Span]:
        """What to choose from next: years, or the parts of what is chosen; a single year is opened at
        once."""
        limits = self.limits(model)
        if limits is None:
            return []
        first, last = limits
        if chosen is not None:
            return chosen.holds(first, last)
        years = range(max(first.year, last.year - MAX_YEARS), last.year + 1)
        if len(years) == 1:
            return Span(f"{last.year:04}").holds(first, last)
        return [Span(f"{year:04}") for year in years]
