"""When and where targets can be observed: the sites' places and limits, the sky's windows, as JSON says
it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, Final

import numpy as np

from photonranch.errors import BadRequest
from sitecfg.models import Site
from sitecfg.places import NoPlace, Position, UnknownSite, position_from, position_of
from sky import ephemeris
from sky.limits import DEFAULT_ALTITUDE, Limits
from sky.night_events import Place, SkyError, night_block
from sky.night_sky import night_over
from sky.paths import SatellitePath
from sky.reasons import why_not
from sky.tracks import Moving, Stars, Targets
from sky.visibility import Visible, visible
from targets.target import Target

MAX_NIGHTS: Final = 366
MAX_SITES: Final = 500
# What one call may cost: a night of a star takes 1 to 2 ms, of what moves 10, and of many stars 10 µs each.
MAX_SITE_NIGHTS: Final = 1000
MAX_MOVING_NIGHTS: Final = 400
MAX_TARGETS: Final = 5000
MAX_MOVING: Final = 50
MAX_CELLS: Final = 100_000
# A satellite's night is sampled every thirty seconds.
MAX_SATELLITE_NIGHTS: Final = 30

LIMITS: Final = ("min_altitude", "max_airmass", "max_ha", "sun_below", "moon_distance", "moon_illumination")


@dataclass(frozen=True, slots=True)
class SiteAsked:
    """A site with its place and the limits that hold there."""

    code: str
    place: Place
    limits: Limits


def site_asked(code: str, asked: dict[str, float]) -> SiteAsked:
    """Raises UnknownSite and NoPlace, and BadRequest for limits."""
    position = position_of(code)
    configuration = Site.objects.only("configuration").get(code=position.site).configuration
    return _site(position, configuration, asked)


def sites_asked(codes: Sequence[str] | None, asked: dict[str, float]) -> list[SiteAsked]:
    """These sites, or all observatories whose place is known, in the order of their codes."""
    if codes is not None:
        return [site_asked(code, asked) for code in codes]
    known = []
    rows = {site.code: site for site in Site.objects.order_by("code")[: 2 * MAX_SITES]}
    for site in [row for row in rows.values() if row.kind == Site.Kind.OBS][:MAX_SITES]:
        try:
            known.append(_site(position_from(site, rows.get(site.wema, site)), site.configuration, asked))
        except (NoPlace, UnknownSite):
            continue  # one site's broken configuration hides no other
    return known


def _site(position: Position, configuration: Any, asked: dict[str, float]) -> SiteAsked:
    given = {"max_hour_angle" if name == "max_ha" else name: value for name, value in asked.items()}
    own = {
        "min_altitude": _configured(configuration, "lowest_requestable_altitude", -5, 90, DEFAULT_ALTITUDE),
        "moon_distance": _configured(configuration, "closest_distance_to_the_moon", 0, 180, None),
    }
    try:
        return SiteAsked(position.site, position.place(), Limits(**{**own, **given}))
    except SkyError as problem:
        raise BadRequest(str(problem).replace("max_hour_angle", "max_ha")) from None


def _configured(configuration: Any, key: str, least: float, most: float, otherwise: float | None) -> Any:
    """A limit of the site's, where its configuration has a number that can be one."""
    value = configuration.get(key) if isinstance(configuration, dict) else None
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and isfinite(value)
        and least <= value <= most
    ):
        return float(value)
    return otherwise


def lowest_altitude(configuration: Any) -> float:
    """The altitude in degrees below which a site takes no target."""
    lowest: float = _configured(configuration, "lowest_requestable_altitude", -5, 90, DEFAULT_ALTITUDE)
    return lowest


def tonight(place: Place, when: datetime) -> date:
    """The night, named by the day on whose noon it begins, that is on or comes next: in the morning, when
    it does not get dark any more before noon, the one after. Raises OutsideEphemeris."""
    day = night_block(place, when)[0].astimezone(place.zone).date()
    dark = night_over(place, day).dark
    over = bool(dark) and ephemeris.tt_days(when) > dark[-1][1]
    return day + timedelta(days=over)


# --- One target --------------------------------------------------------------------------------------------


def nights_of(target: Target, site: SiteAsked, first: date | None, count: int, now: datetime) -> list[Any]:
    """The nights as JSON. Raises BadRequest for nights outside the ephemeris."""
    start = first or tonight(site.place, now)
    tracked = targets_of([target])
    try:
        return [
            night for number in range(count) for night in rows(tracked, site, start + timedelta(days=number))
        ]
    except (SkyError, OverflowError) as problem:
        raise BadRequest(f"start: {problem}") from None


