"""Coordinates as people type them; galactic ones and J-names beside astropy."""

import astropy.units as u
import pytest
from astropy.coordinates import SkyCoord

from targets.coordinates import readings

M31 = (10.6846, 41.2692)


@pytest.mark.parametrize(
    "text",
    [
        "00 42 44.3 +41 16 09",
        "00:42:44.3 +41:16:09",
        "00:42:44.3, +41:16:09",
        "0h42m44.3s +41d16m9s",
        "0h42m44.3s 41d16m9s",
        "00h 42m 44.3s, +41° 16′ 09″",
        "RA=00:42:44.3 Dec=+41:16:09",
        "00 42.738 +41 16.15",
        "10.6846d +41.2692d",
        "10.6846deg 41.2692deg",
        "J004244.3+411609",
        "j2000 00 42 44.3 +41 16 09",
        "0h42m44.3s +41°16'09''",
        "00 42 44.3 41 16 09",
        "0.712306h +41.2692",
    ],
)
def test_m31_in_every_usual_form(text: str) -> None:
    ((ra, dec, _),) = readings(text)

    assert (ra, dec) == pytest.approx(M31, abs=2e-4)


def test_a_decimal_pair_has_two_readings() -> None:
    assert readings("5.5881 -5.39") == [
        (5.5881, -5.39, "degrees"),
        (pytest.approx(83.8215), -5.39, "hours and degrees"),
    ]
    assert readings("210.8, 54.35") == [(210.8, 54.35, "degrees")]


@pytest.mark.parametrize(
    "text", ["l=121.17 b=-21.57", "gal 121.17 -21.57", "G121.17-21.57", "galactic 121.17, -21.57"]
)
def test_galactic(text: str) -> None:
    there = SkyCoord(121.17 * u.deg, -21.57 * u.deg, frame="galactic").icrs
    ((ra, dec, how),) = readings(text)

    assert (ra, dec) == pytest.approx(
        (there.ra.deg, there.dec.deg), abs=2e-5
    )  # the poles of FK5 and Hipparcos
    assert how == "galactic"


@pytest.mark.parametrize(("text", "dec"), [("00 42 44 −00 30 00", -0.5), ("00 42 44 -0 0 30", -30 / 3600)])
def test_a_declination_just_south(text: str, dec: float) -> None:
    assert readings(text)[0].dec == pytest.approx(dec)


@pytest.mark.parametrize(
    "text",
    [
        "", "M31", "10.68", "1 2 3", "24 00 00 +10 00 00", "00 60 00 +10 00 00", "00 42 44 +91 00 00",
        "1..2 3",
        "00 42.5 44 +41 16 09", "-1 20", "1e3 20", "１０ ２０", "J0042+4160", "J9900+4100", "nan nan", "+ +",
        "0d42h 3", "361 0", "1 2 3 4 5 6 7 8", "00 42 44 +41 16 09 +3", "l=1", "gal 10 95", "x" * 1000,
    ],
)  # fmt: skip
def test_what_is_no_coordinates(text: str) -> None:
    assert readings(text) == []
