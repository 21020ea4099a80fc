"""The slow, direct way: skyfield's own topocentric positions and a plain root search; no code of sky's.

The curve is sampled every few minutes; each sign change is narrowed by sampling it ever finer and finished by
a straight line over a small fraction of a second.
"""

from __future__ import annotations

import atexit
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import skyfield
from astropy_iers_data import IERS_A_FILE
from numpy.typing import NDArray
from skyfield.api import wgs84
from skyfield.data import iers
from skyfield.jpllib import SpiceKernel
from skyfield.timelib import Timescale

from sky.night_events import Place

Floats = NDArray[np.float64]

MINUTE = 1 / 1440
EVENING = {
    "Sun Set": -0.25,
    "Civil Dusk": -6.0,
    "End Eve Sky Flats": -11.75,
    "Naut Dusk": -12.0,
    "Astro Dark": -18.0,
}
MORNING = {
    "End Astro Dark": -18.0,
    "Naut Dawn": -12.0,
    "Morn Sky Flats": -11.75,
    "Civil Dawn": -6.0,
    "End Morn Sky Flats": -1.5,
    "Sunrise": -0.25,
}
MOON = -34 / 60


class Crossing(NamedTuple):
    jd: float  # TAI
    rising: bool


@cache
def kernel() -> Any:
    opened = SpiceKernel(str(Path(skyfield.__file__).parents[1] / "skyfield_data" / "data" / "de421.bsp"))
    atexit.register(opened.close)
    return opened


@cache
def timescale() -> Any:
    """With UT1 and the pole of the IERS's newest table."""
    with open(IERS_A_FILE, "rb") as table:
        rows = iers.parse_x_y_dut1_from_finals_all(table)
    daily_tt, *rest = iers.build_timescale_arrays(rows["utc_mjd"], rows["dut1"])
    scale = Timescale((daily_tt, rest[0]), *rest[1:])
    iers.install_polar_motion_table(scale, rows)
    return scale


def tai_jd(when: datetime) -> float:
    return float(timescale().from_datetime(when).tai)


def altitude(place: Place, body: str, base: float, days: Floats) -> Floats:
    """Degrees at the TAI Julian days base + days (kept apart: their sum would hold only 40 µs)."""
    t = timescale().tt_jd(base, days + 32.184 / 86400)
    observer = kernel()["earth"] + wgs84.latlon(place.latitude, place.longitude, elevation_m=0)
    degrees: Floats = observer.at(t).observe(kernel()[body]).apparent().altaz()[0].degrees
    return degrees


class Curve:
    """One body's altitude between two instants, sampled."""

    def __init__(self, place: Place, body: str, start: datetime, end: datetime, minutes: float = 15) -> None:
        self.place, self.body, self.base = place, body, tai_jd(start)
        span = tai_jd(end) - self.base
        self.t = np.linspace(0, span, int(span / (minutes * MINUTE)) + 2)
        self.y = self.at(self.t)

    def at(self, days: Floats) -> Floats:
        return altitude(self.place, self.body, self.base, days)

    def lowest(self) -> float:
        """The TAI Julian day of the lowest altitude, to a few seconds. Adds finer samples around it."""
        for parts in (30, 30):
            i = int(np.argmin(self.y))
            t = np.linspace(self.t[max(i - 1, 0)], self.t[min(i + 1, len(self.t) - 1)], parts + 1)[1:-1]
            times, values = np.append(self.t, t), np.append(self.y, self.at(t))
            order = np.argsort(times, kind="stable")
            self.t, self.y = times[order], values[order]
        return self.base + float(self.t[np.argmin(self.y)])

    def crossings(self, *angles: float) -> dict[float, list[Crossing]]:
        below = {angle: self.y < angle for angle in angles}
        where = [
            (angle, i) for angle in angles for i in np.flatnonzero(below[angle][:-1] != below[angle][1:])
        ]
        found: dict[float, list[Crossing]] = {angle: [] for angle in angles}
        index = np.array([i for _, i in where], dtype=int)
        moments = self._narrow(self.t[index], self.t[index + 1], np.array([angle for angle, _ in where]))
        for (angle, i), moment in zip(where, moments, strict=True):
            found[angle].append(Crossing(self.base + float(moment), bool(below[angle][i])))
        return found

    def _narrow(self, a: Floats, b: Floats, target: Floats) -> Floats:
        columns = np.arange(len(target))
        ya, yb = np.zeros(len(target)), np.ones(len(target))
        for parts in (15, 15, 15) if len(target) else ():
            t = np.linspace(a, b, parts + 1)
            y = self.at(t.ravel()).reshape(t.shape) - target
            first = np.argmax((y[:-1] < 0) != (y[1:] < 0), axis=0)
            a, b = t[first, columns], t[first + 1, columns]
            ya, yb = y[first, columns], y[first + 1, columns]
        zeros: Floats = a + (b - a) * ya / (ya - yb)
        return zeros


def expected_events(place: Place, start: datetime, end: datetime) -> dict[str, float]:
    """The events that are crossings, by their definition: before and after the sun's lowest moment."""
    sun = Curve(place, "sun", start, end)
    lowest = sun.lowest()
    found = sun.crossings(*{*EVENING.values(), *MORNING.values()})
    events: dict[str, float] = {}
    for name, angle in EVENING.items():
        before = [c.jd for c in found[angle] if not c.rising and c.jd < lowest]
        events |= {name: before[-1]} if before else {}
    for name, angle in MORNING.items():
        after = [c.jd for c in found[angle] if c.rising and c.jd > lowest]
        events |= {name: after[0]} if after else {}
    passages = Curve(place, "moon", start, end).crossings(MOON)[MOON]
    for name, rising in (("Moon Rise", True), ("Moon Set", False)):
        same = [c.jd for c in passages if c.rising is rising]
        events |= {name: same[0]} if same else {}
    return events


def crossing_names(events: dict[str, float]) -> set[str]:
    return events.keys() & {*EVENING, *MORNING, "Moon Rise", "Moon Set"}
