"""Targets over a place in a night: when they are high enough, and where they are.

Fixed stars need no sampling: their hour angles at an altitude have a closed form, for thousands of them at
once, and one step of Newton's method on the whole formula takes out what that form neglects (`Stars`).
Whatever moves is sampled, and its crossings are narrowed down (`Moving`).
"""

from __future__ import annotations

from collections.abc import Callable
from math import radians, sin
from typing import Final, NamedTuple, Protocol

import numpy as np

from sky.crossings import Floats, Ints
from sky.ephemeris import SUN
from sky.intervals import Intervals, intersection, where_above
from sky.limits import Limits
from sky.night_sky import NightSky
from sky.paths import FAR_AU, SLOW_STEP, Path, stars_of_date

SIDEREAL_RATE: Final = 2 * np.pi * 1.00273781191135448  # radians a day
SIDEREAL_DAY: Final = 2 * np.pi / SIDEREAL_RATE
# Windows shorter than a second are none: edges are not known better than that where a curve is flat.
SHORTEST: Final = 1 / 86400


class Spans(NamedTuple):
    """Intervals of several targets: starts and ends shaped (interval, target), NaN where a target has
    fewer."""

    start: Floats
    end: Floats

    def within(self, intervals: Intervals) -> Spans:
        """What of them lies in these intervals, which are every target's."""
        if not intervals:
            return Spans(self.start[:0], self.end[:0])
        start = np.concatenate([np.maximum(self.start, first) for first, _ in intervals])
        end = np.concatenate([np.minimum(self.end, last) for _, last in intervals])
        some = end - start > SHORTEST
        return Spans(np.where(some, start, np.nan), np.where(some, end, np.nan))

    def of(self, target: int) -> Intervals:
        """One target's, in order of time."""
        columns = self.start[:, target], self.end[:, target]
        return sorted((a, b) for a, b in zip(*(each.tolist() for each in columns), strict=True) if a == a)

    def days(self) -> Floats:
        """How long they last together (target,)."""
        lasting: Floats = np.nansum(self.end - self.start, axis=0)
        return lasting


class Targets(Protocol):
    """One or several targets, as `visible` asks for them. Sines and times have the targets as their last
    axis."""

    count: int

    def high(self, night: NightSky, limits: Limits) -> Spans:
        """When they are high enough and near enough to the meridian."""
        ...

    def transit(self, night: NightSky) -> Floats:
        """The passage of the upper meridian next to the middle of the dark time (target,); NaN: none."""
        ...

    def highest(self, night: NightSky, spans: Spans) -> tuple[Floats, Floats]:
        """When in their spans they are highest, and the sine of the altitude then (target,); NaN: no span."""
        ...

    def towards(self, night: NightSky, t: Floats) -> Floats:
        """Unit vectors in the true frame of date, as seen from the place: t shaped (…, target) or (…, 1), the
        answer (…, target, 3)."""
        ...


