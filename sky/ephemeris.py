"""Where the sun and the moon stand: a table of the year for the whole Earth, and arithmetic for one place.

Asking skyfield for a position costs about a millisecond, mostly nutation, and one crossing needs a dozen of
them. So skyfield is asked once a year of the calendar, every twelve hours, for what does not depend on the
place: the geocentric apparent vectors of sun and moon in the true equator and equinox of date, and the
sidereal time. Everything else is interpolation between these nodes (polynomials through eight of them) and a
few sines. Beside skyfield's own topocentric altitudes that is right to 0.002″ for sun and moon near their
angles and 0.02″ for a high moon, where the sky turns by 15″ in a second.

Times inside this module and its neighbours are TT days since J2000 (2000-01-01 12:00 TT): a double holds them
to 0.2 µs, where a Julian day only reaches 40 µs.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from math import cos, isfinite, radians, sin, sqrt
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from skyfield.constants import ANGVEL, AU_M, C_AUDAY, DAY_S
from skyfield.jpllib import SpiceKernel

from sky.earth import pole, timescale

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SUN: Final = 0
MOON: Final = 1

J2000_JD: Final = 2451545.0
TT_MINUS_TAI: Final[float] = 32.184 / DAY_S
_J2000_DAY: Final = date(2000, 1, 1)
_J2000_NOON: Final = datetime(2000, 1, 1, 12, tzinfo=UTC)
_ONE_DAY: Final = timedelta(days=1)

# de421.bsp holds 1899-07-29 to 2053-10-09; a little is kept for interpolation and for light on its way.
FIRST_DAY: Final = date(1900, 1, 2)
LAST_DAY: Final = date(2053, 9, 30)

STEP: Final = 0.5  # days between nodes
POINTS: Final = 8  # nodes under each polynomial
_BEFORE: Final = POINTS // 2 - 1  # of which this many lie before the interval
_TURN: Final = 2 * np.pi
_SIDEREAL_RATE: Final = _TURN * 1.00273781191135448  # radians a day, IAU 2000 Earth rotation angle

_WGS84_RADIUS: Final = 6378137.0 / AU_M
_WGS84_E2: Final = (2 - 1 / 298.257223563) / 298.257223563


class SkyError(ValueError):
    """Something asked of the sky cannot be answered; the message is a sentence for the caller."""


class OutsideEphemeris(SkyError):
    """The time asked for lies outside the years the ephemeris covers."""

    def __init__(self) -> None:
        super().__init__(
            f"Sun and moon are known from {FIRST_DAY} to {LAST_DAY}, not for the time asked for."
        )


class NaiveTime(SkyError):
    """A datetime came without a time zone."""

    def __init__(self) -> None:
        super().__init__("The time has no time zone; give an aware datetime.")


class BadPlace(SkyError):
    """A latitude or longitude that is not a place on Earth."""


class BadWindow(SkyError):
    """A span of time that is empty, runs backwards, or is longer than can be answered."""


# --- time scales -----------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _leap_seconds() -> tuple[list[float], list[float]]:
    """UTC days since J2000 at which TAI − UTC changed; that difference in days before, between and after."""
    scale = timescale()
    starts: Floats = np.asarray(scale.leap_dates, float) - J2000_JD
    offsets: Floats = np.asarray([10.0, *scale.leap_offsets]) / DAY_S
    return starts.tolist(), offsets.tolist()


def _tai_minus_utc(utc_days: float) -> float:
    starts, offsets = _leap_seconds()
    return offsets[bisect_right(starts, utc_days)]


def tai_days(when: datetime) -> float:
    """TAI days since 2000-01-01 12:00 TAI. Raises NaiveTime."""
    if when.utcoffset() is None:
        raise NaiveTime
    utc_days: float = (when - _J2000_NOON) / _ONE_DAY
    return utc_days + _tai_minus_utc(utc_days)


def from_tai_days(days: float) -> datetime:
    """The UTC datetime, to the microsecond; a leap second, which datetime lacks, becomes the next second."""
    offset = _tai_minus_utc(days - _tai_minus_utc(days))
    return _J2000_NOON + timedelta(days=days - offset)


def tt_days(when: datetime) -> float:
    """TT days since J2000. Raises NaiveTime, and OutsideEphemeris where no table reaches."""
    days = tai_days(when) + TT_MINUS_TAI
    if not FIRST_TT_DAY <= days <= LAST_TT_DAY:
        raise OutsideEphemeris
    return days


def from_tt_days(days: float) -> datetime:
    return from_tai_days(days - TT_MINUS_TAI)


def _midnight(day: date) -> float:
    return (day - _J2000_DAY).days - 0.5


FIRST_TT_DAY: Final = _midnight(FIRST_DAY)
LAST_TT_DAY: Final = _midnight(LAST_DAY + _ONE_DAY)
_MARGIN: Final = 1.0  # days which the tables reach beyond these, so that a search may look past an edge


# --- the table -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """Polynomials for every twelve hours from `first` (an index: TT day / STEP).

    `coefficients` has the shape (interval, body, power, 4): x, y, z in au along the true equator and equinox
    of date, and the apparent sidereal time at Greenwich in radians less its steady part. `pole` is the pole's
    x and y in radians, shaped (2, interval): it moves by less than 0.002″ in one.
    """

    first: int
    coefficients: Floats
    pole: Floats

    def at(self, t: Floats, body: Ints | int) -> tuple[Floats, Floats, Floats, Floats]:
        """x, y, z (au) of the bodies and the sidereal time (radians), each shaped as t and body broadcast."""
        u = t / STEP
        interval = np.floor(u)
        powers = (u - interval)[..., None] ** _POWERS
        rows = self.coefficients[interval.astype(np.int64) - self.first, body]
        x, y, z, rest = np.moveaxis(np.einsum("...k,...kc->...c", powers, rows), -1, 0)
        return x, y, z, rest + _SIDEREAL_RATE * t

    def pole_at(self, t: Floats) -> Floats:
        """The pole's x and y in radians, shaped (2, …) as t."""
        there: Floats = self.pole[:, np.floor(t / STEP).astype(np.int64) - self.first]
        return there


