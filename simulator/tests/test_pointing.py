"""Sidereal time and directions, against published examples and against themselves."""

import pytest

from simulator.pointing import (
    airmass,
    altitude_azimuth,
    hour_angle_declination,
    separation,
    sidereal_hours,
)


def test_it_works() -> None:
    """Meeus, Astronomical Algorithms, example 13.b: Venus over Washington, 1987 April 10, 19:21 UT."""
    hours = sidereal_hours(545_080_860.0, -77.065556)
    altitude, azimuth = altitude_azimuth(64.352133 / 15, -6.719892, 38.921389)

    assert hours * 15 == pytest.approx((128.73787 - 77.065556) % 360, abs=0.01)
    assert altitude == pytest.approx(15.1249, abs=0.001)
    # From north by east; the example counts from south.
    assert azimuth == pytest.approx(68.0337 + 180, abs=0.001)


@pytest.mark.parametrize("latitude", [-70.0, -20.0, 0.5, 35.5])
@pytest.mark.parametrize(("altitude", "azimuth"), [(5, 10), (45, 180), (70, 271), (89, 359)])
def test_there_and_back(latitude: float, altitude: float, azimuth: float) -> None:
    back = altitude_azimuth(*hour_angle_declination(altitude, azimuth, latitude), latitude)

    assert back == pytest.approx((altitude, azimuth), abs=1e-6)


def test_airmass_grows_towards_the_horizon() -> None:
    assert airmass(90) == pytest.approx(1, abs=0.001)
    assert airmass(30) == pytest.approx(1.995, abs=0.01)
    assert 35 < airmass(0) == airmass(-5) < 42


def test_separation_on_the_sphere() -> None:
    assert separation(10, 0, 350, 0) == pytest.approx(20)
    assert separation(0, 89, 180, 89) == pytest.approx(2)
