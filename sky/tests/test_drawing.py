"""Altitudes for the drawing of the night, and the points under sun and moon for a map."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sky.night_events import BadWindow, NaiveTime, Place, altitudes, night_block_of, sun_moon_position
from sky.tests import reference as reference

FARM = Place(34.459375, -119.681172, "America/Los_Angeles")


def test_it_works() -> None:
    start, end = night_block_of(FARM, date(2026, 11, 20))
    drawn = altitudes(FARM, start, end, step_s=600)
    assert len(drawn.times) == len(drawn.sun) == len(drawn.moon) == 145
    assert (drawn.times[0], drawn.times[-1]) == (start.timestamp(), end.timestamp())
    assert drawn.sun.min() < -60 < 30 < drawn.sun.max()


@pytest.mark.parametrize("latitude", [-89.0, -34.0, 0.0, 60.0])
def test_altitudes_are_right(latitude: float) -> None:
    place = Place(latitude, 100.0, "Etc/UTC")
    start = datetime(2026, 7, 1, tzinfo=UTC)
    drawn = altitudes(place, start, start + timedelta(days=2), step_s=3600)
    days = (drawn.times - start.timestamp()) / 86400
    for name, ours in (("sun", drawn.sun), ("moon", drawn.moon)):
        expected = reference.altitude(place, name, reference.tai_jd(start), days)
        assert np.abs(ours - expected).max() * 3600 < 0.02


def test_an_altitude_published_by_nrel() -> None:
    """Reda and Andreas, Solar Position Algorithm, A.5: e0 = 39.872046° and δ = −9.31434° (at 1830 m)."""
    when = datetime(2003, 10, 17, 19, 30, 30, tzinfo=UTC)
    drawn = altitudes(Place(39.742476, -105.1786, "America/Denver"), when, when + timedelta(seconds=1), 1)
    assert drawn.sun[0] == pytest.approx(39.872046, abs=5e-4)
    assert sun_moon_position(when).sun_latitude == pytest.approx(-9.31434, abs=2e-5)


def test_a_step_that_does_not_fit_is_shortened() -> None:
    start = datetime(2026, 7, 1, tzinfo=UTC)
    drawn = altitudes(FARM, start, start + timedelta(seconds=100), step_s=30)
    assert np.diff(drawn.times).tolist() == [25.0] * 4


def test_a_window_in_local_time_over_a_change_of_clocks() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    start, end = datetime(2026, 10, 31, 12, tzinfo=zone), datetime(2026, 11, 1, 12, tzinfo=zone)
    assert np.ptp(altitudes(FARM, start, end).times) == 25 * 3600


def test_bad_windows_are_refused() -> None:
    start, end = night_block_of(FARM, date(2026, 11, 20))
    for bad in ((end, start, 300.0), (start, end, 0.0), (start, end, -1.0), (start, end, float("nan"))):
        with pytest.raises(BadWindow):
            altitudes(FARM, *bad)
    with pytest.raises(BadWindow, match="100000 samples"):
        altitudes(FARM, start, end, step_s=0.5)
    with pytest.raises(NaiveTime):
        altitudes(FARM, start.replace(tzinfo=None), end)


def test_the_moons_place_published_by_meeus() -> None:
    """Astronomical Algorithms, example 47.a: declination 13.768368° on 1992 April 12, 0h TD."""
    below = sun_moon_position(datetime(1992, 4, 11, 23, 59, 1, tzinfo=UTC))
    assert below.moon_latitude == pytest.approx(13.768368, abs=5e-4)


@pytest.mark.parametrize("hours", range(0, 24, 5))
def test_sun_and_moon_are_in_the_zenith_there(hours: int) -> None:
    when = datetime(2026, 2, 3, hours, tzinfo=UTC)
    below = sun_moon_position(when)
    for name, latitude, longitude in (("sun", *below[:2]), ("moon", *below[2:])):
        place = Place(latitude, longitude, "Etc/UTC")
        up = reference.altitude(place, name, reference.tai_jd(when), np.zeros(1))[0]
        assert up > 90 - 0.004
