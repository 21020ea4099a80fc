"""A night's altitudes drawn: targets, moon, twilight, limits and what is reserved, as SVG and as PNG of the
same.

A Django template holds everything that is drawn. The PNG is made by resvg, with the font that lies beside:
text without a font would vanish without a word.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from math import ceil, floor
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import resvg_py
from django.template.loader import render_to_string

from sitecfg.picture import Scale
from sky import ephemeris
from sky.ephemeris import MOON, SUN
from sky.night_sky import NightSky, night_over
from sky.tracks import Moving
from sky.visibility import Visible, visible
from targets import calendars
from targets.target import Target
from targets.visibility import SiteAsked, targets_of, tonight

FONT: Final = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
WIDTH: Final = 960
LEFT, RIGHT, TOP, BOTTOM = 48, 944, 76, 396
ROW: Final = 20
HEIGHT: Final = 480
MAX_CURVES: Final = 8
# Beneath which altitude of the sun, in degrees, each band begins; drawn in the template's colours.
BANDS: Final = ((-18.0, "night"), (-12.0, "astronomical"), (-6.0, "nautical"), (0.0, "civil"))
SUNSET_MARGIN: Final = 0.5 / 24
COLOURS: Final = {
    "light": ("#b42318", "#1d4ed8", "#047857", "#7c2d92", "#9a3412", "#0e7490", "#4d7c0f", "#be185d"),
    "dark": ("#ffb454", "#7cc4ff", "#7ee2a8", "#e3a6ff", "#ff9e8a", "#66e0e8", "#c6e377", "#ff9ecb"),
    # Told apart by brightness and dashes: there is no other colour.
    "red": ("#ff0000", "#d00000", "#ff0000", "#d00000", "#ff0000", "#d00000", "#ff0000", "#d00000"),
}
DASHES: Final = ("", "8 3", "2 3", "10 3 2 3", "", "8 3", "2 3", "10 3 2 3")


class Curve(NamedTuple):
    """A target over a site: one line of the picture."""

    site: SiteAsked
    target: Target


def svg(curves: list[Curve], first: date | None, theme: str, now: datetime) -> str:
    """The SVG of one night. Raises SkyError. Several sites share a clock, which is UTC's."""
    nights = [
        night_over(curve.site.place, first or tonight(curve.site.place, now), curve.site.limits.sun_below)
        for curve in curves
    ]
    seen = [
        visible(targets_of([curve.target]), night, curve.site.limits)
        for curve, night in zip(curves, nights, strict=True)
    ]
    one_site = len({curve.site.code for curve in curves}) == 1
    start, end = _span(nights)
    x = Scale(start, end, LEFT, RIGHT)
    drawing: dict[str, Any] = {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": RIGHT,
        "top": TOP,
        "bottom": BOTTOM,
        "plot_width": RIGHT - LEFT,
        "plot_height": BOTTOM - TOP,
        "theme": theme,
        "title": _title(curves, one_site),
        "date": nights[0].date,
        "zone": curves[0].site.place.time_zone if one_site else "UTC",
        "hours_y": BOTTOM + 20 + 5 * len(curves),
        "moon_lit": round(100 * nights[0].moon_lit),
        "hours": list(_hours(start, end, curves[0].site.place.zone if one_site else ZoneInfo("UTC"), x)),
        "degrees": [{"y": Y(value), "text": f"{value}°"} for value in range(0, 91, 15)],
        "lines": [
            _line(number, curve, each, start, end, x, theme)
            for number, (curve, each) in enumerate(zip(curves, seen, strict=True))
        ],
        "one_site": one_site,
    }
    if one_site:
        drawing |= _of_the_site(curves[0].site, nights[0], start, end, x)
    return render_to_string("targets/altitudes.svg", drawing)


