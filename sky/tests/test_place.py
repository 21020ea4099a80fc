"""What is a place, and what is said when it is not one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from math import inf, nan

import pytest

from sky.night_events import (
    BadPlace,
    Place,
    SkyError,
    UnknownTimeZone,
    moon_times,
    night_block_of,
    night_events,
)
from sky.tests.reference import crossing_names


def test_it_works() -> None:
    place = Place(-89.9, 180, "Australia/Sydney")
    assert place.zone.key == "Australia/Sydney"
    assert len({place, Place(-89.9, 180, "Australia/Sydney")}) == 1


@pytest.mark.parametrize("latitude", [90.1, -91, nan, inf, None, "34"])
def test_a_bad_latitude_is_named(latitude: float) -> None:
    with pytest.raises(BadPlace, match="latitude must be a number of degrees from -90 to 90"):
        Place(latitude, 0.0, "Etc/UTC")


@pytest.mark.parametrize("longitude", [180.1, -181, nan, -inf, None])
def test_a_bad_longitude_is_named(longitude: float) -> None:
    with pytest.raises(BadPlace, match="longitude must be a number of degrees from -180 to 180"):
        Place(0.0, longitude, "Etc/UTC")


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "America", "PST\0", None, 5]
)
def test_an_unknown_time_zone_is_named(name: str) -> None:
    with pytest.raises(UnknownTimeZone, match="time zone") as caught:
        Place(0.0, 0.0, name)
    assert repr(name) in str(caught.value)


def test_all_errors_are_sky_errors_and_value_errors() -> None:
    assert issubclass(BadPlace, SkyError)
    assert issubclass(UnknownTimeZone, SkyError)
    assert issubclass(SkyError, ValueError)


@pytest.mark.parametrize("latitude", [90.0, -90.0, 89.9, -89.9, 0.0])
@pytest.mark.parametrize("longitude", [-180.0, 180.0])
def test_the_corners_of_the_map_have_nights(latitude: float, longitude: float) -> None:

    place = Place(latitude, longitude, "Pacific/Kiritimati")
    for day in (date(2026, 3, 20), date(2026, 6, 21), date(2026, 12, 21)):
        events = night_events(place, *night_block_of(place, day))
        if abs(latitude) > 89 and day.month != 3:
            assert not crossing_names(events) - {"Moon Rise", "Moon Set"}
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert len(moon_times(latitude, longitude, *year)) > 11


def test_both_names_of_the_date_line_are_one_place() -> None:

    day = date(2026, 9, 1)
    west, east = (Place(-20.0, longitude, "Pacific/Fiji") for longitude in (-180.0, 180.0))
    a, b = (night_events(place, *night_block_of(place, day)) for place in (west, east))
    assert a == pytest.approx(b, abs=1e-9)
