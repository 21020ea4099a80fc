"""UT1 and the pole, against astropy's own reading of the same table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from astropy.time import Time
from astropy.utils import iers

from sky import earth
from sky.ephemeris import Observer, Table, check_place, table


@pytest.mark.parametrize("day", ["1992-03-01T05:00:00", "2001-09-09T01:46:40", "2026-11-26T13:00:00"])
def test_ut1_and_the_pole_are_those_of_the_iers(day: str) -> None:
    when, table = Time(day, scale="utc"), iers.IERS_A.open(iers.IERS_A_FILE)

    dut1 = earth.timescale().tt_jd(when.tt.jd).dut1
    pole = np.degrees(earth.pole(np.array(when.tt.jd - earth.J2000_JD))) * 3600

    # astropy takes Bulletin B's values where the table has them: 0.002″ from these in old years.
    assert dut1 == pytest.approx(table.ut1_utc(when).to_value("s"), abs=1e-4)
    assert pole == pytest.approx([each.to_value("arcsec") for each in table.pm_xy(when)], abs=2e-3)


def test_the_table_reaches_ahead() -> None:
    """The package is pinned: whoever upgrades it late finds out here, and operators in /readyz."""
    assert earth.table_ends() > date(2027, 6, 1)


def test_beyond_the_table_the_last_pole_is_kept() -> None:
    last = earth.pole(np.array([20_000.0]))

    assert (last == earth.pole(np.array([30_000.0]))).all()
    assert np.abs(last).max() < np.radians(0.8 / 3600)


@pytest.mark.parametrize("longitude", [0.0, 90.0, -150.0])
def test_the_pole_tilts_a_place_as_its_turned_zenith_does(longitude: float) -> None:
    """Towards a far body the sine is the product with the zenith, turned by R2(x) R1(y) exactly."""
    x, y = np.radians(np.array([0.4, -0.3]) / 3600)
    check_place(50.0, longitude)
    phi, lam = np.radians([50.0, longitude])
    zenith = np.array([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    first = np.array([[1, 0, 0], [0, np.cos(y), np.sin(y)], [0, -np.sin(y), np.cos(y)]])
    second = np.array([[np.cos(x), 0, -np.sin(x)], [0, 1, 0], [np.sin(x), 0, np.cos(x)]])
    towards = np.array([0.3, -0.5, 0.81])
    towards /= np.linalg.norm(towards)

    far = [np.array([component * 1e7]) for component in towards]
    observer = Observer.at(50.0, longitude)
    sine = observer.sine_towards(far[0], far[1], far[2], np.array([0.0]), np.array([[x], [y]]))

    # The Earth turns the place: aberration by up to 0.3″ is on top.
    assert sine[0] == pytest.approx(float(towards @ second @ first @ zenith), abs=1.6e-6)
    without = observer.sine_towards(far[0], far[1], far[2], np.array([0.0]), np.zeros((2, 1)))
    assert sine[0] - without[0] == pytest.approx(
        float(towards @ (second @ first @ zenith - zenith)), abs=1e-11
    )


def test_nights_around_new_year_share_their_table() -> None:
    """0.8 MB of it, which every site's night would keep otherwise."""
    new_year = 9861.5

    assert table(new_year - 2, new_year + 1) is table(new_year - 1, new_year + 2)


def test_a_table_knows_the_pole_of_its_times() -> None:
    table = Table(0, np.zeros((4, 2, 8, 4)), np.arange(8.0).reshape(2, 4))

    assert table.pole_at(np.array([[0.1, 0.6], [1.2, 1.7]])).tolist() == [
        [[0.0, 1.0], [2.0, 3.0]],
        [[4.0, 5.0], [6.0, 7.0]],
    ]
