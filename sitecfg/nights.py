"""The nights of the sites: read where they were computed ahead, computed where they were not."""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from sitecfg.models import Night, Site
from sitecfg.places import NoPlace, Position, UnknownSite, position_of
from sky import night_events
from sky.night_events import Place

log = logging.getLogger(__name__)

AHEAD = 14
KEPT = timedelta(days=2)


# --- Asked -------------------------------------------------------------------------------------------------


def night_at(site: str, when: datetime) -> Night:
    """The night of `site` whose block, local noon to local noon, holds `when`.

    One indexed query when it was computed ahead; else it is computed, and not kept: reading never writes.
    Raises UnknownSite, NoPlace, and SkyError for a time outside the ephemeris.
    """
    kept = Night.objects.that_holds(site, when)
    return kept or _computed_at(position_of(site), when)


def nights_from(site: str, first: date, count: int) -> list[Night]:
    """`count` nights of `site`, the first beginning at local noon of `first`. Raises as `night_at`."""
    kept = list(Night.objects.from_date(site, first, count)) if count <= AHEAD else []
    if len(kept) == count:
        return kept
    position = position_of(site)
    return _rows(position.site, night_events.nights(position.place(), first, count))


def _computed_at(position: Position, when: datetime) -> Night:
    place = position.place()
    start, end = night_events.night_block(place, when)
    day = start.astimezone(place.zone).date()
    return Night(
        site=position.site,
        date=day,
        start=start,
        end=end,
        events=night_events.night_events(place, start, end),
    )


def _rows(site: str, computed: list[night_events.Night]) -> list[Night]:
    return [
        Night(site=site, date=night.date, start=night.start, end=night.end, events=night.events)
        for night in computed
    ]


# --- Computed ahead ----------------------------------------------------------------------------------------


def compute_ahead(codes: list[str] | None = None) -> int:
    """Keep the nights of the coming fortnight for these sites, or for all; returns for how many sites."""
    if codes is None:
        codes = list(Site.objects.values_list("code", flat=True))
    return sum(_keep_ahead(code) for code in codes)


def compute_standing_at(code: str) -> int:
    """The same for a site and, of a WEMA, the observatories under it."""
    return compute_ahead(list(Site.objects.standing_at(code).values_list("code", flat=True)))


def _place_of(code: str) -> Place | None:
    """None, and a line in the log that says why, for a site that is gone or does not say where it stands."""
    try:
        return position_of(code).place()
    except (UnknownSite, NoPlace) as problem:
        log.info("no nights for %s: %s", code, problem)
        return None


def _keep_ahead(code: str) -> bool:
    place = _place_of(code)
    if place is None:
        return False
    now = timezone.now()
    tonight = night_events.night_block(place, now)[0].astimezone(place.zone).date()
    # From yesterday on, so that the fortnight is whole whatever the hour.
    computed = night_events.nights(place, tonight - timedelta(days=1), AHEAD + 1)
    return _keep(code, place, _rows(code, [night for night in computed if night.start < night.end]))


@transaction.atomic
def _keep(code: str, place: Place, rows: list[Night]) -> bool:
    """Keep what was computed for `place`, unless the site has moved meanwhile.

    The rows of the site and its WEMA are locked in one order, as whoever moves one of them locks its row.
    """
    locked = list(Site.objects.with_its_wema(code).order_by("code").select_for_update())
    if not locked or _place_of(code) != place:
        return False
    Night.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["site", "date"],
        update_fields=["start", "end", "events"],
    )
    return True


def forget_past() -> int:
    """Remove nights that ended two days ago or earlier. Served by the index "night_over"."""
    return Night.objects.filter(end__lt=timezone.now() - KEPT).delete()[0]
