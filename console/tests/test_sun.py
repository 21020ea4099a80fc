"""Day and night on the map."""

import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import sun
from console.sun import Point
from sky.night_events import Place, altitudes, sun_moon_position

SANTA_FE = Point(35.554, -105.870)
degrees = st.floats(-23.4, 23.4)
around = st.floats(-180, 180)


def points(path: str) -> list[list[tuple[float, float]]]:
    """The outlines of a path, in units of the map."""
    return [
        [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", outline)]
        for outline in path.split("Z")
        if outline
    ]


def inside(path: str, place: Point) -> bool:
    """Whether a place is in the dark, by the even-odd rule."""
    x, y = sun.on_map(place)
    crossings = 0
    for outline in points(path):
        for (x1, y1), (x2, y2) in pairwise([*outline, outline[0]]):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def test_it_works() -> None:
    midnight = Point(-20.0, SANTA_FE.longitude + 180)

    assert sun.altitude(SANTA_FE, SANTA_FE) == pytest.approx(90)
    assert sun.sky_at(sun.altitude(midnight, SANTA_FE)) == "night"
    assert inside(sun.darkness(midnight, 0), SANTA_FE)
    assert not inside(sun.darkness(Point(20.0, SANTA_FE.longitude), 0), SANTA_FE)


def test_altitudes_are_those_of_the_schedule() -> None:
    """Against the ephemeris by which the night's events are computed; the Earth's flattening is left out."""
    start, end = datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
    exact = altitudes(Place(*SANTA_FE, "UTC"), start, end, 3600)
    for at, altitude in zip(exact.times, exact.sun, strict=True):
        where = sun_moon_position(datetime.fromtimestamp(at, UTC))
        zenith = Point(where.sun_latitude, where.sun_longitude)
        assert sun.altitude(zenith, SANTA_FE) == pytest.approx(altitude, abs=0.02)


@given(degrees, around, st.floats(-75, 75), around, st.sampled_from([0.0, -6.0, -12.0, -18.0]))
def test_the_shape_says_where_it_is_dark(
    declination: float, longitude: float, latitude: float, east: float, below: float
) -> None:
    zenith, place = Point(declination, longitude), Point(latitude, east)
    altitude = sun.altitude(zenith, place)
    # A chord of the outline spans 3°: near the edge the drawing may be off by a little.
    if abs(altitude - below) > 0.7:
        assert inside(sun.darkness(zenith, below), place) == (altitude < below)


@pytest.mark.parametrize(
    ("altitude", "name"),
    [
        (5, "day"),
        (0, "day"),
        (-1, "civil twilight"),
        (-7, "nautical twilight"),
        (-13, "astronomical twilight"),
        (-19, "night"),
    ],
)
def test_the_sky_has_a_name(altitude: float, name: str) -> None:
    assert sun.sky_at(altitude) == name
