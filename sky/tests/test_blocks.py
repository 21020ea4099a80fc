"""The block from local noon to local noon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sky.night_events import NaiveTime, OutsideEphemeris, Place, night_block, night_block_of, night_events

FARM = Place(34.46, -119.68, "America/Los_Angeles")
LA = ZoneInfo("America/Los_Angeles")


def test_it_works() -> None:
    start, end = night_block(FARM, datetime(2026, 11, 21, 3, 0, tzinfo=UTC))
    assert start == datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    assert end == datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    assert start.tzinfo is end.tzinfo is UTC


def test_noon_begins_a_block() -> None:
    noon = datetime(2026, 11, 21, 12, 0, tzinfo=LA)
    assert night_block(FARM, noon)[0] == noon
    assert night_block(FARM, noon - timedelta(microseconds=1))[1] == noon


def test_the_time_may_come_in_any_zone() -> None:
    when = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    elsewhere = when.astimezone(timezone(timedelta(hours=13)))
    assert night_block(FARM, elsewhere) == night_block(FARM, when)


@pytest.mark.parametrize(
    ("day", "hours", "zone"),
    [
        (date(2026, 3, 7), 23, "America/Los_Angeles"),
        (date(2026, 10, 31), 25, "America/Los_Angeles"),
        (date(2026, 3, 28), 23, "Europe/Berlin"),
        (date(2026, 4, 4), 25, "Australia/Sydney"),
        (date(2026, 10, 3), 23.5, "Australia/Lord_Howe"),
        (date(2026, 11, 20), 24, "Asia/Kathmandu"),
    ],
)
def test_noon_is_the_local_noon_when_the_clocks_change(day: date, hours: float, zone: str) -> None:
    place = Place(0.0, 0.0, zone)
    start, end = night_block_of(place, day)
    assert end - start == timedelta(hours=hours)
    assert [moment.astimezone(place.zone).hour for moment in (start, end)] == [12, 12]
    assert night_block(place, end - timedelta(hours=1)) == (start, end)


def test_events_of_a_long_block_lie_in_it_and_are_not_those_of_a_day_later() -> None:
    start, end = night_block_of(FARM, date(2026, 10, 31))
    longer = night_events(FARM, start, end)
    shorter = night_events(FARM, start, end - timedelta(hours=1))
    assert longer["Sun Set"] == pytest.approx(shorter["Sun Set"], abs=1e-9)
    assert longer["Sunrise"] == pytest.approx(shorter["Sunrise"], abs=1e-9)


def test_a_day_that_a_zone_skipped_is_an_empty_block() -> None:
    apia = Place(-13.8, -171.8, "Pacific/Apia")
    start, end = night_block_of(apia, date(2011, 12, 30))
    assert start == end
    assert night_events(apia, start, end) == {}
    before = datetime(2011, 12, 30, 18, 0, tzinfo=UTC)  # already the 31st by the clock, before its noon
    assert night_block(apia, before) == night_block_of(apia, date(2011, 12, 29))


@given(
    st.integers(min_value=-2_177_000_000, max_value=2_619_000_000),  # 1901 to 2052
    st.sampled_from(
        ["America/Los_Angeles", "Australia/Sydney", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Tehran"]
    ),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_moment_lies_in_one_block(seconds: int, zone: str) -> None:
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    place = Place(10.0, 20.0, zone)
    start, end = night_block(place, when)
    assert start <= when < end
    assert night_block_of(place, start.astimezone(place.zone).date()) == (start, end)
    assert night_block(place, end)[0] == end


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveTime, match="time zone"):
        night_block(FARM, datetime(2026, 11, 21, 3, 0))


@pytest.mark.parametrize("year", [1, 1899, 2054, 9999])
def test_years_outside_the_ephemeris_are_refused(year: int) -> None:
    with pytest.raises(OutsideEphemeris, match="1900-01-02 to 2053-09-30"):
        night_block(FARM, datetime(year, 1, 1, tzinfo=UTC))
    with pytest.raises(OutsideEphemeris):
        night_block_of(FARM, date(year, 12, 31))