_POWERS: Final = np.arange(POINTS)
# Takes eight values at −3 … 4 to the coefficients of the polynomial through them (Lagrange interpolation).
_FIT: Final = np.linalg.inv(np.vander(np.arange(POINTS) - float(_BEFORE), POINTS, increasing=True))

_building = threading.Lock()


def table(start: float, end: float) -> Table:
    """The table which holds start to end (TT days): one year's, or neighbouring years' joined."""
    if start < FIRST_TT_DAY - _MARGIN or end > LAST_TT_DAY + _MARGIN:
        raise OutsideEphemeris
    with _building:  # two first callers wait for one table instead of building two
        return _joined_tables(_year(start), _year(end))


@lru_cache(maxsize=4)  # those around New Year, which the nights of a whole network share
def _joined_tables(first: int, last: int) -> Table:
    parts = [_year_table(year) for year in range(first, last + 1)]
    if len(parts) == 1:
        return parts[0]
    coefficients, poles = ([getattr(part, name) for part in parts] for name in ("coefficients", "pole"))
    return Table(parts[0].first, np.concatenate(coefficients), np.concatenate(poles, axis=1))


def _year(days: float) -> int:
    return (_J2000_DAY + timedelta(days=int(np.floor(days + 0.5)))).year


@lru_cache(maxsize=8)  # 0.4 MB and some 50 ms each
def _year_table(year: int) -> Table:
    first = _index(date(year, 1, 1))
    beyond = _index(min(date(year + 1, 1, 1), LAST_DAY + 3 * _ONE_DAY))
    t: Floats = np.arange(first - _BEFORE, beyond + POINTS - _BEFORE) * np.float64(STEP)
    values = _nodes(t)
    windows = np.lib.stride_tricks.sliding_window_view(values, POINTS, axis=-1)
    coefficients = np.ascontiguousarray(np.einsum("kj,bcij->ibkc", _FIT, windows)[: beyond - first])
    return Table(first, coefficients, pole(np.arange(first, beyond) * np.float64(STEP)))


def _index(day: date) -> int:
    return round(_midnight(day) / STEP)


def _nodes(t: Floats) -> Floats:
    """What skyfield knows at these times, shaped (body, 4, time) as in Table."""
    kernel = SpiceKernel(str(ephemeris_file()))
    try:
        time = timescale().tt_jd(J2000_JD, t)
        earth = kernel["earth"].at(time)
        sidereal = np.unwrap(time.gast * (_TURN / 24) - _SIDEREAL_RATE * t)
        bodies = [apparent_of_date(earth.observe(kernel[name]), time.M) for name in ("sun", "moon")]
        return np.stack([np.vstack([xyz, sidereal]) for xyz in bodies])
    finally:
        kernel.close()  # nothing stays open between tables: no descriptor to share among forks or threads


def apparent_of_date(astrometric: Any, to_equator_of_date: Floats) -> Floats:
    """The apparent vector in au, such that a place's own vector may be subtracted from it.

    skyfield keeps a vector's length when it adds aberration. The length that fits parallax is the one before,
    longer by 1 + v·p/c; leaving that out moves the moon by up to 0.3″.
    """
    p, v = astrometric.xyz.au, astrometric.center_barycentric.velocity.au_per_d
    stretch = 1 + (p * v).sum(axis=0) / (np.sqrt((p * p).sum(axis=0)) * C_AUDAY)
    turned: Floats = np.einsum("ijn,jn->in", to_equator_of_date, astrometric.apparent().xyz.au * stretch)
    return turned


