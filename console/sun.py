"""Day and night on a map of the world: pure functions, in degrees.

The map is the plainest there is: x is longitude and y is latitude (equirectangular), 2 units a degree.
js/sun.js does the same in the browser, every minute; a test holds the two together.
"""

from itertools import pairwise
from math import asin, atan2, cos, degrees, radians, sin
from typing import Final, NamedTuple

UNITS: Final = 2
# Altitudes of the sun's centre, and what the sky is called below them.
SKY: Final = (
    (-0.25, "day"),
    (-6.0, "civil twilight"),
    (-12.0, "nautical twilight"),
    (-18.0, "astronomical twilight"),
)
_STEP: Final = 3


class Point(NamedTuple):
    """Degrees north, degrees east."""

    latitude: float
    longitude: float


def altitude(sun: Point, place: Point) -> float:
    """Of the sun's centre over `place`, in degrees, when it stands in the zenith of `sun`."""
    here, there = radians(place.latitude), radians(sun.latitude)
    hour_angle = radians(place.longitude - sun.longitude)
    return _arcsine(sin(here) * sin(there) + cos(here) * cos(there) * cos(hour_angle))


def sky_at(sun_altitude: float) -> str:
    """What the sky is like: day, one of three twilights, or night."""
    return next((name for limit, name in SKY if sun_altitude > limit), "night")


def darkness(sun: Point, below: float) -> str:
    """The SVG path of where the sun stands lower than `below` degrees (at most 0).

    That is a circle around the point opposite to the sun. One that holds a pole is closed along the map's
    edge; one that crosses the date line is drawn on both sides, of which the map shows what lies in it.
    """
    ring = _circle(Point(-sun.latitude, sun.longitude + 180), 90 + below)
    turned = ring[-1].longitude - ring[0].longitude
    if abs(turned) > 180:
        pole = 90.0 if sun.latitude < 0 else -90.0
        ring = [Point(pole, ring[0].longitude), *ring, Point(pole, ring[-1].longitude)]
    return "".join(_path(ring, shift) for shift in (-720, -360, 0, 360))


def _circle(centre: Point, radius: float) -> list[Point]:
    """Points of a circle on the sphere, a step apart and closed; longitudes go on past 180."""
    ring = [_destination(centre, radius, bearing) for bearing in range(0, 361, _STEP)]
    unwound = [ring[0]]
    for before, after in pairwise(ring):
        step = (after.longitude - before.longitude + 180) % 360 - 180
        unwound.append(Point(after.latitude, unwound[-1].longitude + step))
    return unwound


def _destination(start: Point, distance: float, bearing: float) -> Point:
    """Where one gets to from `start` along a great circle."""
    latitude, far, course = radians(start.latitude), radians(distance), radians(bearing)
    sine = sin(latitude) * cos(far) + cos(latitude) * sin(far) * cos(course)
    east = atan2(sin(course) * sin(far) * cos(latitude), cos(far) - sin(latitude) * sine)
    return Point(_arcsine(sine), start.longitude + degrees(east))


def _arcsine(sine: float) -> float:
    """In degrees; rounding may have carried the sine beyond 1."""
    return degrees(asin(max(-1.0, min(1.0, sine))))


def _path(ring: list[Point], shift: float) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (on_map(point, shift) for point in ring)) + "Z"


def on_map(point: Point, shift: float = 0) -> tuple[float, float]:
    """x from 0 to 720, y from 0 to 360."""
    return UNITS * (point.longitude + shift + 180), UNITS * (90 - point.latitude)
