"""TAI Julian days and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sky.night_events import NaiveTime, OutsideEphemeris, from_tai_julian_day, tai_julian_day
from sky.tests import reference as reference


@pytest.mark.parametrize(
    ("when", "jd", "ahead"),
    [
        (datetime(2026, 11, 21, tzinfo=UTC), 2461365.5, 37),
        (datetime(2017, 1, 1, tzinfo=UTC), 2457754.5, 37),
        (datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC), 2457754.5 - 1 / 86400, 36),
        (datetime(1999, 1, 1, tzinfo=UTC), 2451179.5, 32),
        (datetime(1980, 1, 6, tzinfo=UTC), 2444244.5, 19),
        (datetime(1972, 1, 1, tzinfo=UTC), 2441317.5, 10),
    ],
)
def test_tai_is_ahead_of_utc(when: datetime, jd: float, ahead: int) -> None:
    assert (tai_julian_day(when) - jd) * 86400 == pytest.approx(ahead, abs=1e-4)
    assert tai_julian_day(when) == pytest.approx(reference.tai_jd(when), abs=1e-9)


def test_a_leap_second_makes_a_day_longer() -> None:
    before, after = (tai_julian_day(datetime(2016, 12, 31, tzinfo=UTC) + timedelta(days=n)) for n in (0, 1))
    assert (after - before - 1) * 86400 == pytest.approx(1, abs=1e-4)


def test_the_leap_second_itself_becomes_the_next() -> None:
    midnight = datetime(2017, 1, 1, tzinfo=UTC)
    within = tai_julian_day(midnight) - 0.5 / 86400
    assert abs(from_tai_julian_day(within) - midnight) <= timedelta(seconds=0.5001)


@given(st.integers(min_value=-2_200_000_000, max_value=4_000_000_000))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_there_and_back(seconds: int) -> None:
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    back = from_tai_julian_day(tai_julian_day(when))
    assert back.tzinfo is UTC
    assert abs(back - when) < timedelta(microseconds=60)


def test_the_zone_of_the_time_does_not_matter() -> None:
    when = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert tai_julian_day(when.astimezone(timezone(timedelta(hours=-9)))) == tai_julian_day(when)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTime):
        tai_julian_day(datetime(2026, 11, 21))


@pytest.mark.parametrize("jd", [1e300, float("nan"), float("inf"), -1.0])
def test_what_no_calendar_holds_is_refused(jd: float) -> None:
    with pytest.raises(OutsideEphemeris):
        from_tai_julian_day(jd)
