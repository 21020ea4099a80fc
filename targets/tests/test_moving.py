"""Orbital elements and two-line elements as people and catalogues write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sky.paths import BadTarget
from targets.moving import elements_of, julian_day, minor_bodies, satellite_of

ISS = (
    "1 25544U 98067A   26330.50000000  .00016717  00000-0  10270-3 0  9006",
    "2 25544  51.6400 208.9163 0006317  69.9862  25.2906 15.50000000    10",
)
VESTA = (
    "00004    3.25  0.15 K25BL  26.80969  151.53711  103.70232    7.14406  0.0901676  0.27158812   2.3615413"
    "  0 MPO964264  7603 112 1821-2025 0.69 M-p 18k MPCORBFIT  4000      (4) Vesta              20250624"
)
HALLEY = (
    "0001P         2061 08 31.8266  0.583972  0.967311  112.5470   59.6368  162.2146  20250501"
    "   4.0  6.0  1P/Halley"
)
HORIZONS = {"EC": 0.0901676, "A": 2.3615413, "IN": 7.14406, "OM": 103.70232, "W": 151.53711, "MA": 26.80969}


def test_one_orbit_in_four_forms() -> None:
    by_line = elements_of(VESTA)
    by_horizons = elements_of({**HORIZONS, "EPOCH": 2461000.5})
    by_mpc = elements_of(
        {"e": ".0901676", "a": "2.3615413", "i": 7.14406, "Node": 103.70232, "Peri": 151.53711, "M": 26.80969,
         "Epoch": "K25BL"}
    )  # fmt: skip
    by_perihelion = elements_of(
        {"e": 0.0901676, "q": by_line.perihelion_distance, "i": 7.14406, "om": 103.70232, "w": 151.53711,
         "tp": by_line.perihelion_jd, "epoch": "2025-11-21"}
    )  # fmt: skip

    assert by_line == by_horizons == by_mpc == by_perihelion


def test_a_comets_line() -> None:
    halley = elements_of(HALLEY)

    assert (halley.perihelion_distance, halley.eccentricity) == (0.583972, 0.967311)
    assert halley.perihelion_jd == julian_day("tp", "2061-08-31.8266")
    assert halley.epoch == julian_day("epoch", "2025-05-01")


@pytest.mark.parametrize(
    ("written", "jd"),
    [(2461000.5, 2461000.5), (61000.0, 2461000.5), ("2025-11-21", 2461000.5), ("K25BL", 2461000.5),
     (20251121.5, 2461001.0), ("2025-11-21.25", 2461000.75)],
)  # fmt: skip
def test_instants(written: object, jd: float) -> None:
    assert julian_day("epoch", written) == pytest.approx(jd)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "elements: e is missing"),
        ({**HORIZONS, "EC": "round"}, "elements: ec must be a number"),
        ({**HORIZONS, "EC": -1}, "elements: ec must be from 0 to 20"),
        ({**HORIZONS, "EC": 1.1}, "elements need q"),
        ({**HORIZONS}, "elements need TP"),
        ({**HORIZONS, "EPOCH": "yesterday"}, "elements: epoch must be a number"),
        ({**HORIZONS, "EPOCH": "2025-13-01"}, "elements: epoch is no date"),
        ({**HORIZONS, "EPOCH": 5.0e6}, "elements: epoch must be a Julian day"),
        ({**HORIZONS, "EPOCH": float("inf")}, "elements: epoch must be a number"),
        ({**HORIZONS, "IN": True, "EPOCH": 61000}, "elements: in must be a number"),
        (5, "elements must be an object"),
        ("a line", "from 103 to 250 characters"),
        ("x" * 150, "must be"),
    ],
)
def test_what_is_wrong_with_elements(given: Any, sentence: str) -> None:
    with pytest.raises(BadTarget) as problem:
        elements_of(given)

    assert sentence in str(problem.value)


def test_the_list_that_comes_along_can_be_read() -> None:
    assert {body.name for body in minor_bodies()} >= {"Ceres", "Vesta", "1P/Halley"}


@pytest.mark.parametrize("given", [list(ISS), "\n".join(ISS), "ISS (ZARYA)\n" + "\n".join(ISS) + "\n"])
def test_a_satellite(given: Any) -> None:
    assert satellite_of(given).epoch.replace(microsecond=0) == datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (7, "tle must be the two lines"),
        ([ISS[0]], "tle must be the two lines"),
        ([ISS[0], 5], "tle must be the two lines"),
        ([ISS[0][:-1], ISS[1]], "line 1 must have 69 characters"),
        ([ISS[1], ISS[0]], "line 1 must have 69 characters and begin with 1"),
        ([ISS[0], ISS[1].replace("51.6400", "51.6500")], "the checksum of line 2 is wrong"),
        ([ISS[0], ISS[1].replace("15.50000000", "99.50000000")[:-1] + "2"], "at most 17.5 turns a day"),
        ([ISS[0], "2 25545" + ISS[1][7:-1] + "1"], "of different satellites"),
    ],
)
def test_what_is_wrong_with_a_satellite(given: Any, sentence: str) -> None:
    with pytest.raises(BadTarget, match=sentence):
        satellite_of(given)
