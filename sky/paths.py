"""The way of a target over the sky: stars, planets, asteroids, comets and satellites, all asked in one
manner.

A path answers where a target stands at given times, in astronomical units along the true equator and
equinox of date, seen from the Earth's centre, with aberration: what `Observer.sine_towards` takes. A
place's parallax is subtracted there. Fixed stars stand so far away that they have none.

What changes slowly is asked at nodes twelve hours apart and interpolated: precession and nutation, the
Earth's velocity, and what moves among the stars. Satellites are asked at every instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol

import erfa
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline
from skyfield.constants import GM_SUN_Pitjeva_2005_km3_s2 as GM_SUN
from skyfield.data.spice import inertial_frames
from skyfield.jpllib import SpiceKernel
from skyfield.keplerlib import _KeplerOrbit
from skyfield.sgp4lib import EarthSatellite

from sky.earth import J2000_JD, timescale
from sky.ephemeris import STEP, SkyError, apparent_of_date, ephemeris_file

Floats = NDArray[np.float64]

FAR_AU: Final = 1e9  # a star without parallax: 0.2 milliarcseconds of it
SLOW_STEP: Final = 1 / 144  # days: curves of what turns with the sky alone are sampled every ten minutes
FAST_STEP: Final = 1 / 2880  # a satellite in a low orbit is up for a few minutes
SUN_CENTRE: Final = 10  # NAIF's number
BODIES: Final = {
    "sun": "sun",
    "moon": "moon",
    "mercury": "mercury",
    "venus": "venus",
    "mars": "mars",
    "jupiter": "jupiter barycenter",
    "saturn": "saturn barycenter",
    "uranus": "uranus barycenter",
    "neptune": "neptune barycenter",
    "pluto": "pluto barycenter",
}
_MILLIARCSECOND: Final = np.radians(1 / 3.6e6)


class BadTarget(SkyError):
    """What should say where a target moves cannot be used; the message is a sentence for the caller."""


class Path(Protocol):
    """Where a target is. `step`: how far apart (days) its altitude may be sampled without missing a turn."""

    step: float

    def along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """x, y, z in au along the true equator and equinox of date, for ascending TT days since J2000."""
        ...


# --- stars -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Star:
    """A place among the stars (ICRS, epoch J2000): degrees, milliarcseconds a year (right ascension as on the
    sky, with the cosine of the declination), parallax in milliarcseconds."""

    ra: float
    dec: float
    pm_ra: float = 0.0
    pm_dec: float = 0.0
    parallax: float = 0.0


@lru_cache(maxsize=8)  # 70 ms and 0.1 MB each
def _frames_of(year: int) -> tuple[int, Floats, Floats, Floats]:
    """Per node of the year: the first node's index, the matrices from GCRS to the true equator and equinox of
    date (node, 3, 3), the Earth's velocity (node, 3) in units of light's, and its place (node, 3) in au."""
    first = int(np.floor((year - 2000) * 365.25 / STEP)) - 4
    t: Floats = np.arange(first, first + int(366 / STEP) + 10) * np.float64(STEP)
    matrices = erfa.pnm06a(J2000_JD, t)
    _, barycentric = erfa.epv00(J2000_JD, t)
    return first, matrices, barycentric["v"] / erfa.DC, barycentric["p"]


def _frames(t: Floats) -> tuple[Floats, Floats, Floats]:
    """The three of `_frames_of` at times t (any shape), interpolated along straight lines: 0.002″ at most."""
    flat = np.ravel(t)
    first, *tables = _frames_of(int(2000 + np.floor(flat.mean() / 365.25)))
    at = np.clip(flat / STEP - first, 0, len(tables[0]) - 1.001)
    node = at.astype(np.int64)
    matrices, velocities, places = (
        table[node] + (at - node).reshape(-1, *[1] * (table.ndim - 1)) * (table[node + 1] - table[node])
        for table in tables
    )
    return matrices, velocities, places


def stars_of_date(stars: Floats, t: float) -> Floats:
    """Unit vectors (star, 3) along the true equator and equinox of date at one time, with proper motion,
    parallax and aberration. `stars`: rows of (ra, dec, pm_ra, pm_dec, parallax) as in Star.

    Light's deflection by the sun, 0.01″ at 45° from it, is left out.
    """
    matrices, velocities, places = _frames(np.array([t]))
    seen = _aberrated(_astrometric(stars, t, places[0]), velocities[0])
    turned: Floats = seen @ matrices[0].T
    return turned


def _astrometric(stars: Floats, t: float, place: Floats) -> Floats:
    """Unit vectors (star, 3) in the ICRS from the Earth's place (au); straight proper motion (ERFA's
    pmpx)."""
    ra, dec = np.radians(stars[:, 0]), np.radians(stars[:, 1])
    sin_ra, cos_ra, sin_dec, cos_dec = np.sin(ra), np.cos(ra), np.sin(dec), np.cos(dec)
    towards = np.stack([cos_dec * cos_ra, cos_dec * sin_ra, sin_dec], axis=-1)
    if not stars[:, 2:].any():
        return towards
    years = t / 365.25
    east = np.stack([-sin_ra, cos_ra, np.zeros_like(ra)], axis=-1)
    north = np.stack([-sin_dec * cos_ra, -sin_dec * sin_ra, cos_dec], axis=-1)
    moved = towards + _MILLIARCSECOND * (
        years * (stars[:, 2:3] * east + stars[:, 3:4] * north) - stars[:, 4:5] * place
    )
    unit: Floats = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
    return unit


def _aberrated(towards: Floats, velocity: Floats) -> Floats:
    """Special relativity's aberration (Explanatory Supplement 3rd ed., 7.40), velocity in units of
    light's."""
    beta_inverse = np.sqrt(1 - velocity @ velocity)
    along = towards @ velocity
    seen = beta_inverse * towards + (1 + along / (1 + beta_inverse))[..., None] * velocity
    unit: Floats = seen / np.linalg.norm(seen, axis=-1, keepdims=True)
    return unit


