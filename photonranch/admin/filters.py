"""Filters of a list. `seeks` says whether an index serves what is chosen, see photonranch.admin.lists."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RadioFilter


class _Served:
    """What both kinds share.

    `options`: (value, what is shown). `served`: the values that an index serves for the whole table; others
    are looked for among the newest rows. `fallback`: what a list shows when nothing is chosen.
    """

    options: Sequence[tuple[str, str]] = ()
    served: Collection[str] = ()
    fallback = ""
    request: HttpRequest

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        self.request = request
        super().__init__(request, params, model, model_admin)  # type: ignore[call-arg]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return self.options

    def value(self) -> str:
        return super().value() or self.fallback  # type: ignore[misc]

    @property
    def seeks(self) -> bool:
        return self.value() in self.served

    @property
    def sifts(self) -> bool:
        return bool(self.value()) and not self.seeks

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = dict(self.lookup_choices)  # type: ignore[attr-defined]
        value = self.value()
        return self.narrow(queryset, value) if value and value in known else queryset

    def narrow(self, queryset: Any, value: str) -> Any:
        raise NotImplementedError


class ChoiceFilter(_Served, RadioFilter):
    """A handful of choices, all of them seen."""


class Dropdown(_Served, DropdownFilter):
    """Many choices, folded away."""
