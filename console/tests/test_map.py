"""Where the marks of sites stand on the map."""

from types import SimpleNamespace
from typing import Any

import pytest

from console.sun import Point
from console.views_network import marks, where


def at(code: str, latitude: float, longitude: float) -> Any:
    return SimpleNamespace(code=code, place=Point(latitude, longitude))


def test_it_works() -> None:
    [mark] = marks([at("saf", 35.5, -105.9)])

    assert (mark.names, mark.x, mark.y, mark.side) == ("saf", 148.2, 109.0, "right")


def test_sites_of_one_place_are_one_mark() -> None:
    [first, second] = marks([at("mrc1", 34.5, -119.7), at("saf", 35.5, -105.9), at("mrc2", 34.4, -119.6)])

    assert (first.names, second.names) == ("mrc1 +1", "saf")


def test_a_site_without_a_place_has_none() -> None:
    assert marks([SimpleNamespace(code="saf", place=None)]) == []  # type: ignore[list-item]


def test_names_make_room_for_each_other_and_for_the_edge() -> None:
    [west, east, edge] = marks([at("mrc1", 34.5, -119.7), at("saf", 35.5, -105.9), at("eco", -37.7, 175.0)])

    assert (west.side, east.side, edge.side) == ("left", "right", "left")


def test_a_name_without_room_is_hidden() -> None:
    row = marks([at(f"site{n}", 30.0, -120.0 + 7 * n) for n in range(5)])

    assert [mark.side for mark in row] == ["left", "hidden", "hidden", "hidden", "right"]


@pytest.mark.parametrize(
    ("point", "text"),
    [(Point(-19.84, 85.7), "19.8° S, 85.7° E"), (Point(0, -0.04), "0.0° N, 0.0° W")],
)
def test_places_are_said_as_people_do(point: Point, text: str) -> None:
    assert where(point) == text
