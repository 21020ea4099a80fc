"""Sun, moon, twilight and the night's schedule of a place: pure functions, nothing of Django.

The night is the block from one local noon to the next. Its schedule is made of the moments inside it when the
sun's centre passes certain altitudes, and of fixed offsets from these. Altitudes are apparent ones, without
refraction, seen from the WGS84 ellipsoid at elevation 0.

The lowest moment of the sun inside the block parts evening from morning. The evening crossing of an angle is
the last descending one before that moment, the morning crossing the first ascending one after it. Hence:

* Where the sun rises and sets once a day and noon is near its highest point, these are simply the crossings.
* Dusk events always come in order of depth, then dawn events in reverse order, also where the sun grazes an
  angle and passes it several times in a block.
* Where the sun only descends in a block (polar autumn) there is an evening and no morning, and the reverse in
  spring. An angle the sun stays above or below all the time has no crossing.
* A crossing belongs to the block it lies in and to no other. Where the clocks' noon falls into the solar
  night, the block's edge cuts that night in two, and each block holds the piece with the lower sun.

An event without its crossing is left out, and so is whatever is defined from it. `Moon Rise` and `Moon Set`
are the first of each in the block, in whichever order: two rises fit only into a block of 25 hours, or where
the moon grazes the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from sky import ephemeris
from sky.blocks import BODIES, BlockCrossings, block_crossings
from sky.crossings import Floats
from sky.ephemeris import (
    J2000_JD,
    TT_MINUS_TAI,
    BadPlace,
    BadWindow,
    NaiveTime,
    Observer,
    OutsideEphemeris,
    SkyError,
    check_place,
)
from sky.moon import MOON_HORIZON, MoonPass, moon_illumination, moon_times

__all__ = [
    "EVENT_NAMES",
    "Altitudes",
    "BadPlace",
    "BadWindow",
    "MoonPass",
    "NaiveTime",
    "Night",
    "OutsideEphemeris",
    "Place",
    "SkyError",
    "SubPoints",
    "UnknownTimeZone",
    "altitudes",
    "from_tai_julian_day",
    "moon_illumination",
    "moon_times",
    "night_block",
    "night_block_of",
    "night_events",
    "nights",
    "sun_moon_position",
    "tai_julian_day",
]

MOST_NIGHTS: Final = 400
MOST_SAMPLES: Final = 100_000
LONGEST_BLOCK: Final = 49 / 24  # days; a zone that repeats a day when it crosses the date line

# --- the schedule, as the table of definitions has it -----------------------------------------------------

# Altitudes of the sun's centre in degrees: evening events are descending crossings, morning ones ascending.
EVENING: Final = {
    "Sun Set": -0.25,
    "Civil Dusk": -6.0,
    "End Eve Sky Flats": -11.75,
    "Naut Dusk": -12.0,
    "Astro Dark": -18.0,
}
MORNING: Final = {
    "End Astro Dark": -18.0,
    "Naut Dawn": -12.0,
    "Morn Sky Flats": -11.75,
    "Civil Dawn": -6.0,
    "End Morn Sky Flats": -1.5,
    "Sunrise": -0.25,
}
# So many seconds after another event, which stands above it in this table or in those of the crossings.
OFFSETS: Final = {
    "Ops Window Start": ("Sun Set", -3600.0),
    "Cool Down, Open": ("Ops Window Start", 30.0),
    "Eve Sky Flats": ("Sun Set", -1800.0),
    "Clock & Auto Focus": ("End Eve Sky Flats", 60.0),
    "Observing Begins": ("Naut Dusk", 300.0),
    "Observing Ends": ("Naut Dawn", -300.0),
    "Final Clock & Auto Focus": ("Naut Dawn", -240.0),
    "Ops Window Closes": ("End Morn Sky Flats", 30.0),
    "End Eve Scrn Flats": ("Ops Window Start", -75.0),
    "Eve Scrn Flats": ("End Eve Scrn Flats", -5400.0),
    "End Eve Bias Dark": ("Eve Scrn Flats", -385.0),
    "Eve Bias Dark": ("End Eve Bias Dark", -28800.0),
}
MIDDLE: Final = "Middle of Night"  # half way from Sun Set to Sunrise
# The moon's centre passing MOON_HORIZON.
MOON_EVENTS: Final = ("Moon Rise", "Moon Set")

EVENT_NAMES: Final = (*EVENING, *MORNING, *OFFSETS, MIDDLE, *MOON_EVENTS)

_ANGLES: Final = sorted({*EVENING.values(), *MORNING.values()})
_SECOND: Final = 1 / 86400


# --- places and blocks ------------------------------------------------------------------------------------


class UnknownTimeZone(SkyError):
    """A time zone which the IANA database does not have."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point at elevation 0: latitude (degrees north), longitude (degrees east), IANA time zone.

    Raises BadPlace and UnknownTimeZone, both of them SkyErrors.
    """

    latitude: float
    longitude: float
    time_zone: str

    def __post_init__(self) -> None:
        check_place(self.latitude, self.longitude)
        _zone(self.time_zone)

    @property
    def zone(self) -> ZoneInfo:
        return _zone(self.time_zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, AttributeError, OSError) as error:
        says = f"The time zone {name!r:.200} is not in the IANA time zone database."
        raise UnknownTimeZone(says) from error


def night_block(place: Place, when: datetime) -> tuple[datetime, datetime]:
    """The block from local noon to local noon that holds `when`, in UTC; noon itself begins a block.

    It lasts 23 or 25 hours where the clocks change. Raises NaiveTime, OutsideEphemeris.
    """
    ephemeris.tt_days(when)  # refuses what is naive or far away before the calendar overflows
    day = when.astimezone(place.zone).date()
    noons = [_noon(place, day + timedelta(days=n)) for n in (-2, -1, 0, 1)]  # −2: a day may not exist
    return max(noon for noon in noons if noon <= when), min(noon for noon in noons if noon > when)


def night_block_of(place: Place, day: date) -> tuple[datetime, datetime]:
    """The block of the night that begins at local noon of `day`, in UTC. Raises OutsideEphemeris.

    A zone that skipped this day when it crossed the date line has an empty block: both ends are equal.
    """
    if not ephemeris.FIRST_DAY < day < ephemeris.LAST_DAY:
        raise OutsideEphemeris
    return _noon(place, day), _noon(place, day + timedelta(days=1))


def _noon(place: Place, day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=place.zone).astimezone(UTC)


# --- the night's events -----------------------------------------------------------------------------------


class Night(NamedTuple):
    """The night beginning at local noon of `date`: its block in UTC and its events in TAI Julian days."""

    date: date
    start: datetime
    end: datetime
    events: dict[str, float]


def night_events(place: Place, start: datetime, end: datetime) -> dict[str, float]:
    """The events of the block from start to end by name, in TAI Julian days, in order of time.

    Events that do not happen are missing (see the head of this module). Those defined by an offset may lie
    before the block: Eve Bias Dark is some eleven hours before sunset.
    Raises NaiveTime, OutsideEphemeris, and BadWindow if the block runs backwards or is longer than 49 hours.
    """
    edges = np.array([ephemeris.tt_days(start), ephemeris.tt_days(end)])
    if not 0 <= edges[1] - edges[0] <= LONGEST_BLOCK:
        raise BadWindow("A night's block must begin before it ends and last at most 49 hours.")
    return _events(place, edges)[0]


def nights(place: Place, first: date, count: int) -> list[Night]:
    """`count` nights (1 to 400) from the one beginning at local noon of `first`, all computed together.

    Raises BadWindow for another count, OutsideEphemeris.
    """
    if not 1 <= count <= MOST_NIGHTS:
        raise BadWindow(f"The number of nights must be from 1 to {MOST_NIGHTS}, not {count}.")
    night_block_of(place, first)
    days = [first + timedelta(days=n) for n in range(count)]
    noons = [*(_noon(place, day) for day in days), night_block_of(place, days[-1])[1]]
    events = _events(place, np.array([ephemeris.tt_days(noon) for noon in noons]))
    return [Night(*night) for night in zip(days, noons[:-1], noons[1:], events, strict=True)]


def _events(place: Place, edges: Floats) -> list[dict[str, float]]:
    """The events of the blocks between neighbouring edges (TT days, ascending, equal ones for no block)."""
    result: list[dict[str, float]] = [{} for _ in edges[1:]]
    filled = np.flatnonzero(np.diff(edges) > 0)
    if filled.size:
        observer = Observer.at(place.latitude, place.longitude)
        crossed = block_crossings(observer, edges[[*filled, -1]], _ANGLES, MOON_HORIZON)
        for n, events in zip(filled, _named(_schedule(crossed)), strict=True):
            result[n] = events
    return result


def _schedule(crossed: BlockCrossings) -> dict[str, Floats]:
    """A column of TT days for each event name; NaN, which survives arithmetic, where it does not happen."""
    columns = {name: crossed.evening[_ANGLES.index(angle)] for name, angle in EVENING.items()}
    columns |= {name: crossed.morning[_ANGLES.index(angle)] for name, angle in MORNING.items()}
    for name, (base, seconds) in OFFSETS.items():
        columns[name] = columns[base] + seconds * _SECOND
    columns[MIDDLE] = (columns["Sun Set"] + columns["Sunrise"]) / 2
    return columns | dict(zip(MOON_EVENTS, (crossed.moon_rise, crossed.moon_set), strict=True))


def _named(columns: dict[str, Floats]) -> list[dict[str, float]]:
    """Per block the events that happen, in order of time, as TAI Julian days."""
    names = np.array(list(columns), dtype=object)
    days = np.stack(list(columns.values()), axis=1)
    order = np.argsort(days, axis=1, kind="stable")  # NaN last
    ordered = np.take_along_axis(days, order, axis=1) + (J2000_JD - TT_MINUS_TAI)
    happening = np.count_nonzero(~np.isnan(days), axis=1)
    rows = zip(names[order].tolist(), ordered.tolist(), happening.tolist(), strict=True)
    return [dict(zip(row[:n], values[:n], strict=True)) for row, values, n in rows]


# --- for drawings and maps --------------------------------------------------------------------------------


class Altitudes(NamedTuple):
    """Unix times in seconds, and the altitudes of sun and moon in degrees; three arrays of one length."""

    times: Floats
    sun: Floats
    moon: Floats


def altitudes(place: Place, start: datetime, end: datetime, step_s: float = 300.0) -> Altitudes:
    """Apparent altitudes without refraction from start to end, both included, about step_s seconds apart.

    The step is shortened so that a whole number of them fits.
    Raises NaiveTime, OutsideEphemeris, and BadWindow for a window that does not end after it starts, a step
    that is not above 0, or more than 100,000 samples.
    """
    first, last = ephemeris.tt_days(start), ephemeris.tt_days(end)
    span = end.timestamp() - start.timestamp()
    if not (span > 0 and step_s > 0 and span / step_s < MOST_SAMPLES):
        raise BadWindow(f"The window and the step must be above 0 and give at most {MOST_SAMPLES} samples.")
    along = np.linspace(0.0, 1.0, ceil(span / step_s) + 1)
    t = first + along * (last - first)
    sines = Observer.at(place.latitude, place.longitude).sine_of_altitude(
        ephemeris.table(first, last), t, BODIES
    )
    sun, moon = np.degrees(np.arcsin(sines))
    return Altitudes(start.timestamp() + along * span, sun, moon)


class SubPoints(NamedTuple):
    """Where sun and moon stand in the zenith: degrees north, and degrees east from −180 to 180."""

    sun_latitude: float
    sun_longitude: float
    moon_latitude: float
    moon_longitude: float


def sun_moon_position(when: datetime) -> SubPoints:
    """The points of the Earth under sun and moon. Raises NaiveTime, OutsideEphemeris.

    The geodetic latitude of such a point is the declination: exactly for a body infinitely far away, within
    0.003° for the moon.
    """
    t = ephemeris.tt_days(when)
    x, y, z, sidereal = ephemeris.table(t, t).at(np.array(t), BODIES[:, 0])
    latitude = np.degrees(np.arctan2(z, np.hypot(x, y)))
    longitude = (np.degrees(np.arctan2(y, x) - sidereal) + 180) % 360 - 180
    return SubPoints(*(float(degrees) for pair in zip(latitude, longitude, strict=True) for degrees in pair))


# --- the time scale of the answers ------------------------------------------------------------------------


def tai_julian_day(when: datetime) -> float:
    """The Julian day in TAI, which is ahead of UTC by 37 s since 2017. Raises NaiveTime."""
    return J2000_JD + ephemeris.tai_days(when)


def from_tai_julian_day(jd: float) -> datetime:
    """The UTC datetime of a Julian day in TAI; such a number holds no more than 40 µs.

    Raises OutsideEphemeris for what no calendar holds.
    """
    try:
        return ephemeris.from_tai_days(jd - J2000_JD)
    except (OverflowError, ValueError) as error:
        raise OutsideEphemeris from error
