"""Windows beside astropy's own altitudes: forty targets and places, from pole to pole, stars and what
moves."""

from __future__ import annotations

from datetime import date
from pathlib import Path as File
from typing import Any, NamedTuple

import astropy.units as u
import numpy as np
import pytest
import skyfield_data
from astropy.coordinates import (
    ITRS,
    TEME,
    AltAz,
    CartesianRepresentation,
    EarthLocation,
    HADec,
    SkyCoord,
    get_body,
    solar_system_ephemeris,
)
from astropy.time import Time
from astropy.utils import iers
from sgp4.api import Satrec

from sky.earth import timescale
from sky.ephemeris import J2000_JD
from sky.limits import BadLimits, Limits
from sky.night_events import Place
from sky.night_sky import NightSky, night_over
from sky.paths import Elements, OrbitPath, SatellitePath, Star, StarPath, body_path, kernel, perihelion_jd
from sky.reasons import why_not
from sky.tracks import Moving, Stars, Targets
from sky.visibility import visible, windows_of

iers.conf.auto_download = False
iers.conf.auto_max_age = None

SECOND = 1 / 86400
DE421 = str(File(skyfield_data.__file__).with_name("data") / "de421.bsp")
ISS = (
    "1 25544U 98067A   26330.50000000  .00016717  00000-0  10270-3 0  9009",
    "2 25544  51.6400 208.9163 0006317  69.9862  25.2906 15.50000000    19",
)
CERES = Elements(2.5478, 0.0793, 10.588, 80.25, 73.4, perihelion_jd(2461000.5, 190.0, 2.767), 2461000.5)


class Case(NamedTuple):
    latitude: float
    longitude: float
    target: Any  # (ra, dec), a body's name, "ceres" or "iss"
    day: date
    limits: Limits = Limits()


AUTUMN, SUMMER, SPRING = date(2026, 11, 26), date(2027, 6, 20), date(2027, 3, 18)
CASES = [
    # Stars from pole to pole, over places from pole to pole.
    Case(35.554, -105.870, (10.6847, 41.269), AUTUMN),
    Case(35.554, -105.870, (10.6847, 41.269), AUTUMN, Limits(max_airmass=1.2)),
    Case(35.554, -105.870, (10.6847, 41.269), AUTUMN, Limits(max_hour_angle=1.5)),
    Case(35.554, -105.870, (10.6847, 41.269), AUTUMN, Limits(moon_distance=75)),
    Case(35.554, -105.870, (10.6847, 41.269), AUTUMN, Limits(moon_illumination=0.3)),
    Case(35.554, -105.870, (83.822, -5.391), AUTUMN),
    Case(35.554, -105.870, (201.365, -43.019), SPRING, Limits(min_altitude=10)),  # grazing: 11.4° at most
    Case(35.554, -105.870, (37.95, 89.264), AUTUMN, Limits(min_altitude=30)),
    Case(-31.27, 149.06, (83.822, -5.391), AUTUMN),
    Case(-31.27, 149.06, (317.2, -88.96), SUMMER),
    Case(-31.27, 149.06, (10.6847, 41.269), AUTUMN, Limits(min_altitude=17)),  # grazing
    Case(0.0, 0.0, (0.0, 0.0), AUTUMN),
    Case(0.0, 0.0, (359.99, 89.0), AUTUMN, Limits(min_altitude=0)),
    Case(51.48, 0.0, (279.234, 38.784), SUMMER, Limits(sun_below=-12)),
    Case(51.48, 179.999, (279.234, 38.784), AUTUMN),
    Case(51.48, -179.999, (279.234, 38.784), AUTUMN),
    Case(-16.5, 180.0, (186.65, -63.1), SPRING),
    Case(65.0, 25.0, (88.79, 7.407), AUTUMN),
    Case(65.0, 25.0, (88.79, 7.407), AUTUMN, Limits(min_altitude=32)),
    Case(78.2, 15.6, (78.634, -8.202), AUTUMN, Limits(min_altitude=2)),
    Case(78.2, 15.6, (213.915, 19.182), SUMMER),
    Case(89.0, 0.0, (113.65, 31.888), AUTUMN, Limits(min_altitude=31)),
    Case(89.0, 90.0, (113.65, 31.888), AUTUMN, Limits(min_altitude=31.5)),
    Case(-89.0, 120.0, (95.988, -52.696), SUMMER, Limits(min_altitude=52)),
    Case(-89.0, -60.0, (95.988, -52.696), SUMMER, Limits(max_airmass=1.25)),
    Case(-77.8, 166.7, (95.988, -52.696), SUMMER),
    Case(45.0, 7.0, (269.45, 4.69), SUMMER),
    Case(28.3, -16.5, (83.633, 22.014), AUTUMN, Limits(moon_distance=15)),
    Case(-24.6, -70.4, (266.417, -29.008), SUMMER),
    Case(19.8, -155.5, (114.825, 5.225), SPRING, Limits(max_hour_angle=2)),
    # The solar system, seen from the place.
    Case(35.554, -105.870, "moon", AUTUMN),
    Case(-31.27, 149.06, "moon", SUMMER, Limits(min_altitude=30)),
    Case(65.0, 25.0, "moon", AUTUMN),
    Case(35.554, -105.870, "mars", AUTUMN),
    Case(-31.27, 149.06, "jupiter", AUTUMN, Limits(max_airmass=2)),
    Case(51.48, 0.0, "saturn", AUTUMN, Limits(max_hour_angle=2)),
    Case(0.0, 0.0, "venus", AUTUMN, Limits(min_altitude=10, sun_below=-6)),
    Case(35.554, -105.870, "ceres", AUTUMN),
    Case(-24.6, -70.4, "ceres", SPRING, Limits(moon_distance=60)),
    Case(35.554, -105.870, "iss", AUTUMN, Limits(sun_below=0, min_altitude=10)),
]