def png(picture: str) -> bytes:
    """The same picture in pixels, twice as fine."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=picture,
            zoom=2,
            font_files=[str(FONT)],
            skip_system_fonts=True,
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
        )
    )


Y: Final = Scale(0.0, 90.0, BOTTOM, TOP)


def _span(nights: list[NightSky]) -> tuple[float, float]:
    """From the first sunset to the last sunrise, with half an hour beside; a whole block without either."""
    down = [night.t[night.sun < 0] for night in nights]
    starts = [times[0] if len(times) else night.start for times, night in zip(down, nights, strict=True)]
    ends = [times[-1] if len(times) else night.end for times, night in zip(down, nights, strict=True)]
    return float(min(starts) - SUNSET_MARGIN), float(max(ends) + SUNSET_MARGIN)


def _title(curves: list[Curve], one_site: bool) -> str:
    names = list(dict.fromkeys(curve.target.name for curve in curves))
    sites = list(dict.fromkeys(curve.site.code for curve in curves))
    return f"{', '.join(names)} from {', '.join(sites)}"


def _hours(start: float, end: float, zone: ZoneInfo, x: Scale) -> Iterator[dict[str, Any]]:
    first = ephemeris.from_tt_days(start).astimezone(zone)
    hour = first.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    step = ceil((end - start) * 24 / 14)
    while (t := ephemeris.tt_days(hour)) < end:
        yield {"x": x(t), "text": f"{hour:%H:%M}"}
        hour = (hour.astimezone(ZoneInfo("UTC")) + timedelta(hours=step)).astimezone(zone)


def _line(
    number: int, curve: Curve, seen: Visible, start: float, end: float, x: Scale, theme: str
) -> dict[str, Any]:
    night = seen.night
    t = np.linspace(max(start, night.start), min(end, night.end), 241)
    moving = Moving(curve.target.track())
    altitude = np.degrees(np.arcsin(moving.sines(night, t)))
    windows = seen.windows.of(0) if len(seen.windows.start) else []
    return {
        "name": _title([curve], True) if len(curve.target.name) < 60 else curve.site.code,
        "colour": COLOURS[theme][number % MAX_CURVES],
        "dashes": DASHES[number % MAX_CURVES],
        "pieces": list(_pieces(t, altitude, x)),
        "windows": [
            {"x": x(a), "width": round(x(b) - x(a), 1), "y": BOTTOM + 4 + 5 * number} for a, b in windows
        ],
        "hours": f"{float(seen.hours[0]):.1f} h",
        "legend_x": LEFT + (number % 4) * 224,
        "legend_y": 44 + (number // 4) * 16,
        "limit": Y(min(90.0, max(0.0, curve.site.limits.lowest))),
        "limit_text": f"{curve.site.limits.lowest:.0f}°",
    }


def _pieces(t: Any, altitude: Any, x: Scale) -> Iterator[str]:
    """What is above the horizon, as the points of polylines."""
    points: list[str] = []
    for when, height in zip(t.tolist(), altitude.tolist(), strict=True):
        if height >= 0:
            points.append(f"{x(when)},{Y(height)}")
        elif points:
            yield " ".join(points)
            points = []
    if points:
        yield " ".join(points)


def _of_the_site(site: SiteAsked, night: NightSky, start: float, end: float, x: Scale) -> dict[str, Any]:
    t = np.linspace(max(start, night.start), min(end, night.end), 241)
    moon = np.degrees(np.arcsin(night.observer.sine_of_altitude(night.sky, t, MOON)))
    sun = np.degrees(np.arcsin(night.observer.sine_of_altitude(night.sky, t, SUN)))
    return {
        "bands": list(_bands(t, sun, x)),
        "moon": list(_pieces(t, moon, x)),
        "taken": list(_taken(site.code, start, end, x)),
    }


def _bands(t: Any, sun: Any, x: Scale) -> Iterator[dict[str, Any]]:
    """The darkness as rectangles from left to right."""
    kinds = [next((kind for below, kind in BANDS if height < below), "day") for height in sun.tolist()]
    first = 0
    for at in range(1, len(kinds) + 1):
        if at == len(kinds) or kinds[at] != kinds[first]:
            left, right = x(float(t[first])), x(float(t[min(at, len(kinds) - 1)]))
            yield {"kind": kinds[first], "x": left, "width": round(right - left, 1)}
            first = at


def _taken(site: str, start: float, end: float, x: Scale) -> Iterator[dict[str, Any]]:
    first, last = ephemeris.from_tt_days(start), ephemeris.from_tt_days(end)
    for each in calendars.taken(site, first, last):
        a, b = (x(ephemeris.tt_days(min(max(edge, first), last))) for edge in (each.start, each.end))
        letters = floor((b - a) / 7)
        title = each.title if len(each.title) <= letters else each.title[: max(0, letters - 1)] + "…"
        yield {"x": a, "width": round(b - a, 1), "title": each.title, "text": title if letters > 3 else ""}