def ephemeris_file() -> Path:
    """de421.bsp as skyfield-data brings it. Importing that package would warn of other files' age."""
    spec = find_spec("skyfield_data")
    if spec is None or spec.origin is None:
        raise SkyError("The package skyfield-data, which brings de421.bsp, is not installed.")
    return Path(spec.origin).with_name("data") / "de421.bsp"


# --- one place -------------------------------------------------------------------------------------------


def _check_degrees(name: str, value: float, most: int) -> None:
    if not isinstance(value, int | float) or not isfinite(value) or abs(value) > most:
        raise BadPlace(f"The {name} must be a number of degrees from -{most} to {most}, not {value!r:.200}.")


def check_place(latitude: float, longitude: float) -> None:
    """Raises BadPlace unless these are degrees north and east."""
    _check_degrees("latitude", latitude, 90)
    _check_degrees("longitude", longitude, 180)


@dataclass(frozen=True, slots=True)
class Observer:
    """A place on the WGS84 ellipsoid, elevation 0, for the altitude formula (radians, au, au a day)."""

    longitude: float
    sin_latitude: float
    cos_latitude: float
    from_axis: float
    from_equator: float
    below_tangent: float  # how far the Earth's centre lies below the horizon plane
    speed: float
    to_the_pole: Floats  # takes the pole's (x, y) to how far the zenith lies north and east for it

    @classmethod
    def at(cls, latitude: float, longitude: float) -> Observer:
        """From degrees north and east. Raises BadPlace."""
        check_place(latitude, longitude)
        s, c = sin(radians(latitude)), cos(radians(latitude))
        root = sqrt(1 - _WGS84_E2 * s * s)
        normal = _WGS84_RADIUS / root  # the prime vertical's radius of curvature
        axis = normal * c
        height = normal * (1 - _WGS84_E2) * s
        east, north = sin(radians(longitude)), cos(radians(longitude))
        to_the_pole = np.array([[north, -east], [east * s, north * s]])
        below, speed = _WGS84_RADIUS * root, axis * ANGVEL * DAY_S
        return cls(radians(longitude), s, c, axis, height, below, speed, to_the_pole)

    def sine_of_altitude(self, sky: Table, t: Floats, body: Ints | int) -> Floats:
        """Sine of the altitude of the body's centre above the horizon, without refraction.

        The horizon plane is that of the ellipsoid's normal. The place's own vector and the aberration of its
        rotation (0.3″ towards the east) are both horizontal or constant in that frame, so the numerator needs
        neither a rotation matrix nor an arc function (Explanatory Supplement 3rd ed., 7.1.2 and 7.2.3).
        """
        return self.sine_towards(*sky.at(t, body), sky.pole_at(t))

    def sine_towards(self, x: Floats, y: Floats, z: Floats, sidereal: Floats, pole: Floats) -> Floats:
        """The same for what stands at x, y, z au in the true equator and equinox of date.

        The pole tilts the horizon (to first order, IERS Conventions 2010, 5.4.1) by up to 0.5″, 0.05 s of an
        event at 60° north. The place's own way is 60 times less for the moon, and left out.
        """
        local = sidereal + self.longitude
        c, s = np.cos(local), np.sin(local)
        outward, eastward = x * c + y * s, y * c - x * s
        square = x * x + y * y + z * z
        parallax = 2 * (self.from_axis * outward + self.from_equator * z) - self._radius_squared
        aberration = (2 * self.speed / C_AUDAY) * np.sqrt(square) * eastward
        up = self.cos_latitude * outward + self.sin_latitude * z - self.below_tangent
        to_north, to_east = np.tensordot(self.to_the_pole, pole, 1)
        up += to_north * (self.cos_latitude * z - self.sin_latitude * outward) + to_east * eastward
        sine: Floats = up / np.sqrt(square - parallax + aberration)
        return sine

    def position(self, local: Floats) -> Floats:
        """Where the place is, in au along the true equator and equinox of date, shaped (…, 3); `local` is the
        apparent sidereal time there in radians."""
        x, y = self.from_axis * np.cos(local), self.from_axis * np.sin(local)
        return np.stack(np.broadcast_arrays(x, y, self.from_equator), axis=-1)

    def east_of_meridian(self, sky: Table, t: Floats, body: Ints | int) -> Floats:
        """How far east of the meridian plane the body stands, in au; it passes the upper half going west."""
        x, y, _, sidereal = sky.at(t, body)
        local = sidereal + self.longitude
        east: Floats = y * np.cos(local) - x * np.sin(local)
        return east

    @property
    def _radius_squared(self) -> float:
        return self.from_axis**2 + self.from_equator**2
