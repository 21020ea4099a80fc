"""`/targets` and `/targets/<name>`: what a name means, and where and when it can be observed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone

from console.pages import Page
from photonranch.errors import ApiError
from sky.night_events import SkyError
from targets import visibility
from targets.models import TargetList
from targets.resolving import resolve
from targets.serializers import target_object
from targets.target import Target
from targets.visibility import SiteAsked

NIGHTS = 15
EXAMPLES = ("M31", "M42", "Jupiter", "NGC 7000", "Sirius", "5 35 17.3 -5 23 28")


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site and what this night there holds for the target."""

    code: str
    night: dict[str, Any]

    @property
    def share(self) -> int:
        """Hours of the night out of twelve, in percent: the bar's length."""
        hours: float = self.night["hours"]
        return min(100, round(100 * hours / 12))


class SearchPage(Page):
    template_name = "console/targets.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        text = self.request.GET.get("q", "").strip()
        now = timezone.now()
        return super().get_context_data(
            **kwargs, text=text[:200], found=_placed(resolve(text, now, 20), now), examples=EXAMPLES
        )


class TargetPage(Page):
    template_name = "console/target.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        found = resolve(kwargs["name"], now, 1)
        if not found:
            raise Http404(f"Nothing is known of {kwargs['name'][:60]}.")
        target = found[0]
        sites = visibility.sites_asked(None, {})
        rows = _tonight(target, sites, now)
        chosen = _chosen(sites, rows, self.request.GET.get("site", ""))
        return super().get_context_data(
            **kwargs,
            target=_placed([target], now)[0],
            rows=rows,
            chosen=chosen.code if chosen else "",
            nights=_fortnight(target, chosen, now) if chosen else [],
            lists=TargetList.objects.of(self.caller) if self.caller.kind == "user" else [],
        )


def _placed(found: Sequence[Target], now: datetime) -> list[dict[str, Any]]:
    placed = []
    for target in found:
        try:
            placed.append(target_object(target, now) | {"hours": target.where(now)[0] / 15})
        except SkyError:
            continue  # a satellite that came down
    return placed


def _tonight(target: Target, sites: Sequence[SiteAsked], now: datetime) -> list[SiteRow]:
    """The best first; a site whose night cannot be computed is left out."""
    rows = []
    for site in sites:
        try:
            rows.append(SiteRow(site.code, visibility.nights_of(target, site, None, 1, now)[0]))
        except ApiError:
            continue
    return sorted(rows, key=lambda row: (-row.night["hours"], row.code))


def _chosen(sites: Sequence[SiteAsked], rows: Sequence[SiteRow], code: str) -> SiteAsked | None:
    """The site that was asked for, or the best one."""
    wanted = code if any(row.code == code for row in rows) else (rows[0].code if rows else "")
    return next((site for site in sites if site.code == wanted), None)


def _fortnight(target: Target, site: SiteAsked, now: datetime) -> list[SiteRow]:
    first = visibility.tonight(site.place, now)
    try:
        return [
            SiteRow(site.code, night)
            for night in visibility.nights_of(target, site, first + timedelta(days=1), NIGHTS - 1, now)
        ]
    except ApiError:
        return []