def night_of(case: Case) -> NightSky:
    zone = f"Etc/GMT{-round(case.longitude / 15):+d}"
    return night_over(Place(case.latitude, case.longitude, zone), case.day, case.limits.sun_below)


def targets_of(case: Case) -> Targets:
    if isinstance(case.target, tuple):
        return Stars(np.array([[*case.target, 0.0, 0.0, 0.0]]))
    if case.target == "iss":
        return Moving(SatellitePath(*ISS))
    return Moving(OrbitPath(CERES) if case.target == "ceres" else body_path(case.target))


class Astropy:
    """What astropy says of a case: no code of sky's but the time's origin."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.place = EarthLocation.from_geodetic(case.longitude * u.deg, case.latitude * u.deg, 0 * u.m)

    def _time(self, t: Any) -> Time:
        return Time(J2000_JD, t, format="jd", scale="tt")

    def _altaz(self, where: Any, t: Any) -> Any:
        return where.transform_to(AltAz(obstime=self._time(t), location=self.place))

    def _target(self, t: Any) -> Any:
        if isinstance(self.case.target, tuple):
            return SkyCoord(*self.case.target, unit="deg")
        return get_body(self.case.target, self._time(t), self.place, ephemeris=DE421)

    def holds(self, t: Any, slack: float) -> Any:
        """Whether the limits hold at times t; `slack` (degrees) makes them that much wider, or narrower."""
        limits = self.case.limits
        target, sun, moon = (
            self._target(t),
            *(get_body(name, self._time(t), self.place, ephemeris=DE421) for name in ("sun", "moon")),
        )
        seen, moon_seen = self._altaz(target, t), self._altaz(moon, t)
        good = seen.alt.deg >= limits.lowest - slack
        good &= self._altaz(sun, t).alt.deg <= limits.sun_below + slack
        if limits.max_hour_angle is not None:
            good &= np.abs(self._hour_angle(target, t)) <= limits.max_hour_angle * 15 + slack
        if limits.moon_distance is not None:
            good &= seen.separation(moon_seen).deg >= limits.moon_distance - slack
        if limits.moon_illumination is not None and self._lit() > limits.moon_illumination:
            good &= moon_seen.alt.deg <= slack
        return good

    def _hour_angle(self, target: Any, t: Any) -> Any:
        return (
            target.transform_to(HADec(obstime=self._time(t), location=self.place)).ha.wrap_at(180 * u.deg).deg
        )

    def _lit(self) -> float:
        return night_of(self.case).moon_lit


@pytest.mark.parametrize("case", [case for case in CASES if case.target not in ("ceres", "iss")], ids=str)
def test_windows_are_those_of_astropy(case: Case) -> None:
    """Just inside every window's ends (2 s) all limits hold, with a hair's slack; outside one does not.
    Between the ends and in the gaps every fifteen minutes are looked at."""
    night, targets = night_of(case), targets_of(case)
    windows = windows_of(targets, night, case.limits)
    spans = windows.of(0) if len(windows.start) else []
    inside = [t for a, b in spans if b - a > 4 * SECOND for t in (a + 2 * SECOND, b - 2 * SECOND)]
    ends = [edge + sign * 2 * SECOND for a, b in spans for edge, sign in ((a, -1), (b, 1))]
    outside = [t for t in ends if night.start < t < night.end]
    grid = np.arange(night.start + 0.003, night.end, 1 / 96)
    in_some = np.zeros(len(grid), bool)
    for a, b in spans:
        in_some |= (grid > a - 2 * SECOND) & (grid < b + 2 * SECOND)
    at = np.array([*inside, *outside, *grid])
    with solar_system_ephemeris.set(DE421):
        strict, loose = Astropy(case).holds(at, -1e-7), Astropy(case).holds(at, 1e-7)

    n, m = len(inside), len(inside) + len(outside)
    assert loose[:n].all()
    assert not strict[n:m].any()
    away = np.array([all(abs(t - edge) > 3 * SECOND for a, b in spans for edge in (a, b)) for t in grid])
    assert (loose[m:][away] >= in_some[away]).all()
    assert (strict[m:][away] <= in_some[away]).all()


def test_the_cases_see_both_answers() -> None:
    """Some have windows, two of a night among them, and some have none."""
    counts = [
        len(found.of(0)) if len(found.start) else 0
        for found in (windows_of(targets_of(case), night_of(case), case.limits) for case in CASES)
    ]

    assert len(CASES) == 40
    assert {0, 1, 2} <= set(counts)


@pytest.mark.parametrize(
    ("body", "arc_seconds"),
    # astropy has the moon 0.8″ from where skyfield has it, which JPL's Horizons confirm to a thousandth.
    [("moon", 0.9), ("mars", 0.3), ("jupiter", 0.3), ("venus", 0.3), ("neptune", 0.3)],
)
def test_altitudes_of_bodies_are_those_of_astropy(body: str, arc_seconds: float) -> None:
    place = Place(35.554, -105.870, "America/Denver")
    location = EarthLocation.from_geodetic(place.longitude, place.latitude, 0)
    t = np.array([9826.3, 9826.8])
    when = Time(J2000_JD, t, format="jd", scale="tt")
    seen = get_body(body, when, location, ephemeris=DE421)
    there = seen.transform_to(AltAz(obstime=when, location=location)).alt.deg

    sine = Moving(body_path(body)).sines(night_over(place, AUTUMN), t)

    assert np.degrees(np.arcsin(sine)) == pytest.approx(there, abs=arc_seconds / 3600)


@pytest.mark.parametrize(
    "star",
    [
        Star(10.6847, 41.269),
        Star(269.452, 4.6934, -801.55, 10362.39, 548.3),  # Barnard's
        Star(316.7, 38.75, 4156.9, 3259.4, 285.9),  # 61 Cygni
        Star(37.95, 89.264, 44.5, -11.9, 7.5),
    ],
)
@pytest.mark.parametrize("latitude", [-89.0, -31.3, 0.0, 35.5, 89.0])
def test_altitudes_of_stars_are_those_of_astropy(star: Star, latitude: float) -> None:
    location = EarthLocation.from_geodetic(-105.87, latitude, 0)
    night = night_over(Place(latitude, -105.87, "America/Denver"), AUTUMN)
    t = np.linspace(night.start, night.end, 9)
    when = Time(J2000_JD, t, format="jd", scale="tt")
    there = (
        SkyCoord(
            star.ra * u.deg,
            star.dec * u.deg,
            distance=1000 / star.parallax * u.pc if star.parallax else None,
            pm_ra_cosdec=star.pm_ra * u.mas / u.yr,
            pm_dec=star.pm_dec * u.mas / u.yr,
            obstime=Time("J2000"),
        )
        if star.parallax
        else SkyCoord(star.ra * u.deg, star.dec * u.deg)
    )
    moved = there.apply_space_motion(new_obstime=when[4]) if star.parallax else there
    wanted = moved.transform_to(AltAz(obstime=when, location=location)).alt.deg

    for targets in (Moving(StarPath(star)), Stars(np.array([[*_row(star)]]))):
        ours = (
            targets.sines(night, t) if isinstance(targets, Moving) else targets.sines(night, t[:, None])[:, 0]
        )
        assert np.degrees(np.arcsin(ours)) == pytest.approx(wanted, abs=0.3 / 3600)


def _row(star: Star) -> tuple[float, ...]:
    return star.ra, star.dec, star.pm_ra, star.pm_dec, star.parallax


def test_a_satellite_stands_where_astropy_has_it() -> None:
    """TEME to the horizon by astropy's own transformations, within 1″."""
    place, t = Place(35.554, -105.870, "America/Denver"), 9826.51234
    when = Time(J2000_JD, t, format="jd", scale="tt")
    utc = when.utc
    error, km, _ = Satrec.twoline2rv(*ISS).sgp4(utc.jd1, utc.jd2)
    location = EarthLocation.from_geodetic(place.longitude, place.latitude, 0)
    teme = TEME(CartesianRepresentation(np.array(km) * u.km), obstime=when)
    itrs = teme.transform_to(ITRS(obstime=when))
    seen = itrs.cartesian.xyz - location.get_itrs(when).cartesian.xyz
    unit = (seen / np.linalg.norm(seen)).value
    phi, lam = np.radians([place.latitude, place.longitude])
    zenith = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])

    sine = Moving(SatellitePath(*ISS)).sines(night_over(place, AUTUMN), np.array([t]))[0]

    assert error == 0
    assert np.degrees(np.arcsin(sine)) == pytest.approx(np.degrees(np.arcsin(unit @ zenith)), abs=1 / 3600)


