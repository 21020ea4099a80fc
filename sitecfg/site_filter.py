"""The filter by site that the lists of all apps share."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from photonranch.admin.filters import Dropdown
from sitecfg.models import Site

MOST_SITES = 500


class SiteFilter(Dropdown):
    """By site, for lists whose index begins with the site."""

    title = "site"
    parameter_name = "site"
    index_serves = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The configured sites, and the chosen one: programs may speak for others."""
        codes = Site.objects.order_by("code").values_list("code", flat=True)[:MOST_SITES]
        return [(code, code) for code in dict.fromkeys([*codes, request.GET.get("site", "")]) if code]

    @property
    def seeks(self) -> bool:
        return self.index_serves and bool(self.value())

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(site=value)


class SiteFilterAmongNewest(SiteFilter):
    """By site, for lists without such an index."""

    index_serves = False


def by_site(request: HttpRequest) -> bool:
    """Whether a list is filtered by site: its order then is that of another index."""
    return bool(request.GET.get("site"))