class StarPath:
    """The way of one fixed star."""

    step = SLOW_STEP

    def __init__(self, star: Star) -> None:
        self.row = np.array([[star.ra, star.dec, star.pm_ra, star.pm_dec, star.parallax]])

    def along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Asked at the nodes of each day, and along straight lines between."""
        first = np.floor(t.min() / STEP)
        nodes = (first + np.arange(int(np.ceil(t.max() / STEP) - first) + 1)) * STEP
        places = np.concatenate([stars_of_date(self.row, float(node)) for node in nodes])
        x, y, z = (FAR_AU * np.interp(t, nodes, places[:, axis]) for axis in range(3))
        return x, y, z


# --- the solar system ------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def kernel() -> Any:
    """de421: sun, moon and planets from 1899 to 2053. It stays open, and is only read."""
    return SpiceKernel(str(ephemeris_file()))


class MovingPath:
    """The way of anything that skyfield can observe from the Earth and that stays the same for hours."""

    step = SLOW_STEP

    def __init__(self, body: Any) -> None:
        self.body = body
        self._known: tuple[float, float, Any] = (0.0, 0.0, None)

    def along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Raises BadTarget where the body has no place: an orbit may be too odd to follow."""
        if not t.size:
            return t, t, t
        first, last = float(t.min()), float(t.max())
        if self._known[2] is None or not self._known[0] <= first <= last <= self._known[1]:
            self._known = first, last, self._curve(first, last)
        x, y, z = self._known[2](t)
        return x, y, z

    def _curve(self, first: float, last: float) -> Any:
        """Through the nodes around these times; kept, as a night is asked for whole first, then in pieces."""
        indices = np.arange(np.floor(first / STEP) - 3, np.ceil(last / STEP) + 4)
        nodes: Floats = indices * np.float64(STEP)
        time = timescale().tt_jd(J2000_JD, nodes)
        places = apparent_of_date(observed(self.body, time), time.M)
        if not np.isfinite(places).all():
            raise BadTarget(NO_PLACE)
        return make_interp_spline(nodes, places, k=5, axis=1)