def test_an_asteroid_follows_keplers_laws() -> None:
    """Beside a plain solution of Kepler's equation; heliocentric, in the ecliptic's axes."""
    t = 9826.0
    a = CERES.perihelion_distance / (1 - CERES.eccentricity)
    mean = 2 * np.pi * (t + J2000_JD - CERES.perihelion_jd) / (365.256898326 * a**1.5)
    anomaly = mean
    for _ in range(30):
        anomaly = mean + CERES.eccentricity * np.sin(anomaly)
    flat = a * np.array(
        [np.cos(anomaly) - CERES.eccentricity, np.sqrt(1 - CERES.eccentricity**2) * np.sin(anomaly), 0]
    )

    def turn(degrees: float, axis: int) -> Any:
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return np.array(
            [[c, -s, 0], [s, c, 0], [0, 0, 1]] if axis == 2 else [[1, 0, 0], [0, c, -s], [0, s, c]]
        )

    obliquity = 84381.448 / 3600
    wanted = (
        turn(obliquity, 0) @ turn(CERES.node, 2) @ turn(CERES.inclination, 0) @ turn(CERES.argument, 2) @ flat
    )
    time = timescale().tt_jd(J2000_JD, t)
    ours = CERES.orbit().at(time).xyz.au - kernel()["sun"].at(time).xyz.au

    assert ours == pytest.approx(wanted, abs=2e-6)  # 0.2″ from here


