"""Lists that take as long for ten million rows as for ten thousand.

Whatever an index serves (the list's own order, `seeks` of filters, dates, keys that are searched for) is
looked for in the whole table. Everything else (other filters, a click on a column's head, text within a
message) is looked for among the newest WINDOW rows of that, and the page says so. Nothing is counted beyond
MAX_COUNTED.
"""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

from photonranch.admin.dates import Span
from photonranch.db import counting

WINDOW = 20_000
MAX_COUNTED = counting.MAX_COUNTED
DATE_VAR = "date"


class BoundedPaginator(Paginator[Any]):
    """Counts no further than MAX_COUNTED; what is older is found by date, filter or search."""

    template_name = "admin/pages.html"

    @cached_property
    def found(self) -> int:
        rows: Any = self.object_list
        return counting.capped(rows, MAX_COUNTED)

    @cached_property
    def count(self) -> int:
        return min(self.found, MAX_COUNTED)

    @property
    def has_more(self) -> bool:
        return self.found > MAX_COUNTED


class _Step:
    """Something done to the rows in the place of a filter; nothing is shown of it."""

    def __init__(self, changelist: "StaffChangeList") -> None:
        self.changelist = changelist

    def expected_parameters(self) -> list[str | None]:
        return []


class _WithinDate(_Step):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        span, dates = self.changelist.chosen_date, self.changelist.model_admin.dates
        return dates.within(queryset, span) if span and dates else queryset


class _Newest(_Step):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return newest(queryset, self.changelist.model_admin.get_ordering(request))


def newest(queryset: QuerySet[Any], ordering: Any) -> QuerySet[Any]:
    """The first WINDOW rows in the list's own order, which an index serves."""
    return queryset.filter(pk__in=queryset.order_by(*ordering).values("pk")[:WINDOW])


class StaffChangeList(ChangeList):
    # Whether what is shown was looked for among the newest rows only.
    is_among_newest = False
    window = WINDOW

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_filters_params(params)
        parameters.pop(DATE_VAR, None)
        return parameters

    @cached_property
    def chosen_date(self) -> Span | None:
        text = self.params.get(DATE_VAR, "")
        if not text or self.model_admin.dates is None:
            return None
        try:
            return Span(text)
        except ValueError as error:
            raise IncorrectLookupParameters(str(error)) from error

    def get_filters(self, request: HttpRequest) -> tuple[Any, ...]:
        """In the order in which they are carried out: what an index serves, the window, everything else."""
        specs, has_filters, others, duplicates, active = super().get_filters(request)
        self.shown_specs = specs
        seeking = [spec for spec in specs if getattr(spec, "seeks", False)]
        sifting = [spec for spec in specs if spec not in seeking]
        self.is_among_newest = bool(others) or bool(self.params.get(ORDER_VAR)) or any(map(_sifts, sifting))
        window = [_Newest(self)] if self.is_among_newest else []
        return [_WithinDate(self), *seeking, *window, *sifting], has_filters, others, duplicates, active

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        self.filter_specs = self.shown_specs
        self.is_among_newest |= bool(self.query and self.model_admin.search_fields)
        return queryset

    # --- What the page asks for ----------------------------------------------------------------------------

    def dates_offered(self) -> list[tuple[str, str]]:
        """(title, address) of each date that can be chosen next."""
        if self.model_admin.dates is None:
            return []
        spans = self.model_admin.dates.offered(self.model, self.chosen_date)
        return [(span.title, self.get_query_string({DATE_VAR: span.text})) for span in spans]

    def dates_around(self) -> list[tuple[str, str]]:
        """The same for the way back, from all dates to the chosen one; empty when none is chosen."""
        if self.chosen_date is None:
            return []
        spans = [self.chosen_date]
        while (around := spans[0].around) is not None:
            spans.insert(0, around)
        steps = [(span.title, self.get_query_string({DATE_VAR: span.text})) for span in spans]
        return [("All dates", self.get_query_string(remove=[DATE_VAR])), *steps]


def _sifts(spec: Any) -> bool:
    if hasattr(spec, "sifts"):
        return bool(spec.sifts)
    return any(value not in (None, "", [], [""]) for value in spec.used_parameters.values())
