"""The night drawn: altitude of sun and moon against local time, twilight, the events as a staircase.

A Django template holds everything that is drawn; here only what goes where is worked out, by two linear
scales. That is all the geometry there is: a plotting library such as matplotlib would bring eight more
packages and its own ideas of text and colour for this one kind of picture.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import ceil, floor
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

from sitecfg.models import Night
from sitecfg.places import Position
from sky import night_events

WIDTH: Final = 1200
LEFT, RIGHT = 58, 1182
TOP, BOTTOM = 108, 458
FIRST_ROW: Final = 512  # the first event's line of text, below the hours and the dates
ROW: Final = 17
STEP_S: Final = 120.0  # 1.3 px
# Beneath which altitude of the sun, in degrees, each band begins; drawn in the template's colours.
BANDS: Final = ((-18.0, "night"), (-12.0, "astronomical"), (-6.0, "nautical"), (-0.25, "civil"))


class Scale(NamedTuple):
    """A line from values to pixels."""

    low: float
    high: float
    from_px: float
    to_px: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return round(self.from_px + part * (self.to_px - self.from_px), 1)


def picture(position: Position, night: Night, now: datetime) -> str:
    """The SVG. Raises NoPlace and SkyError."""
    place = position.place()
    events = {name: night_events.from_tai_julian_day(day) for name, day in night.events.items()}
    first = _whole_hour(min([night.start, *events.values()]))
    curves = night_events.altitudes(place, first, night.end, STEP_S)
    heights = [float(h) for curve in (curves.sun, curves.moon) for h in (curve.min(), curve.max(), 0)]
    x = Scale(first.timestamp(), night.end.timestamp(), LEFT, RIGHT)
    y = Scale(floor(min(heights) / 10) * 10, ceil(max(heights) / 10) * 10, BOTTOM, TOP)
    times = [float(t) for t in curves.times]
    rows = list(_rows(events, place.zone, x))
    drawing: dict[str, Any] = {
        "site": position.site,
        "place": _degrees(place.latitude, "N", "S") + " " + _degrees(place.longitude, "E", "W"),
        "zone": place.time_zone,
        "date": night.date,
        "moon_lit": round(100 * night_events.moon_illumination(night.start + (night.end - night.start) / 2)),
        "width": WIDTH,
        "height": FIRST_ROW + ROW * len(rows) + 12,
        "left": LEFT,
        "right": RIGHT,
        "top": TOP,
        "bottom": BOTTOM,
        "plot_width": RIGHT - LEFT,
        "plot_height": BOTTOM - TOP,
        "bands": list(_bands(times, [float(a) for a in curves.sun], x)),
        "sun": _points(times, curves.sun, x, y),
        "moon": _points(times, curves.moon, x, y),
        "horizon": y(0),
        "degrees": [{"y": y(angle), "text": f"{angle}°"} for angle in _angles(y)],
        "hours": list(_hours(first, night.end, place.zone, x)),
        "now": x(now.timestamp()) if first <= now <= night.end else None,
        "rows": rows,
    }
    return render_to_string("sitecfg/night.svg", drawing)


def _whole_hour(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.4f}° {positive if value >= 0 else negative}"


def _bands(times: list[float], sun: list[float], x: Scale) -> Iterator[dict[str, Any]]:
    """Stretches of one kind of light, day left out: the background is day."""
    for kind, stretch in groupby(zip(times, sun, strict=True), key=lambda sample: _light(sample[1])):
        moments = [time for time, _ in stretch]
        if kind:
            left, right = x(moments[0]), x(min(moments[-1] + STEP_S, times[-1]))
            yield {"kind": kind, "x": left, "width": round(right - left, 1)}


def _light(altitude: float) -> str:
    return next((kind for below, kind in BANDS if altitude < below), "")


def _points(times: list[float], curve: Any, x: Scale, y: Scale) -> str:
    """A polyline's points; every fifth sample is smooth enough."""
    return " ".join(f"{x(t)},{y(float(a))}" for t, a in list(zip(times, curve, strict=True))[::5])


def _angles(y: Scale) -> range:
    return range(ceil(y.low / 30) * 30, floor(y.high / 30) * 30 + 1, 30)


def _hours(first: datetime, last: datetime, zone: ZoneInfo, x: Scale) -> Iterator[dict[str, Any]]:
    """A mark every second hour of the site's clocks, by quarters of an hour: zones differ by as much."""
    when = first
    while when <= last:
        local = when.astimezone(zone)
        if local.minute == 0 and local.hour % 2 == 0:
            day = f"{local:%a} {local.day} {local:%b}" if local.hour in (0, 12) else ""
            across = x(when.timestamp())
            yield {"x": across, "text": f"{local:%H}", "day": day, "at_the_end": across > RIGHT - 30}
        when += timedelta(minutes=15)


def _rows(events: dict[str, datetime], zone: ZoneInfo, x: Scale) -> Iterator[dict[str, Any]]:
    """A line of text for each event, in order of time, beside its moment: a staircase never overlaps."""
    in_order = sorted(events.items(), key=lambda event: event[1])
    for number, (name, when) in enumerate(in_order):
        across = x(when.timestamp())
        yield {
            "x": across,
            "y": FIRST_ROW + ROW * number,
            "to_the_left": across > (LEFT + RIGHT) / 2,
            "clock": f"{(when + timedelta(seconds=0.5)).astimezone(zone):%H:%M:%S}",
            "name": name,
            "kind": "moon" if name.startswith("Moon") else "sun",
        }
