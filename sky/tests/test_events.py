"""The night's events: their names, their definitions, and values published elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from sky.night_events import (
    EVENT_NAMES,
    BadWindow,
    NaiveTime,
    OutsideEphemeris,
    Place,
    from_tai_julian_day,
    night_block_of,
    night_events,
)

FARM = Place(34.459375, -119.681172, "America/Los_Angeles")
DOCUMENTED = """
    Eve Bias Dark|End Eve Bias Dark|Eve Scrn Flats|End Eve Scrn Flats|Ops Window Start|Observing Begins|
    Observing Ends|Cool Down, Open|Eve Sky Flats|Sun Set|Civil Dusk|End Eve Sky Flats|Clock & Auto Focus|
    Naut Dusk|Astro Dark|Middle of Night|End Astro Dark|Final Clock & Auto Focus|Naut Dawn|Morn Sky Flats|
    Civil Dawn|End Morn Sky Flats|Ops Window Closes|Sunrise|Moon Rise|Moon Set
"""


def events_of(place: Place, day: date) -> dict[str, float]:
    return night_events(place, *night_block_of(place, day))


def test_it_works() -> None:
    events = events_of(FARM, date(2026, 11, 20))
    sunset = from_tai_julian_day(events["Sun Set"]).astimezone(FARM.zone)
    assert (sunset.date(), sunset.hour) == (date(2026, 11, 20), 16)
    assert all(type(jd) is float for jd in events.values())


def test_the_names_are_the_documented_ones_and_only_those() -> None:
    documented = {name.strip() for name in DOCUMENTED.split("|")}
    assert len(documented) == 26
    assert set(EVENT_NAMES) == documented
    assert events_of(FARM, date(2026, 11, 20)).keys() == documented


def test_events_come_in_order_of_time() -> None:
    times = list(events_of(FARM, date(2026, 11, 20)).values())
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("name", "base", "minutes"),
    [
        ("Ops Window Start", "Sun Set", -60),
        ("Cool Down, Open", "Ops Window Start", 0.5),
        ("Eve Sky Flats", "Sun Set", -30),
        ("Clock & Auto Focus", "End Eve Sky Flats", 1),
        ("Observing Begins", "Naut Dusk", 5),
        ("Observing Ends", "Naut Dawn", -5),
        ("Final Clock & Auto Focus", "Naut Dawn", -4),
        ("Ops Window Closes", "End Morn Sky Flats", 0.5),
        ("End Eve Scrn Flats", "Ops Window Start", -1.25),
        ("Eve Scrn Flats", "End Eve Scrn Flats", -90),
        ("End Eve Bias Dark", "Eve Scrn Flats", -385 / 60),
        ("Eve Bias Dark", "End Eve Bias Dark", -480),
    ],
)
def test_offsets(name: str, base: str, minutes: float) -> None:
    events = events_of(FARM, date(2026, 5, 2))
    assert (events[name] - events[base]) * 1440 == pytest.approx(minutes, abs=2e-6)


def test_the_middle_of_the_night_is_half_way() -> None:
    events = events_of(FARM, date(2026, 5, 2))
    assert events["Middle of Night"] == pytest.approx((events["Sun Set"] + events["Sunrise"]) / 2, abs=1e-9)


# Published by timeanddate.com for London, to the minute (as quoted in the tests of the astral package).
LONDON = Place(51.508, -0.126, "Europe/London")


@pytest.mark.parametrize(
    ("day", "name", "published"),
    [
        (date(2015, 12, 1), "Civil Dusk", "2015-12-01T16:34"),
        (date(2015, 12, 12), "Civil Dusk", "2015-12-12T16:31"),
        (date(2015, 12, 25), "Naut Dusk", "2015-12-25T17:19"),
        (date(2015, 11, 30), "Civil Dawn", "2015-12-01T07:04"),
        (date(2015, 12, 11), "Naut Dawn", "2015-12-12T06:33"),
        (date(2015, 11, 30), "End Astro Dark", "2015-12-01T05:41"),
        (date(2015, 12, 24), "End Astro Dark", "2015-12-25T06:01"),
    ],
)
def test_published_twilight(day: date, name: str, published: str) -> None:
    expected = datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert abs(from_tai_julian_day(events_of(LONDON, day)[name]) - expected) < timedelta(minutes=1)


# Published by timeanddate.com for 34° N 119° W: the moon's upper limb, a minute or two before our centre.
@pytest.mark.parametrize(
    ("day", "rise", "set_"),
    [
        (date(2020, 8, 1), "2020-08-01T18:53-07:00", "2020-08-02T04:58-07:00"),
        (date(2025, 12, 1), "2025-12-01T14:10-08:00", "2025-12-02T04:03-08:00"),
    ],
)
def test_published_moon(day: date, rise: str, set_: str) -> None:
    events = events_of(Place(34.0, -119.0, "America/Los_Angeles"), day)
    for name, published in (("Moon Rise", rise), ("Moon Set", set_)):
        difference = from_tai_julian_day(events[name]) - datetime.fromisoformat(published)
        assert abs(difference) < timedelta(minutes=3)


def test_a_white_night_keeps_what_happens() -> None:
    events = events_of(Place(62.2, 24.9, "Europe/Helsinki"), date(2026, 6, 20))
    assert events.keys() - {"Moon Rise", "Moon Set"} == {
        "Eve Bias Dark",
        "End Eve Bias Dark",
        "Eve Scrn Flats",
        "End Eve Scrn Flats",
        "Ops Window Start",
        "Cool Down, Open",
        "Eve Sky Flats",
        "Sun Set",
        "Middle of Night",
        "End Morn Sky Flats",
        "Ops Window Closes",
        "Sunrise",
    }


@pytest.mark.parametrize("day", [date(2026, 6, 20), date(2026, 12, 20)])
def test_polar_day_and_polar_night_have_no_sun_events(day: date) -> None:
    events = events_of(Place(-89.0, 139.0, "Australia/Darwin"), day)
    assert events.keys() <= {"Moon Rise", "Moon Set"}


def test_polar_spring_has_a_morning_without_an_evening() -> None:
    pole = Place(89.9, 0.0, "Etc/UTC")
    spring = [events_of(pole, date(2026, 3, day)) for day in range(15, 24)]
    (sunrise,) = [night for night in spring if "Sunrise" in night]
    assert not {"Sun Set", "Middle of Night", "Ops Window Start"} & sunrise.keys()


def test_blocks_share_out_the_crossings_where_noon_is_the_solar_midnight() -> None:
    """Every sunset and sunrise of a week is in one block at most, and no block pairs unrelated ones."""
    place = Place(20.0, 0.0, "Pacific/Auckland")
    week = [events_of(place, date(2026, 6, day)) for day in range(1, 8)]
    for name in ("Sun Set", "Sunrise"):
        times = sorted(night[name] for night in week if name in night)
        assert all(b - a > 0.9 for a, b in pairwise(times))
    assert all(
        night["Sun Set"] < night["Sunrise"] for night in week if {"Sun Set", "Sunrise"} <= night.keys()
    )
    assert all({"Sun Set", "Sunrise"} & night.keys() for night in week)


def test_bad_blocks_are_refused() -> None:
    start, end = night_block_of(FARM, date(2026, 5, 2))
    with pytest.raises(BadWindow, match="begin before it ends"):
        night_events(FARM, end, start)
    with pytest.raises(BadWindow, match="49 hours"):
        night_events(FARM, start, end + timedelta(hours=26))
    with pytest.raises(NaiveTime):
        night_events(FARM, start.replace(tzinfo=None), end)
    with pytest.raises(OutsideEphemeris):
        night_events(FARM, start.replace(year=2060), end.replace(year=2060))


@pytest.mark.parametrize("day", [date(1900, 1, 3), date(2053, 9, 28)])
def test_the_ends_of_the_ephemeris_have_nights(day: date) -> None:
    assert {"Sun Set", "Sunrise", "Astro Dark"} <= events_of(FARM, day).keys()
