"""What holds for any place on any night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sky.night_events import (
    EVENING,
    EVENT_NAMES,
    MORNING,
    Altitudes,
    Place,
    altitudes,
    from_tai_julian_day,
    night_block_of,
    night_events,
)

ZONES = [
    "Etc/UTC",
    "America/Los_Angeles",
    "Europe/Helsinki",
    "Pacific/Auckland",
    "Asia/Kolkata",
    "Etc/GMT+12",
]
HALF_MINUTE = 0.13  # degrees, the most a body moves in the half minute between two samples

places = st.builds(
    Place,
    st.one_of(st.floats(-89.9, 89.9), st.sampled_from([-89.9, -89.0, -66.6, 0.0, 48.6, 66.6, 89.0, 89.9])),
    st.floats(-180, 180),
    st.sampled_from(ZONES),
)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def the_night(place: Place, day: date) -> tuple[datetime, datetime, dict[str, float], Altitudes]:
    start, end = night_block_of(place, day)
    return start, end, night_events(place, start, end), altitudes(place, start, end, 30)


@given(places, days)
@example(Place(89.0, 0.0, "Etc/UTC"), date(2026, 9, 24))
@example(Place(67.4, 0.0, "Etc/UTC"), date(2026, 12, 8))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_order(place: Place, day: date) -> None:
    _, _, events, _ = the_night(place, day)
    assert events.keys() <= set(EVENT_NAMES)
    order = [events[name] for name in (*EVENING, *MORNING) if name in events]
    assert order == sorted(order)
    assert ("Middle of Night" in events) == ({"Sun Set", "Sunrise"} <= events.keys())


@given(places, days)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_crossings_lie_in_the_block_at_their_angle(place: Place, day: date) -> None:
    start, end, events, drawn = the_night(place, day)
    angles = [*EVENING.items(), *MORNING.items(), ("Moon Rise", -34 / 60), ("Moon Set", -34 / 60)]
    for name, angle in angles:
        if name in events:
            when = from_tai_julian_day(events[name])
            curve = drawn.moon if name.startswith("Moon") else drawn.sun
            assert start - timedelta(milliseconds=1) <= when <= end + timedelta(milliseconds=1)
            assert abs(np.interp(when.timestamp(), drawn.times, curve) - angle) < 2e-4


@given(places, days)
@example(Place(89.0, 0.0, "Etc/UTC"), date(2026, 9, 24))
@example(Place(67.4, 0.0, "Etc/UTC"), date(2026, 12, 8))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_an_event_is_there_exactly_if_the_curve_crosses(place: Place, day: date) -> None:
    """Curves that come nearer to an angle than the samples can tell may go either way."""
    _, _, events, drawn = the_night(place, day)
    lowest = int(np.argmin(drawn.sun))
    halves = [(EVENING, drawn.sun[: lowest + 1]), (MORNING, drawn.sun[lowest:])]
    for names, half in halves:
        for name, angle in names.items():
            if half.min() < angle - HALF_MINUTE and half.max() > angle + HALF_MINUTE:
                assert name in events
            if half.min() > angle + HALF_MINUTE or half.max() < angle - HALF_MINUTE:
                assert name not in events


@given(places, days)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_moon_rises_and_sets_exactly_if_its_curve_crosses(place: Place, day: date) -> None:
    _, _, events, drawn = the_night(place, day)
    up = drawn.moon > -34 / 60
    for name, crossed in (("Moon Rise", ~up[:-1] & up[1:]), ("Moon Set", up[:-1] & ~up[1:])):
        if crossed.any():
            first = drawn.times[np.argmax(crossed)]
            assert from_tai_julian_day(events[name]).timestamp() <= first + 30.001
        elif np.abs(drawn.moon + 34 / 60).min() > HALF_MINUTE:
            assert name not in events
