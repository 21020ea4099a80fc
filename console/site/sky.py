"""Tonight's sky as a picture that grows with the page: positions in percent of the night, no pixels.

The picture of `/api/sky/{site}.svg` is one to keep and to print; this one follows the page's theme and
width, and a script moves "now" through it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from sitecfg import nights
from sitecfg.picture import BANDS, Scale
from sitecfg.places import NoPlace, Position, UnknownSite, position_of
from sky import night_events

STEP_S: Final = 300.0
# The picture's vertical range in degrees: how far the sun is below the horizon, its light shows.
LOWEST, HIGHEST = -24.0, 90.0
GRID: Final = (0, 30, 60)
HOURS: Final = 2
# What an observer looks for; the others wait behind "all events".
MAIN: Final = frozenset(
    [
        "Sun Set",
        "Civil Dusk",
        "Naut Dusk",
        "Astro Dark",
        "Observing Begins",
        "Middle of Night",
        "Observing Ends",
        "End Astro Dark",
        "Naut Dawn",
        "Civil Dawn",
        "Sunrise",
        "Moon Rise",
        "Moon Set",
    ]
)


def position(code: str) -> Position | None:
    try:
        return position_of(code)
    except UnknownSite:
        return None


def tonight(where: Position, now: datetime) -> dict[str, Any]:
    """What the template draws. Raises NoPlace when nobody knows where the site stands, and SkyError."""
    place = where.place()
    night = nights.night_at(where.site, now)
    x = Scale(night.start.timestamp(), night.end.timestamp(), 0, 1000)
    y = Scale(LOWEST, HIGHEST, 100, 0)
    curves = night_events.altitudes(place, night.start, night.end, STEP_S)
    events = list(_events(night.events, night.start, place.zone, x, now))
    return {
        "start": night.start,
        "end": night.end,
        "date": night.date,
        "zone": place.time_zone,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "moon_lit": round(100 * night_events.moon_illumination(night.start + (night.end - night.start) / 2)),
        "bands": list(_bands([float(t) for t in curves.times], [float(a) for a in curves.sun], x)),
        "sun": _points(curves.times, curves.sun, x, y),
        "moon": _points(curves.times, curves.moon, x, y),
        "grid": [{"y": y(angle), "px": 26 + 1.8 * y(angle), "text": f"{angle}°"} for angle in GRID],
        "hours": list(_hours(night.start, night.end, place.zone, x)),
        "now": percent(x(now.timestamp())),
        "events": events,
        "observing": _observing(events),
    }


def percent(thousandth: float) -> float:
    return round(thousandth / 10, 2)


def _bands(times: list[float], sun: list[float], x: Scale) -> Iterator[dict[str, Any]]:
    """Stretches of one kind of light. Day is the background."""
    samples = list(zip(times, sun, strict=True))
    for kind, stretch in groupby(samples, key=lambda sample: _light(sample[1])):
        moments = [time for time, _ in stretch]
        if kind:
            left, right = x(moments[0]), x(min(moments[-1] + STEP_S, times[-1]))
            yield {"kind": kind, "x": percent(left), "width": percent(right - left)}


def _light(altitude: float) -> str:
    return next((kind for below, kind in BANDS if altitude < below), "")


def _points(times: Any, curve: Any, x: Scale, y: Scale) -> str:
    return " ".join(f"{x(float(t))},{y(float(a))}" for t, a in zip(times, curve, strict=True))


def _hours(first: datetime, last: datetime, zone: ZoneInfo, x: Scale) -> Iterator[dict[str, Any]]:
    """Every second hour of UTC, with the site's own clock beside it."""
    when = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while when <= last:
        if when >= first and when.hour % HOURS == 0:
            local = when.astimezone(zone)
            yield {
                "x": percent(x(when.timestamp())),
                "utc": f"{when:%H}",
                "local": f"{local:%H:%M}" if local.minute else f"{local:%H}",
            }
        when += timedelta(hours=1)


def _events(
    days: dict[str, float], first: datetime, zone: ZoneInfo, x: Scale, now: datetime
) -> Iterator[dict[str, Any]]:
    """The night's events in the order of time; those of the afternoon before have no place in the picture."""
    in_order = sorted((night_events.from_tai_julian_day(day), name) for name, day in days.items())
    coming = [when for when, _ in in_order if when > now]
    for when, name in in_order:
        yield {
            "name": name,
            "at": when,
            "local": f"{(when + timedelta(seconds=0.5)).astimezone(zone):%H:%M}",
            "x": percent(x(when.timestamp())) if when >= first else None,
            "main": name in MAIN,
            "state": "past" if when <= now else "next" if when == coming[0] else "coming",
        }


def _observing(events: list[dict[str, Any]]) -> dict[str, float] | None:
    """From Observing Begins to Observing Ends, in percent; None on nights that have none."""
    places = {event["name"]: event["x"] for event in events}
    begins, ends = places.get("Observing Begins"), places.get("Observing Ends")
    if begins is None or ends is None or ends <= begins:
        return None
    return {"x": begins, "width": round(ends - begins, 2)}


__all__ = ["NoPlace", "position", "tonight"]
