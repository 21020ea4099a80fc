"""How the Earth turns: UT1 and the pole, as the IERS measured and foretold them.

The table is finals2000A.all (IERS Bulletin A) out of the package astropy-iers-data, which is renewed every
week and reaches a year ahead. The table inside skyfield is older: it was 0.17 s off in November 2026, which
is 2.5″ in every direction. Beyond its end skyfield's long-term splines go on for UT1, and the last pole is
kept.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from skyfield.data import iers
from skyfield.timelib import Timescale

Floats = NDArray[np.float64]

J2000_JD: Final = 2451545.0
_MJD_ZERO: Final = date(1858, 11, 17)


class EarthTable(NamedTuple):
    """Modified Julian days (UTC), the pole's x and y (arc seconds), and UT1 − UTC (seconds), a row a day."""

    utc_mjd: Floats
    x: Floats
    y: Floats
    dut1: Floats


@lru_cache(maxsize=1)
def earth_table() -> EarthTable:
    """The days that were measured or foretold, from 1973 to about a year after the package was made."""
    with _table_file().open("rb") as table:
        rows = iers.parse_x_y_dut1_from_finals_all(table)
    return EarthTable(rows["utc_mjd"], rows["x_arcseconds"], rows["y_arcseconds"], rows["dut1"])


def table_ends() -> date:
    """The last day that the table foretells."""
    return _MJD_ZERO + timedelta(days=int(earth_table().utc_mjd[-1]))


@lru_cache(maxsize=1)
def timescale() -> Any:
    """skyfield's Timescale with this table's UT1 and pole."""
    table = earth_table()
    daily_tt, delta_t, leap_dates, leap_offsets = iers.build_timescale_arrays(table.utc_mjd, table.dut1)
    scale = Timescale((daily_tt, delta_t), leap_dates, leap_offsets)
    scale.polar_motion_table = (daily_tt, table.x, table.y)
    return scale


def pole(tt_days: Floats) -> Floats:
    """x and y of the pole in radians, shaped (2, …) as the TT days since J2000; beyond the table its
    end's."""
    tt, x, y = timescale().polar_motion_table
    when = tt_days + J2000_JD
    return np.radians(np.stack([np.interp(when, tt, x), np.interp(when, tt, y)]) / 3600)


def _table_file() -> Path:
    spec = find_spec("astropy_iers_data")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "The package astropy-iers-data, which tells how the Earth turns, is missing."
        )
    return Path(spec.origin).with_name("data") / "finals2000A.all"