# --- Many, and the reasons ---------------------------------------------------------------------------------


def test_many_stars_have_the_windows_that_each_has_alone() -> None:
    random = np.random.default_rng(1)
    rows = np.zeros((60, 5))
    rows[:, 0], rows[:, 1] = random.uniform(0, 360, 60), np.degrees(np.arcsin(random.uniform(-1, 1, 60)))
    night = night_over(Place(35.554, -105.870, "America/Denver"), AUTUMN)
    for limits in (Limits(), Limits(moon_distance=70, max_hour_angle=3), Limits(moon_illumination=0.1)):
        together = visible(Stars(rows), night, limits)
        for at, row in enumerate(rows):
            sampled = visible(Moving(StarPath(Star(row[0], row[1]))), night, limits)
            assert together.hours[at] == pytest.approx(float(sampled.hours[0]), abs=2 / 3600)
            assert together.max_altitude[at] == pytest.approx(float(sampled.max_altitude[0]), abs=1e-4)


REASONS = [
    (35.554, (10.0, -70.0), Limits(), "never above 15° from 35.6° N: it stays below the horizon"),
    (35.554, (10.0, -46.0), Limits(), "never above 15° from 35.6° N: at most 8.6°"),
    (-35.0, (10.0, 41.0), Limits(max_airmass=2), "never below airmass 2 from 35.0° S: at least 4.18"),
    (
        35.554,
        (255.0, 20.0),
        Limits(min_altitude=40),
        "above 40° only while it is not dark: while it is, at most 15.3°",
    ),
    (
        35.554,
        (245.0, -26.0),
        Limits(),
        "above 15° only while it is not dark: while it is, it stays below the horizon",
    ),
    (
        35.554,
        (150.0, 20.0),
        Limits(max_hour_angle=0.01, min_altitude=85),
        "never above 85° from 35.6° N: at most 74.3°",
    ),
    (
        35.554,
        (215.0, 60.0),
        Limits(max_hour_angle=0.1),
        "within 0.1 h of the meridian only while it is low or not dark",
    ),
    (
        35.554,
        (150.0, 20.0),
        Limits(moon_illumination=0.1),
        "the moon is up and 90 % lit, and at most 10 % was asked for",
    ),
    (35.554, (100.0, 25.0), Limits(moon_distance=90), "away, and at least 90° was asked for"),
]


