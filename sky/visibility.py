"""When a target can be observed from a place: the windows of a night in which altitude, airmass, hour
angle, sun and moon allow it.

A night is the block from local noon to local noon. Altitudes are geometric: without refraction, on the
ellipsoid. Airmass is the secant of the zenith distance. Beside astropy the windows' ends are right to a
fraction of a second.
"""

from __future__ import annotations

from datetime import datetime
from math import asin, cos, degrees, radians, sin
from typing import NamedTuple

import numpy as np

from sky import ephemeris
from sky.crossings import Floats
from sky.ephemeris import MOON, SUN, Observer, table
from sky.intervals import Intervals, intersection
from sky.limits import Limits
from sky.night_events import Place
from sky.night_sky import NightSky
from sky.paths import FAR_AU, stars_of_date
from sky.tracks import Spans, Stars, Targets


class Visible(NamedTuple):
    """Targets in a night over a place, arrays (target,): times in TT days, angles in degrees, NaN where
    there is none.

    `windows`: when they can be observed; `transit`: the passage of the upper meridian next to the middle of
    the dark time; `max_altitude`: the highest they come while it is dark; `best`: when they are highest in
    their windows; `moon_distance`: from the moon at `best`, or in the middle of the dark time;
    `moon_illumination`: its lit fraction in the middle of the block.
    """

    night: NightSky
    windows: Spans
    transit: Floats
    max_altitude: Floats
    best: Floats
    moon_distance: Floats
    moon_illumination: float

    @property
    def hours(self) -> Floats:
        return self.windows.days() * 24


def visible(targets: Targets, night: NightSky, limits: Limits) -> Visible:
    """When the targets can be observed in this night."""
    windows = windows_of(targets, night, limits)
    best, _ = targets.highest(night, windows)
    _, sine = targets.highest(night, _spans_of_all(night.dark, targets.count))
    at = np.where(np.isfinite(best), best, night.middle)
    return Visible(
        night,
        windows,
        targets.transit(night),
        np.degrees(np.arcsin(sine)),
        best,
        np.degrees(np.arccos(np.clip(_moon_cosines(targets, night, at), -1, 1))),
        night.moon_lit,
    )


def windows_of(targets: Targets, night: NightSky, limits: Limits) -> Spans:
    """When all limits hold."""
    windows = targets.high(night, limits).within(night.open(limits))
    if limits.moon_distance is None or not len(windows.start):
        return windows
    return _away_from_the_moon(targets, night, windows, limits.moon_distance)


def _spans_of_all(intervals: Intervals, count: int) -> Spans:
    edges = np.array(intervals, dtype=float).reshape(-1, 2, 1)
    return Spans(np.repeat(edges[:, 0], count, axis=1), np.repeat(edges[:, 1], count, axis=1))


def _moon_cosines(targets: Targets, night: NightSky, t: Floats) -> Floats:
    """Cosines of the distances between the moon and the targets, seen from the place, at t (…, target)."""
    x, y, z, sidereal = night.sky.at(t, MOON)
    moon = np.stack([x, y, z], axis=-1) - night.observer.position(sidereal + night.observer.longitude)
    cosines: Floats = (moon * targets.towards(night, t)).sum(axis=-1) / np.linalg.norm(moon, axis=-1)
    return cosines


def _away_from_the_moon(targets: Targets, night: NightSky, windows: Spans, least: float) -> Spans:
    """The windows without the times when the moon is too near. Its distance is taken at the samples, ten
    minutes apart, and runs straight between them: to within a second of time."""
    level = float(np.cos(radians(least)))
    if isinstance(targets, Stars):
        cosines = night.moon_at @ targets.towards(night, np.zeros((1, 1)))[0].T
    else:
        cosines = _moon_cosines(targets, night, night.t[:, None])
    near = cosines > level
    all_near = near.all(axis=0)
    windows = Spans(*(np.where(all_near, np.nan, edge) for edge in windows))
    for target in np.flatnonzero(near.any(axis=0) & ~all_near & (windows.days() > 0)):
        clear = _below(night.t, cosines[:, target], level)
        windows = _replaced(windows, int(target), intersection(windows.of(int(target)), clear))
    return windows


def _below(t: Floats, y: Floats, level: float) -> Intervals:
    """Where straight lines through the samples are below a level."""
    under = y <= level
    at = np.flatnonzero(under[:-1] != under[1:])
    edges = (t[at] + (level - y[at]) / (y[at + 1] - y[at]) * (t[at + 1] - t[at])).tolist()
    edges = [float(t[0])] * bool(under[0]) + edges + [float(t[-1])] * bool(under[-1])
    return list(zip(edges[::2], edges[1::2], strict=True))


def _replaced(spans: Spans, target: int, intervals: Intervals) -> Spans:
    more = max(0, len(intervals) - len(spans.start))
    start, end = (np.pad(edge, ((0, more), (0, 0)), constant_values=np.nan) for edge in spans)
    column = np.full((len(start), 2), np.nan)
    column[: len(intervals)] = intervals if intervals else column[:0]
    start[:, target], end[:, target] = column.T
    return Spans(start, end)


def altitude_of(place: Place, ra: float, dec: float, when: datetime) -> float:
    """The altitude in degrees, without refraction, of a place among the stars (ICRS degrees) at one time.

    Raises NaiveTime, OutsideEphemeris.
    """
    t = ephemeris.tt_days(when)
    x, y, z = FAR_AU * stars_of_date(np.array([[ra, dec, 0.0, 0.0, 0.0]]), t)[0]
    sky, at = table(t, t), np.array(t)
    observer = Observer.at(place.latitude, place.longitude)
    return degrees(asin(float(observer.sine_towards(x, y, z, sky.at(at, SUN)[3], sky.pole_at(at)))))


def altitude_at_hour_angle(place: Place, hours: float, dec: float) -> float:
    """The altitude in degrees of what stands `hours` west of the meridian at a declination (degrees) of
    date."""
    phi, delta = radians(place.latitude), radians(dec)
    sine = sin(phi) * sin(delta) + cos(phi) * cos(delta) * cos(radians(15 * hours))
    return degrees(asin(max(-1.0, min(1.0, sine))))
