"""When a target can be observed from a place: the windows of a night in which altitude, airmass, hour
angle, sun and moon allow it.

A night is the block from local noon to local noon. Where the sun and a bright moon allow is the same for
every target of a place, and found once (`night_over`). Fixed stars need no sampling then: their hour angles
at an altitude have a closed form, for thousands of them at once, and one step of Newton's method on the
whole formula takes out what that form neglects (`Stars`). Whatever moves is sampled, and its crossings are
narrowed down (`Moving`).

Altitudes are geometric: without refraction, on the ellipsoid. Airmass is the secant of the zenith distance.
Beside astropy the windows' ends are right to a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from math import asin, cos, degrees, isfinite, radians, sin
from typing import ClassVar, Final, NamedTuple, Protocol

import numpy as np

from sky import ephemeris
from sky.crossings import Floats, Ints, crossings, monotonic_pieces, turning_points
from sky.ephemeris import MOON, SUN, Observer, SkyError, Table, table
from sky.moon import lit_fraction
from sky.night_events import Place, night_block_of
from sky.paths import FAR_AU, SLOW_STEP, Path, stars_of_date

ASTRONOMICAL_DARK: Final = -18.0
DEFAULT_ALTITUDE: Final = 15.0  # degrees; what the clients' configurations call lowest_requestable_altitude
SIDEREAL_RATE: Final = 2 * np.pi * 1.00273781191135448  # radians a day
SIDEREAL_DAY: Final = 2 * np.pi / SIDEREAL_RATE
# Windows shorter than a second are none: edges are not known better than that where a curve is flat.
SHORTEST: Final = 1 / 86400

Interval = tuple[float, float]
Intervals = list[Interval]


class BadLimits(SkyError):
    """A limit that is not a number within its range; the message names it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What must hold while a target is observed. None: no such limit.

    Degrees but for `max_airmass` (1 or more), `max_hour_angle` (hours either side of the meridian) and
    `moon_illumination` (the lit fraction, 0 to 1, that counts while the moon is up).
    """

    min_altitude: float = DEFAULT_ALTITUDE
    max_airmass: float | None = None
    max_hour_angle: float | None = None
    sun_below: float = ASTRONOMICAL_DARK
    moon_distance: float | None = None
    moon_illumination: float | None = None

    RANGES: ClassVar = {
        "min_altitude": (-5.0, 90.0),
        "max_airmass": (1.0, 40.0),
        "max_hour_angle": (0.0, 12.0),
        "sun_below": (-30.0, 90.0),
        "moon_distance": (0.0, 180.0),
        "moon_illumination": (0.0, 1.0),
    }

    def __post_init__(self) -> None:
        for name, (least, most) in self.RANGES.items():
            value = getattr(self, name)
            if value is not None and not (isfinite(value) and least <= value <= most):
                raise BadLimits(f"{name} must be a number from {least:g} to {most:g}, not {value!r:.60}.")

    @property
    def lowest(self) -> float:
        """The altitude (degrees) that both `min_altitude` and `max_airmass` ask for."""
        if self.max_airmass is None:
            return self.min_altitude
        return max(self.min_altitude, degrees(asin(1 / self.max_airmass)))


# --- the night of a place --------------------------------------------------------------------------------


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


# --- intervals -------------------------------------------------------------------------------------------


def where_above(curve: Callable[[Floats, Ints], Floats], t: Floats, y: Floats, level: float) -> Intervals:
    """Where a smooth curve, y at the samples t, is above a level, within the samples."""
    turns = turning_points(curve, t, y[None])
    found = crossings(curve, monotonic_pieces(t, y[None], turns), np.array([0]), np.array([level]))
    edges = found.time.tolist()
    above = bool(found.rising[0]) is False if edges else bool(y[len(y) // 2] > level)
    ends = [float(t[0])] * above + edges
    if len(ends) % 2:
        ends.append(float(t[-1]))
    return list(zip(ends[::2], ends[1::2], strict=True))


def intersection(first: Intervals, second: Intervals) -> Intervals:
    """What lies in both; each is in order and does not overlap itself."""
    both = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return sorted((a, b) for a, b in both if b > a)


def complement(intervals: Intervals, start: float, end: float) -> Intervals:
    """What of start to end lies in none of them."""
    edges = [start, *(edge for interval in intervals for edge in interval), end]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]


# --- targets over a place --------------------------------------------------------------------------------


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

    def _sines(self, night: NightSky, t: Floats) -> Floats:
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
            step = (sin(radians(lowest)) - self._sines(night, some)) / slope
        return np.where(np.abs(step) < 1 / 1440, t + step, t)

    def highest(self, night: NightSky, spans: Spans) -> tuple[Floats, Floats]:
        passages = self.transit(night) + np.array([[-1.0], [0.0], [1.0]]) * SIDEREAL_DAY
        with np.errstate(invalid="ignore"):
            nearest = np.concatenate([np.clip(passage, spans.start, spans.end) for passage in passages])
        return _greatest(nearest, lambda t: self._sines(night, t), self.count)


class Moving:
    """One target that moves among the stars, by its path."""

    count = 1

    def __init__(self, path: Path) -> None:
        self.path = path

    def _sine(self, night: NightSky, t: Floats) -> Floats:
        x, y, z = self._along(t)
        return night.observer.sine_towards(x, y, z, night.sky.at(t, SUN)[3], night.sky.pole_at(t))

    def _along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """The path takes ascending times of one axis."""
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
            return self._sine(night, t)

        up = where_above(curve, t, self._sine(night, t), sin(radians(limits.lowest)))
        if limits.max_hour_angle is not None and limits.max_hour_angle < 12:
            level = np.cos(radians(limits.max_hour_angle * 15))

            def towards_meridian(t: Floats, row: Ints) -> Floats:
                return np.cos(self._hour_angle(night, t))

            up = intersection(up, where_above(towards_meridian, t, towards_meridian(t, NO_ROW), level))
        return _spans(up)

    def highest(self, night: NightSky, spans: Spans) -> tuple[Floats, Floats]:
        """By ten samples of each span narrowed three times: to a tenth of a second in a night's."""
        best = np.full((len(spans.start), 1), np.nan)
        for row, (start, end) in enumerate(zip(spans.start[:, 0], spans.end[:, 0], strict=True)):
            if start == start:
                best[row] = self._highest_between(night, start, end)
        return _greatest(best, lambda t: self._sine(night, t), 1)

    def _highest_between(self, night: NightSky, start: float, end: float) -> float:
        first, last = start, end
        for _ in range(5):
            t = np.linspace(start, end, max(12, min(2000, round((end - start) / self.path.step / 2))))
            at = int(np.argmax(self._sine(night, t)))
            start, end = t[max(at - 1, 0)], t[min(at + 1, len(t) - 1)]
        return float(min(max((start + end) / 2 if start > first and end < last else t[at], first), last))


NO_ROW: Final = np.array([0])


def _spans(intervals: Intervals) -> Spans:
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


# --- what is answered ------------------------------------------------------------------------------------


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