@pytest.mark.parametrize(("latitude", "star", "limits", "sentence"), REASONS)
def test_why_not(latitude: float, star: tuple[float, float], limits: Limits, sentence: str) -> None:
    place = Place(latitude, -105.870, "America/Denver")
    targets, night = Stars(np.array([[*star, 0, 0, 0]])), night_over(place, AUTUMN)

    (reason,) = why_not(targets, visible(targets, night, limits), limits, place)

    assert reason is not None
    assert reason.endswith(sentence)


def test_a_polar_summer_has_no_night() -> None:
    place = Place(78.2, 15.6, "Arctic/Longyearbyen")
    targets, night = Stars(np.array([[213.9, 19.2, 0, 0, 0]])), night_over(place, SUMMER)
    seen = visible(targets, night, Limits())

    assert night.dark == []
    assert seen.hours.tolist() == [0.0]
    assert np.isnan(seen.max_altitude[0])
    assert why_not(targets, seen, Limits(), place) == [
        "it does not get dark: the sun sinks to 11.6°, and below -18° was asked for"
    ]


def test_what_can_be_observed_has_no_reason() -> None:
    place = Place(35.554, -105.870, "America/Denver")
    targets, night = Stars(np.array([[10.68, 41.27, 0, 0, 0]])), night_over(place, AUTUMN)

    assert why_not(targets, visible(targets, night, Limits()), Limits(), place) == [None]


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({"min_altitude": 91.0}, "min_altitude must be a number from -5 to 90, not 91.0."),
        ({"max_airmass": 0.5}, "max_airmass must be a number from 1 to 40, not 0.5."),
        ({"moon_illumination": float("nan")}, "moon_illumination must be a number from 0 to 1, not nan."),
    ],
)
def test_limits_have_ranges(limits: dict[str, float], sentence: str) -> None:
    with pytest.raises(BadLimits, match=sentence.replace(".", r"\.")):
        Limits(**limits)
