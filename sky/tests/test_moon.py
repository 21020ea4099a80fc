"""The moon's passes and phases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from skyfield import almanac
from skyfield.api import wgs84

from sky.night_events import (
    BadPlace,
    BadWindow,
    MoonPass,
    NaiveTime,
    OutsideEphemeris,
    Place,
    moon_illumination,
    moon_times,
)
from sky.tests import reference as reference
from sky.tests.reference import Curve

START = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
MONTH = START, START + timedelta(days=31)


def seconds_between(a: datetime, b: datetime) -> float:
    return abs((a - b).total_seconds())


def test_it_works() -> None:
    passes = moon_times(34.0, -119.0, *MONTH)
    assert len(passes) == 29
    assert isinstance(passes[0], MoonPass)
    for one in passes:
        assert START <= one.rise < one.transit < one.set <= MONTH[1]
        assert 0 <= one.illumination <= 1
        assert one.rise.tzinfo is UTC
    assert all(a.set < b.rise for a, b in pairwise(passes))


@pytest.mark.parametrize("latitude", [0.0, 34.0, -45.0, 60.0, -66.0, 70.0, -80.0, 89.0])
def test_rise_and_set_are_right(latitude: float) -> None:
    """Beside a root search, over ten days in which the moon goes from south to north."""
    start, end = START, START + timedelta(days=10)
    curve = Curve(Place(latitude, 25.0, "Etc/UTC"), "moon", start, end, minutes=20)
    found = curve.crossings(reference.MOON)[reference.MOON]
    pairs = [(a.jd, b.jd) for a, b in pairwise(found) if a.rising]

    passes = moon_times(latitude, 25.0, start, end)

    ours = [(reference.tai_jd(one.rise), reference.tai_jd(one.set)) for one in passes]
    assert np.shape(ours) == np.shape(pairs)
    assert np.allclose(np.array(ours) * 86400, np.array(pairs) * 86400, rtol=0, atol=0.1)


def test_transit_and_illumination_are_right() -> None:
    eph = reference.kernel()
    place = wgs84.latlon(52.0, 5.0)
    start, end = (reference.timescale().from_datetime(when) for when in (START, START + timedelta(days=4)))
    times, upper = almanac.find_discrete(start, end, almanac.meridian_transits(eph, eph["moon"], place))
    expected = [t for t, is_upper in zip(times, upper, strict=True) if is_upper]

    passes = moon_times(52.0, 5.0, START, START + timedelta(days=4))

    assert len(passes) >= 3
    for one in passes:
        nearest = min(expected, key=lambda t: seconds_between(t.utc_datetime(), one.transit))
        assert seconds_between(nearest.utc_datetime(), one.transit) < 0.1
        assert one.illumination == pytest.approx(almanac.fraction_illuminated(eph, "moon", nearest), abs=1e-4)


def test_only_whole_passes_are_told() -> None:
    """The moon rose at 01:35 on this day and set at 13:32."""
    day = datetime(2020, 10, 1, tzinfo=UTC)
    hours = [timedelta(hours=n) for n in range(16)]
    assert moon_times(34.0, -119.0, day + hours[1], day + hours[2]) == []
    assert moon_times(34.0, -119.0, day + hours[2], day + hours[14]) == []
    (whole,) = moon_times(34.0, -119.0, day + hours[1], day + hours[14])
    assert (whole.rise.hour, whole.rise.minute) == (1, 35)
    assert moon_times(34.0, -119.0, whole.rise + hours[1], whole.set + hours[1]) == []


def test_the_moon_is_up_for_days_at_high_latitude() -> None:
    year = moon_times(89.0, 0.0, START, START + timedelta(days=400))
    stays = [(one.set - one.rise) / timedelta(days=1) for one in year]
    assert len(year) >= 14
    assert 11 < max(stays) < 15
    for one in year:
        assert one.rise < one.transit < one.set
    long = max(year, key=lambda one: one.set - one.rise)
    # Of its many transits the highest is told, which is days away from either end.
    assert min(long.transit - long.rise, long.set - long.transit) > timedelta(days=4)


@pytest.mark.parametrize("latitude", [61.0, 62.5, 65.0, 80.0, 85.0, 89.9, -89.9, 90.0])
def test_short_stays_and_long_ones_all_have_a_transit(latitude: float) -> None:
    passes = moon_times(latitude, 0.0, START, START + timedelta(days=400))
    assert passes
    assert all(one.rise < one.transit < one.set for one in passes)


def test_the_moon_down_for_the_whole_window() -> None:
    full = next(one for one in moon_times(89.0, 0.0, START, START + timedelta(days=60)))
    assert moon_times(89.0, 0.0, full.set, full.set + timedelta(days=7)) == []


def test_bad_windows_are_refused() -> None:
    with pytest.raises(BadWindow, match="end after it starts"):
        moon_times(34.0, -119.0, START, START)
    with pytest.raises(BadWindow, match="at most 400 days"):
        moon_times(34.0, -119.0, START, START + timedelta(days=401))
    with pytest.raises(NaiveTime):
        moon_times(34.0, -119.0, START.replace(tzinfo=None), MONTH[1])
    with pytest.raises(BadPlace):
        moon_times(134.0, -119.0, *MONTH)
    with pytest.raises(OutsideEphemeris):
        moon_times(34.0, -119.0, START, START.replace(year=2099))


@pytest.mark.parametrize("start", [datetime(1900, 1, 2, tzinfo=UTC), datetime(2053, 8, 30, tzinfo=UTC)])
def test_the_ends_of_the_ephemeris_have_moons(start: datetime) -> None:
    assert len(moon_times(34.0, -119.0, start, start + timedelta(days=31))) in {29, 30}


def test_illumination_published_by_meeus() -> None:
    """Astronomical Algorithms, example 48.a: 1992 April 12, 0h TD, k = 0.6786 (TD − UT = 59 s)."""
    assert moon_illumination(datetime(1992, 4, 11, 23, 59, 1, tzinfo=UTC)) == pytest.approx(0.6786, abs=2e-4)


@pytest.mark.parametrize(
    ("when", "least", "most"),
    [
        (datetime(2026, 8, 12, 17, 45, tzinfo=UTC), 0.0, 0.001),  # total eclipse of the sun
        (datetime(2026, 3, 3, 11, 33, tzinfo=UTC), 0.999, 1.0),  # total eclipse of the moon
    ],
)
def test_illumination_at_eclipses(when: datetime, least: float, most: float) -> None:
    assert least <= moon_illumination(when) <= most
