"""One night over one place, found once for every target: darkness, the moon, and how the sky turns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from math import radians, sin

import numpy as np

from sky import ephemeris
from sky.crossings import Floats
from sky.ephemeris import MOON, SUN, Observer, Table, table
from sky.intervals import Intervals, complement, intersection, where_above
from sky.limits import ASTRONOMICAL_DARK, Limits
from sky.moon import lit_fraction
from sky.night_events import Place, night_block_of
from sky.paths import SLOW_STEP


@dataclass(frozen=True)
class NightSky:
    """One night over one place: times are TT days since J2000, vectors stand in the true frame of date.

    `t` are samples ten minutes apart; `sun` and `moon` the sines of their altitudes then, `moon_at` unit
    vectors towards the moon (sample, 3) from the place, `local` the apparent sidereal time there in
    radians. `dark`: when the sun is below its limit.
    """

    date: date
    observer: Observer
    sky: Table
    start: float
    end: float
    t: Floats
    sun: Floats
    moon: Floats
    moon_at: Floats
    local: Floats
    dark: Intervals
    sun_below: float
    moon_lit: float
    _up: list[Intervals] = field(default_factory=list)

    @property
    def middle(self) -> float:
        """The middle of the dark time, or of the block where it does not get dark."""
        return (self.dark[0][0] + self.dark[-1][1]) / 2 if self.dark else (self.start + self.end) / 2

    def open(self, limits: Limits) -> Intervals:
        """When sun and moonlight allow any target."""
        if limits.moon_illumination is None or self.moon_lit <= limits.moon_illumination:
            return self.dark
        return intersection(self.dark, complement(self.moon_up(), self.start, self.end))

    def moon_up(self) -> Intervals:
        """When the moon's centre stands above the geometric horizon."""
        if not self._up:
            self._up.append(self._above(MOON, 0.0))
        return self._up[0]

    def _above(self, body: int, sine: float) -> Intervals:
        samples = self.moon if body == MOON else self.sun
        return where_above(
            lambda t, row: self.observer.sine_of_altitude(self.sky, t, row + body), self.t, samples, sine
        )

    def sidereal(self, t: Floats) -> Floats:
        """The local apparent sidereal time in radians, without the pole's 0.5″."""
        angle: Floats = self.sky.at(t, SUN)[3] + self.observer.longitude
        return angle


def night_over(place: Place, day: date, sun_below: float = ASTRONOMICAL_DARK) -> NightSky:
    """The night that begins at local noon of `day`. Kept for whoever asks for the same next.

    Raises OutsideEphemeris.
    """
    return _night_over(place, day, sun_below)


@lru_cache(maxsize=256)  # 20 kB each
def _night_over(place: Place, day: date, sun_below: float) -> NightSky:
    start, end = (ephemeris.tt_days(noon) for noon in night_block_of(place, day))
    observer = Observer.at(place.latitude, place.longitude)
    t = np.linspace(start, end, max(2, round((end - start) / SLOW_STEP) + 1))
    sky = table(start - 1, end + 1)
    sun = observer.sine_of_altitude(sky, t, SUN)
    level = sin(radians(sun_below))
    lit = where_above(lambda t, row: observer.sine_of_altitude(sky, t, row + SUN), t, sun, level)
    x, y, z, sidereal = sky.at(t, MOON)
    local = sidereal + observer.longitude
    moon_at = np.stack([x, y, z], axis=-1) - observer.position(local)
    middle = np.array((start + end) / 2)
    return NightSky(
        date=day,
        observer=observer,
        sky=sky,
        start=start,
        end=end,
        t=t,
        sun=sun,
        moon=observer.sine_of_altitude(sky, t, MOON),
        moon_at=moon_at / np.linalg.norm(moon_at, axis=-1, keepdims=True),
        local=local,
        dark=complement(lit, start, end),
        sun_below=sun_below,
        moon_lit=float(lit_fraction(sky, middle)),
    )
