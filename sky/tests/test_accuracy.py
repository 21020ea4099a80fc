"""Every crossing against skyfield's own positions and a direct root search, from pole to pole."""

from __future__ import annotations

from datetime import date

import pytest

from sky.night_events import Place, night_block_of, night_events
from sky.tests import reference as reference

PLACES = [
    Place(0.0, -78.5, "America/Guayaquil"),
    Place(20.0, -155.5, "Pacific/Honolulu"),
    Place(-20.0, -70.4, "America/Santiago"),
    Place(34.0, -119.7, "America/Los_Angeles"),
    Place(-34.0, 149.1, "Australia/Sydney"),
    Place(45.0, 7.0, "Europe/Paris"),
    Place(-45.0, 170.5, "Pacific/Auckland"),
    Place(60.0, 25.0, "Europe/Helsinki"),
    Place(-60.0, -45.6, "America/Argentina/Ushuaia"),
    Place(66.0, -180.0, "Asia/Anadyr"),
    Place(-66.0, 110.5, "Australia/Perth"),
    Place(70.0, 180.0, "Asia/Kamchatka"),
    Place(-70.0, 39.6, "Asia/Dubai"),
    Place(80.0, -86.4, "America/Toronto"),
    Place(-80.0, -25.0, "Atlantic/South_Georgia"),
    Place(89.0, 0.0, "Etc/UTC"),
    Place(-89.0, 139.3, "Pacific/Auckland"),
    # The clocks' noon is the sun's evening, morning and midnight.
    Place(31.0, -111.0, "Asia/Karachi"),
    Place(-30.7, 21.4, "Pacific/Honolulu"),
    Place(52.0, 0.0, "Pacific/Auckland"),
]
# The first two nights hold the changes of clocks in America and Europe, the third one in the south.
DAYS = [date(2026, 3, 7), date(2026, 3, 28), date(2026, 4, 4), date(2026, 6, 20), date(2026, 9, 20)]
DAYS += [date(2026, 10, 24), date(2026, 10, 31), date(2027, 1, 9)]
# Each place takes every other day.
NIGHTS = [(place, day) for n, place in enumerate(PLACES) for day in DAYS[n % 2 :: 2]]


@pytest.mark.parametrize(("place", "day"), NIGHTS, ids=[f"{p.latitude:g} {d}" for p, d in NIGHTS])
def test_crossings_are_right(place: Place, day: date) -> None:
    start, end = night_block_of(place, day)

    events = night_events(place, start, end)

    expected = reference.expected_events(place, start, end)
    assert reference.crossing_names(events) == expected.keys()
    errors = {name: abs(events[name] - jd) * 86400 for name, jd in expected.items()}
    assert max(errors.values(), default=0.0) < 0.02, errors


def test_the_nights_together_hold_every_kind_of_crossing() -> None:
    """So that none of the comparisons above is empty for want of cases."""
    seen = [
        reference.crossing_names(night_events(place, *night_block_of(place, day))) for place, day in NIGHTS
    ]
    assert set().union(*seen) == {*reference.EVENING, *reference.MORNING, "Moon Rise", "Moon Set"}
    assert sum(map(len, seen)) > 400
