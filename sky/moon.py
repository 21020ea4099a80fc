"""The moon's passes over a place, and how much of it is lit."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

import numpy as np

from sky import ephemeris
from sky.crossings import Floats, Ints, crossings, monotonic_pieces, roots, turning_points
from sky.ephemeris import MOON, SUN, BadWindow, Observer, Table, from_tt_days

MOON_HORIZON: Final = -34.0 / 60.0  # degrees, of the moon's centre

MOST_DAYS: Final = 400
_STEP: Final = 1 / 48  # half an hour: a curve with a day's period turns at most once in that


class MoonPass(NamedTuple):
    """One stay of the moon above the horizon: three UTC instants and the lit fraction (0 … 1) at transit."""

    rise: datetime
    transit: datetime
    set: datetime
    illumination: float


def moon_times(latitude: float, longitude: float, start: datetime, end: datetime) -> list[MoonPass]:
    """The moon's passes that rise and set within the window, as the calendar's original service has it.

    A stay that begins before `start` or lasts beyond `end` is not among them; at high latitudes, where the
    moon may stay up for two weeks, there may be none at all. Of several passages of the meridian in one stay
    the highest is the transit; a short stay at high latitude may hold none, and then its highest moment is.
    Raises NaiveTime, OutsideEphemeris, BadPlace, and BadWindow unless 0 < end − start <= 400 days.
    """
    observer = Observer.at(latitude, longitude)
    first, last = ephemeris.tt_days(start), ephemeris.tt_days(end)
    if not 0 < last - first <= MOST_DAYS:
        raise BadWindow(f"The window must end after it starts and span at most {MOST_DAYS} days.")
    t = np.arange(first - _STEP, last + 2 * _STEP, _STEP)  # turns next to the ends are seen from beyond
    sky = ephemeris.table(t[0], t[-1])
    rise, transit, set_ = _passes(observer, sky, t)
    whole = (first <= rise) & (set_ <= last)
    lit = lit_fraction(sky, transit)
    instants = (map(from_tt_days, moments[whole].tolist()) for moments in (rise, transit, set_))
    return [MoonPass(*row) for row in zip(*instants, lit[whole].tolist(), strict=True)]


def moon_illumination(when: datetime) -> float:
    """The lit fraction of the moon's disc, 0 … 1. Raises NaiveTime, OutsideEphemeris."""
    t = ephemeris.tt_days(when)
    return float(lit_fraction(ephemeris.table(t, t), np.array(t)))


def lit_fraction(sky: Table, t: Floats) -> Floats:
    """(1 + cos i) / 2, with i the angle at the moon between sun and Earth (Meeus, Astr. Algorithms, 48.1)."""
    sun, moon = (np.stack(sky.at(t, body)[:3]) for body in (SUN, MOON))
    back = moon - sun
    cosine = (moon * back).sum(axis=0) / np.sqrt((moon**2).sum(axis=0) * (back**2).sum(axis=0))
    fraction: Floats = (1 + cosine) / 2
    return fraction


def _passes(observer: Observer, sky: Table, t: Floats) -> tuple[Floats, Floats, Floats]:
    """Rise, transit and set of every pass that rises and sets within the samples at t."""

    def altitude(t: Floats, row: Ints) -> Floats:
        return observer.sine_of_altitude(sky, t, row + MOON)

    only_row, level = np.array([0]), np.sin(np.radians([MOON_HORIZON]))
    y = altitude(t, only_row[:, None])
    turns = turning_points(altitude, t, y)
    found = crossings(altitude, monotonic_pieces(t, y, turns), only_row, level)
    up = np.flatnonzero(found.rising[:-1] & ~found.rising[1:])
    rise, set_ = found.time[up], found.time[up + 1]
    meridian = _meridian_passages(observer, sky, t)
    heights = altitude(meridian, 0 * meridian.astype(int))
    culminations = turns.time[~turns.lowest], turns.value[~turns.lowest]
    transit = [_highest(a, b, (meridian, heights), culminations) for a, b in zip(rise, set_, strict=True)]
    return rise, np.array(transit), set_


def _highest(rise: float, set_: float, *choices: tuple[Floats, Floats]) -> float:
    """The time of the greatest value between rise and set, by the first (times, values) with any there."""
    for times, values in choices:
        first, beyond = np.searchsorted(times, (rise, set_))
        if first < beyond:
            return float(times[first + np.argmax(values[first:beyond])])
    raise AssertionError("a curve that rises and sets without a highest point")


def _meridian_passages(observer: Observer, sky: Table, t: Floats) -> Floats:
    """When the moon passes the upper meridian, which it does from east to west."""

    def east(t: Floats) -> Floats:
        return observer.east_of_meridian(sky, t, MOON)

    e = east(t)
    before = np.flatnonzero((e[:-1] > 0) & (e[1:] <= 0))
    return roots(east, t[before], e[before], t[before + 1], e[before + 1])