def check_cost(targets: Sequence[Target], sites: int, nights: int) -> None:
    """Raises BadRequest for more than a call may cost."""
    moving = sum(target.star is None for target in targets)
    if moving > MAX_MOVING:
        raise BadRequest(f"targets: at most {MAX_MOVING} that move, not {moving}.")
    if sites * nights > MAX_SITE_NIGHTS:
        raise BadRequest(f"nights: at most {MAX_SITE_NIGHTS} nights of sites together, not {sites * nights}.")
    if moving * sites * nights > MAX_MOVING_NIGHTS:
        raise BadRequest(f"nights: at most {MAX_MOVING_NIGHTS} nights of sites for targets that move.")
    if len(targets) * sites * nights > MAX_CELLS:
        raise BadRequest(f"targets: targets times sites times nights may be at most {MAX_CELLS}.")
    if (
        any(isinstance(target.path, SatellitePath) for target in targets)
        and sites * nights > MAX_SATELLITE_NIGHTS
    ):
        raise BadRequest(f"nights: at most {MAX_SATELLITE_NIGHTS} nights of sites for a satellite.")


def targets_of(targets: Sequence[Target]) -> Targets:
    """All of them stars, or one that moves."""
    if targets[0].star is None:
        return Moving(targets[0].track())
    stars = [target.star for target in targets if target.star is not None]
    return Stars(np.array([[s.ra, s.dec, s.pm_ra, s.pm_dec, s.parallax] for s in stars]))


def rows(targets: Targets, site: SiteAsked, day: date) -> Iterator[dict[str, Any]]:
    """One night of a site for each target, as JSON."""
    night = night_over(site.place, day, site.limits.sun_below)
    seen = visible(targets, night, site.limits)
    reasons = why_not(targets, seen, site.limits, site.place)
    return _as_json(seen, day, reasons)


# --- As JSON -----------------------------------------------------------------------------------------------


def instants(t: Any) -> list[str | None]:
    """TT days as ISO 8601 in UTC to the millisecond; None for NaN."""
    flat = np.ravel(t)
    some = np.isfinite(flat)
    if not some.any():
        return [None] * len(flat)
    # No leap second lies within a night: one difference serves all of it.
    reference = float(flat[some][0])
    base = np.datetime64(ephemeris.from_tt_days(reference).replace(tzinfo=None), "us")
    microseconds = np.round((np.where(some, flat, reference) - reference) * 86_400_000) * 1000
    exact = (base + microseconds.astype("timedelta64[us]") + np.timedelta64(500, "us")).astype(
        "datetime64[ms]"
    )
    texts = np.datetime_as_string(exact, unit="ms", timezone="UTC").tolist()
    return [text if there else None for text, there in zip(texts, some, strict=True)]


def numbers(values: Any, digits: int) -> list[float | None]:
    return [None if value != value else value for value in np.round(values, digits).tolist()]


def _as_json(seen: Visible, day: date, reasons: list[str | None]) -> Iterator[dict[str, Any]]:
    dark = seen.night.dark
    ends = instants(np.array([dark[0][0], dark[-1][1]])) if dark else [None, None]
    columns = zip(
        _windows(seen),
        instants(seen.transit),
        numbers(seen.max_altitude, 3),
        instants(seen.best),
        numbers(seen.moon_distance, 2),
        numbers(seen.hours, 3),
        reasons,
        strict=True,
    )
    lit = round(seen.moon_illumination, 4)
    for windows, transit, highest, best, distance, hours, reason in columns:
        yield {
            "date": day.isoformat(),
            "dark_start": ends[0],
            "dark_end": ends[1],
            "windows": windows,
            "transit": transit,
            "max_altitude": highest,
            "best": best,
            "moon_distance": distance,
            "moon_illumination": lit,
            "hours": hours,
            "why_not": reason,
        }


def _windows(seen: Visible) -> Iterable[list[dict[str, str | None]]]:
    spans = seen.windows
    count = len(seen.transit)
    if not len(spans.start):
        return ([] for _ in range(count))
    starts = np.array(instants(spans.start), dtype=object).reshape(spans.start.shape)
    ends = np.array(instants(spans.end), dtype=object).reshape(spans.end.shape)
    order = np.argsort(spans.start, axis=0)  # NaN last
    starts, ends = (np.take_along_axis(each, order, axis=0).T.tolist() for each in (starts, ends))
    return (
        [{"start": a, "end": b} for a, b in zip(*pair, strict=True) if a is not None]
        for pair in zip(starts, ends, strict=True)
    )
