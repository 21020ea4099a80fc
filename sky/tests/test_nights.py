"""Many nights at once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from itertools import pairwise

import pytest

from sky import ephemeris
from sky.night_events import BadWindow, Night, OutsideEphemeris, Place, night_block_of, night_events, nights

FARM = Place(34.459375, -119.681172, "America/Los_Angeles")


def test_it_works() -> None:
    first, second = nights(FARM, date(2026, 10, 31), 2)
    assert isinstance(first, Night)
    assert (first.date, first.start, first.end) == (
        date(2026, 10, 31),
        *night_block_of(FARM, date(2026, 10, 31)),
    )
    assert (second.date, second.start) == (date(2026, 11, 1), first.end)
    assert first.events["Sunrise"] < second.events["Sun Set"]


@pytest.mark.parametrize(
    "place", [FARM, Place(68.0, 25.0, "Europe/Helsinki"), Place(-89.5, 0.0, "Pacific/Auckland")]
)
def test_each_is_the_night_alone(place: Place) -> None:
    """All 400 together cross two changes of year; every seventh is compared."""
    together = nights(place, date(2025, 12, 20), 400)
    assert [night.date for night in together] == [date(2025, 12, 20) + timedelta(days=n) for n in range(400)]
    for night in together[::7]:
        assert night.events == pytest.approx(night_events(place, night.start, night.end), abs=2e-9)
        assert list(night.events.values()) == sorted(night.events.values())


def test_no_crossing_is_told_twice() -> None:
    for place in (FARM, Place(66.6, -180.0, "Asia/Tokyo")):
        events = [night.events for night in nights(place, date(2026, 1, 1), 365)]
        for name in ("Sun Set", "Sunrise", "Moon Rise", "Moon Set"):
            times = [night[name] for night in events if name in night]
            assert all(b > a + 0.5 for a, b in pairwise(times))


def test_a_skipped_day_is_a_night_without_events() -> None:
    before, skipped, after = nights(Place(-13.8, -171.8, "Pacific/Apia"), date(2011, 12, 29), 3)
    assert skipped.start == skipped.end
    assert skipped.events == {}
    assert before.events["Sunrise"] < after.events["Sun Set"]
    assert nights(Place(-13.8, -171.8, "Pacific/Apia"), date(2011, 12, 30), 1)[0].events == {}


@pytest.mark.parametrize("count", [0, -1, 401])
def test_only_1_to_400_nights(count: int) -> None:
    with pytest.raises(BadWindow, match="from 1 to 400"):
        nights(FARM, date(2026, 1, 1), count)


@pytest.mark.parametrize("first", [date.min, date.max, date(2053, 9, 1)])
def test_nights_outside_the_ephemeris_are_refused(first: date) -> None:
    with pytest.raises(OutsideEphemeris):
        nights(FARM, first, 60)


def test_threads_share_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[int] = []
    real = ephemeris._nodes

    def counted(t: ephemeris.Floats) -> ephemeris.Floats:
        built.append(len(t))
        return real(t)

    monkeypatch.setattr(ephemeris, "_nodes", counted)
    ephemeris._year_table.cache_clear()
    answers: list[list[Night]] = []
    barrier = threading.Barrier(6)

    def ask() -> None:
        barrier.wait()
        answers.append(nights(FARM, date(2031, 3, 1), 3))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_the_tables_kept_are_few() -> None:
    for year in range(2001, 2012):
        nights(FARM, date(year, 6, 1), 1)
    assert ephemeris._year_table.cache_info().currsize <= 8
