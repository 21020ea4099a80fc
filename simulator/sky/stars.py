"""A star catalogue without a file: every patch of sky grows its stars from its own number.

The sphere is cut into cells of CELL degrees; a cell's place is the seed of its stars. So two frames that
overlap share the stars in the overlap, today and after any restart. How many there are follows rough counts:
denser towards the Milky Way, 10^0.35 times as many for each magnitude fainter.
"""

from math import ceil, cos, exp, floor, radians
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.pointing import separation
from simulator.sky.targets import TARGETS, Target

Floats = NDArray[np.float64]

CELL = 0.2  # degrees
FAINTEST = 18.5
BRIGHTEST = 4.0
GROWTH = 0.35
# Stars per square degree down to FAINTEST, far from the Milky Way.
DENSITY = 9000.0
NORTH_GALACTIC_POLE = (192.859, 27.128)
STARS_OF_CLUSTER = {"globular": 2500, "cluster": 180}


class Stars(NamedTuple):
    """Right ascension and declination in degrees, magnitudes; three arrays of one length."""

    ra: Floats
    dec: Floats
    magnitude: Floats


def around(ra: float, dec: float, radius: float) -> Stars:
    """All stars within so many degrees, those of the clusters there too; some lie a little farther out."""
    fields = [_cell(band, number) for band, number in _cells(ra, dec, radius)]
    fields += [_cluster(target) for target in near(ra, dec, radius) if target.kind in STARS_OF_CLUSTER]
    return Stars(*(np.concatenate(columns) for columns in zip(*fields, strict=True)))


def near(ra: float, dec: float, radius: float) -> list[Target]:
    """The well-known objects that reach into so many degrees around a direction."""
    return [
        target
        for target in TARGETS
        if separation(ra, dec, target.ra * 15, target.dec) < radius + 3 * target.radius / 60
    ]


def _cells(ra: float, dec: float, radius: float) -> list[tuple[int, int]]:
    """Band and number of the cells that a circle touches."""
    bands = range(floor((max(dec - radius, -90) + 90) / CELL), ceil((min(dec + radius, 90) + 90) / CELL))
    found = []
    for band in bands:
        count = _cells_in(band)
        # Near a pole the circle reaches around the whole band.
        narrow = cos(radians(min(abs(dec) + radius, 90)))
        reach = 180.0 if radius >= 180 * narrow else radius / narrow
        first, last = (floor((ra + side * reach) / 360 * count) for side in (-1, 1))
        numbers = range(count) if last - first >= count else range(first, last + 1)
        found += [(band, number % count) for number in numbers]
    return found


def _cells_in(band: int) -> int:
    return max(1, round(360 / CELL * cos(radians(_middle(band)))))


def _middle(band: int) -> float:
    return (band + 0.5) * CELL - 90


def _cell(band: int, number: int) -> Stars:
    count = _cells_in(band)
    random = np.random.default_rng((band, number))
    area = CELL * CELL * 360 / CELL * cos(radians(_middle(band))) / count
    ra = (number + 0.5) * 360 / count
    stars = random.poisson(DENSITY * _milky_way(ra, _middle(band)) * area)
    return Stars(
        ra=(number + random.uniform(size=stars)) * 360 / count,
        dec=(band + random.uniform(size=stars)) * CELL - 90,
        magnitude=np.maximum(FAINTEST + np.log10(1 - random.uniform(size=stars)) / GROWTH, BRIGHTEST),
    )


def _milky_way(ra: float, dec: float) -> float:
    """How much denser than far from the galactic plane."""
    latitude = 90 - separation(ra, dec, *NORTH_GALACTIC_POLE)
    return 0.6 + 4 * exp(-abs(latitude) / 12)


def _cluster(target: Target) -> Stars:
    """Its members: crowded to the centre (Plummer's profile), together as bright as the whole."""
    number = STARS_OF_CLUSTER[target.kind]
    random = np.random.default_rng(list(target.name.encode()))
    share = random.uniform(0.01, 0.95, number)
    distance = target.radius / 60 * np.sqrt(share / (1 - share))
    angle = random.uniform(0, 2 * np.pi, number)
    magnitude = np.log10(random.uniform(0.002, 1, number)) / (GROWTH * 0.9)
    magnitude += target.magnitude + 2.5 * np.log10(np.sum(10 ** (-0.4 * magnitude)))
    return Stars(
        ra=target.ra * 15 + distance * np.sin(angle) / cos(radians(target.dec)),
        dec=target.dec + distance * np.cos(angle),
        magnitude=magnitude,
    )