class Stars:
    """Fixed stars: rows of (ra, dec, pm_ra, pm_dec, parallax) as in sky.paths.Star."""

    def __init__(self, rows: Floats) -> None:
        self.rows = rows
        self.count = len(rows)
        self._placed: tuple[float, Floats] | None = None

    def _at(self, night: NightSky) -> tuple[Floats, Floats, Floats, Floats]:
        """x, y, z towards them in the middle of the night, 0.1″ from where they are at its ends, and the
        right ascension of date in radians. Kept: the places of a network share their nights' middles or
        nearly so."""
        middle = round((night.start + night.end) * 4) / 8  # at the nearest three hours: 0.02″
        if self._placed is None or self._placed[0] != middle:
            self._placed = middle, stars_of_date(self.rows, middle)
        x, y, z = self._placed[1].T
        return x, y, z, np.arctan2(y, x)

    def towards(self, night: NightSky, t: Floats) -> Floats:
        x, y, z, _ = self._at(night)
        return np.broadcast_to(np.stack([x, y, z], axis=-1), (*np.shape(t)[:-1], self.count, 3))

    def sines(self, night: NightSky, t: Floats) -> Floats:
        x, y, z, _ = self._at(night)
        sidereal, pole = night.sky.at(t, SUN)[3], night.sky.pole_at(t)
        return night.observer.sine_towards(FAR_AU * x, FAR_AU * y, FAR_AU * z, sidereal, pole)

    def transit(self, night: NightSky) -> Floats:
        angle = (self._at(night)[3] - night.sidereal(np.array(night.middle)) + np.pi) % (2 * np.pi) - np.pi
        passages: Floats = night.middle + angle / SIDEREAL_RATE
        return passages

    def high(self, night: NightSky, limits: Limits) -> Spans:
        transit, half = self.transit(night), self._half_arcs(night, limits.lowest)
        rise, set_ = (self._sharpened(night, transit + sign * half, limits.lowest) for sign in (-1, 1))
        rise, set_ = np.where(half == np.inf, -np.inf, rise), np.where(half == np.inf, np.inf, set_)
        if limits.max_hour_angle is not None and limits.max_hour_angle < 12:
            most = radians(limits.max_hour_angle * 15) / SIDEREAL_RATE
            rise, set_ = np.maximum(rise, transit - most), np.minimum(set_, transit + most)
        shifts = np.array([[-1.0], [0.0], [1.0]]) * SIDEREAL_DAY
        endless = np.isinf(rise) & (shifts != 0)
        return Spans(np.where(endless, np.nan, rise + shifts), np.where(endless, np.nan, set_ + shifts))

    def _half_arcs(self, night: NightSky, lowest: float) -> Floats:
        """Days either side of the meridian in which they are `lowest` degrees high: NaN for never, inf for
        always."""
        x, y, z, _ = self._at(night)
        level, observer = sin(radians(lowest)), night.observer
        over_pole, across = observer.sin_latitude * z, observer.cos_latitude * np.hypot(x, y)
        with np.errstate(invalid="ignore"):
            arcs = np.arccos((level - over_pole) / np.maximum(across, 1e-15)) / SIDEREAL_RATE
        return np.where(
            over_pole - across >= level, np.inf, np.where(over_pole + across < level, np.nan, arcs)
        )

    def _sharpened(self, night: NightSky, t: Floats, lowest: float) -> Floats:
        """Edges (target,) one step of Newton's method nearer to where the whole formula gives the altitude.
        Where a star only grazes it, a step of more than a minute leads nowhere and is not taken."""
        some = np.where(np.isfinite(t), t, night.middle)
        x, y, _, ra = self._at(night)
        slope = (
            -night.observer.cos_latitude * np.hypot(x, y) * np.sin(night.sidereal(some) - ra) * SIDEREAL_RATE
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (sin(radians(lowest)) - self.sines(night, some)) / slope
        return np.where(np.abs(step) < 1 / 1440, t + step, t)

    def highest(self, night: NightSky, spans: Spans) -> tuple[Floats, Floats]:
        passages = self.transit(night) + np.array([[-1.0], [0.0], [1.0]]) * SIDEREAL_DAY
        with np.errstate(invalid="ignore"):
            nearest = np.concatenate([np.clip(passage, spans.start, spans.end) for passage in passages])
        return _greatest(nearest, lambda t: self.sines(night, t), self.count)


class Moving:
    """One target that moves among the stars, by its path."""

    count = 1

    def __init__(self, path: Path) -> None:
        self.path = path

    def sines(self, night: NightSky, t: Floats) -> Floats:
        x, y, z = self._along(t)
        return night.observer.sine_towards(x, y, z, night.sky.at(t, SUN)[3], night.sky.pole_at(t))

    def _along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """The path takes ascending times of one axis."""
        if not np.size(t):  # no crossing to narrow down
            return t, t, t
        flat, back = np.unique(np.ravel(t), return_inverse=True)
        x, y, z = (axis[back].reshape(np.shape(t)) for axis in self.path.along(flat))
        return x, y, z

    def _samples(self, night: NightSky) -> Floats:
        count = max(2, round((night.end - night.start) / self.path.step) + 1)
        return np.linspace(night.start, night.end, count)

    def towards(self, night: NightSky, t: Floats) -> Floats:
        local = night.sidereal(t)
        vector = np.stack(self._along(t), axis=-1) - night.observer.position(local)
        unit: Floats = vector / np.linalg.norm(vector, axis=-1, keepdims=True)
        return unit

    def _hour_angle(self, night: NightSky, t: Floats) -> Floats:
        """Radians west of the meridian, −π to π, seen from the place."""
        x, y = np.moveaxis(self.towards(night, t), -1, 0)[:2]
        angle: Floats = (night.sidereal(t) - np.arctan2(y, x) + np.pi) % (2 * np.pi) - np.pi
        return angle

    def transit(self, night: NightSky) -> Floats:
        if self.path.step < SLOW_STEP:
            return np.array([np.nan])  # a satellite passes it many times, and most of them below the horizon
        t = np.array([night.middle])
        for _ in range(4):  # the first error is the body's own way in half a day, 1/30 of it for the moon
            t = t - self._hour_angle(night, t) / SIDEREAL_RATE
        return t

    def high(self, night: NightSky, limits: Limits) -> Spans:
        t = self._samples(night)

        def curve(t: Floats, row: Ints) -> Floats:
            return self.sines(night, t)

        up = where_above(curve, t, self.sines(night, t), sin(radians(limits.lowest)))
        if limits.max_hour_angle is not None and limits.max_hour_angle < 12:
            level = np.cos(radians(limits.max_hour_angle * 15))

            def towards_meridian(t: Floats, row: Ints) -> Floats:
                return np.cos(self._hour_angle(night, t))

            up = intersection(up, where_above(towards_meridian, t, towards_meridian(t, NO_ROW), level))
        return spans_of(up)

    def highest(self, night: NightSky, spans: Spans) -> tuple[Floats, Floats]:
        """By ten samples of each span narrowed three times: to a tenth of a second in a night's."""
        best = np.full((len(spans.start), 1), np.nan)
        for row, (start, end) in enumerate(zip(spans.start[:, 0], spans.end[:, 0], strict=True)):
            if start == start:
                best[row] = self._highest_between(night, start, end)
        return _greatest(best, lambda t: self.sines(night, t), 1)

    def _highest_between(self, night: NightSky, start: float, end: float) -> float:
        first, last = start, end
        for _ in range(5):
            t = np.linspace(start, end, max(12, min(2000, round((end - start) / self.path.step / 2))))
            at = int(np.argmax(self.sines(night, t)))
            start, end = t[max(at - 1, 0)], t[min(at + 1, len(t) - 1)]
        return float(min(max((start + end) / 2 if start > first and end < last else t[at], first), last))


NO_ROW: Final = np.array([0])


def spans_of(intervals: Intervals) -> Spans:
    """One target's."""
    edges = np.array(intervals, dtype=float).reshape(-1, 2)
    return Spans(edges[:, :1], edges[:, 1:])


def _greatest(t: Floats, sine: Callable[[Floats], Floats], count: int) -> tuple[Floats, Floats]:
    """Of the times (choice, target) each target's with the greatest sine, and that."""
    some = np.isfinite(t)
    if not some.any():
        return np.full(count, np.nan), np.full(count, np.nan)
    values = np.where(some, sine(np.where(some, t, np.nanmin(t))), -np.inf)
    at = np.argmax(values, axis=0)[None]
    best, value = (np.take_along_axis(each, at, axis=0)[0] for each in (t, values))
    return np.where(np.isfinite(value), best, np.nan), np.where(np.isfinite(value), value, np.nan)