NO_PLACE: Final = "The orbit gives no place for this time; please look at its elements."


def observed(body: Any, time: Any) -> Any:
    """The body as seen from the Earth's centre. Raises BadTarget where its light never arrives."""
    try:
        return kernel()["earth"].at(time).observe(body)
    except ValueError:  # skyfield: light-travel time failed to converge
        raise BadTarget(NO_PLACE) from None


def body_path(name: str) -> MovingPath:
    """A planet, the sun or the moon, by its name in BODIES. Raises BadTarget."""
    if name not in BODIES:
        raise BadTarget(f"{name!r:.60} is none of {', '.join(BODIES)}.")
    return MovingPath(kernel()[BODIES[name]])


@dataclass(frozen=True, slots=True)
class Elements:
    """An orbit around the sun, undisturbed: perihelion distance q (au), eccentricity, inclination,
    longitude of the node and argument of the perihelion (degrees, ecliptic and equinox J2000), and the time
    of perihelion (TT Julian day). `epoch` (TT Julian day) is when they fit the true way best."""

    perihelion_distance: float
    eccentricity: float
    inclination: float
    node: float
    argument: float
    perihelion_jd: float
    epoch: float

    def orbit(self) -> Any:
        """skyfield's two-body orbit (universal variables, so any eccentricity), from the barycentre.

        Its public makers, in skyfield.data.mpc, take rows of pandas' tables.
        """
        orbit = _KeplerOrbit._from_periapsis(
            self.perihelion_distance * (1 + self.eccentricity),
            self.eccentricity,
            self.inclination,
            self.node,
            self.argument,
            timescale().tt_jd(self.perihelion_jd),
            GM_SUN,
            SUN_CENTRE,
            "",
        )
        orbit._rotation = inertial_frames["ECLIPJ2000"].T
        return kernel()["sun"] + orbit


def perihelion_jd(epoch: float, mean_anomaly: float, semimajor_axis: float) -> float:
    """The perihelion passage next to the epoch (TT Julian days) of an ellipse: degrees, au."""
    turn: float = 365.256898326 * semimajor_axis**1.5  # days: 2π / k, with Gauss' constant k
    signed = (mean_anomaly + 180.0) % 360.0 - 180.0
    return epoch - signed / 360.0 * turn


class OrbitPath(MovingPath):
    """The way of an asteroid or a comet by its elements."""

    def __init__(self, elements: Elements) -> None:
        super().__init__(elements.orbit())


# --- satellites ------------------------------------------------------------------------------------------


class SatellitePath:
    """The way of an Earth satellite by a two-line element set (SGP4)."""

    step = FAST_STEP

    def __init__(self, line1: str, line2: str) -> None:
        self.satellite = EarthSatellite(line1, line2, ts=timescale())

    @property
    def epoch(self) -> datetime:
        made: datetime = self.satellite.epoch.utc_datetime()
        return made

    def along(self, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Raises BadTarget where the orbit has decayed."""
        time = timescale().tt_jd(J2000_JD, t)
        at = self.satellite.at(time)
        if not np.isfinite(at.xyz.au).all():
            raise BadTarget(
                "The satellite's elements give no place for this time: its orbit may have decayed."
            )
        x, y, z = np.einsum("ij...,j...->i...", time.M, at.xyz.au)
        return x, y, z


# --- coordinates for people ------------------------------------------------------------------------------


def icrs_of(body: Any, when: datetime) -> tuple[float, float]:
    """Right ascension and declination in degrees (ICRS, astrometric, from the Earth's centre) of a moving
    body."""
    ra, dec, _ = observed(body, timescale().from_datetime(when)).radec()
    place = float(ra._degrees), float(dec.degrees)
    if not np.isfinite(place).all():
        raise BadTarget(NO_PLACE)
    return place
