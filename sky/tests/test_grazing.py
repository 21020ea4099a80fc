"""Crossings minutes or seconds apart, found by searching the latitude where a body just touches an angle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from scipy.optimize import brentq

from sky.night_events import EVENING, MORNING, Place, moon_times, night_block_of, night_events
from sky.tests import reference as reference
from sky.tests.reference import Curve

ARCSECOND = 1 / 3600


def place(latitude: float, longitude: float = 0.0) -> Place:
    return Place(latitude, longitude, "Etc/UTC")


def touching(
    body: str,
    angle: float,
    around: datetime,
    between: tuple[float, float],
    extreme: Callable[[Curve], float],
    longitude: float = 0.0,
) -> Place:
    """Where, between two latitudes, the extreme altitude within 40 minutes of `around` is the angle."""

    def excess(latitude: float) -> float:
        margin = timedelta(minutes=40)
        curve = Curve(place(latitude, longitude), body, around - margin, around + margin, minutes=2)
        return extreme(curve) - angle

    return place(brentq(excess, *between, xtol=1e-10), longitude)


def peak(curve: Curve, sign: int = 1) -> float:
    """The extreme value, by a parabola through the highest sample and its neighbours."""
    y = sign * curve.y
    i = int(y.argmax())
    a, b, c = y[i - 1], y[i], y[i + 1]
    return float(sign * (b + (a - c) ** 2 / (8 * (2 * b - a - c))))


def trough(curve: Curve) -> float:
    return peak(curve, -1)


def reference_crossings(
    at: Place, body: str, angle: float, around: datetime, minutes: int = 40
) -> list[reference.Crossing]:
    margin = timedelta(minutes=minutes)
    return Curve(at, body, around - margin, around + margin, minutes=0.1).crossings(angle)[angle]


@pytest.mark.parametrize("depth", [600.0, 5.0, 0.5, 0.05])
@pytest.mark.parametrize(
    ("angle", "between", "dusk", "dawn"),
    [
        (-18.0, (47.0, 50.0), "Astro Dark", "End Astro Dark"),
        (-12.0, (53.0, 56.0), "Naut Dusk", "Naut Dawn"),
        (-0.25, (65.0, 68.0), "Sun Set", "Sunrise"),
    ],
)
def test_the_sun_dips_below_an_angle(
    angle: float, between: tuple[float, float], dusk: str, dawn: str, depth: float
) -> None:
    midnight = datetime(2026, 6, 22, 0, 2, tzinfo=UTC)
    at = touching("sun", angle - depth * ARCSECOND, midnight, between, trough)
    expected = reference_crossings(at, "sun", angle, midnight)
    assert [c.rising for c in expected] == [False, True]

    events = night_events(at, *night_block_of(at, date(2026, 6, 21)))

    errors = [abs(events[name] - c.jd) * 86400 for name, c in zip((dusk, dawn), expected, strict=True)]
    assert max(errors) < 0.1
    assert events[dusk] < events[dawn]


@pytest.mark.parametrize("clearance", [600.0, 5.0, 0.05])
def test_the_sun_stays_just_above_an_angle(clearance: float) -> None:
    midnight = datetime(2026, 6, 22, 0, 2, tzinfo=UTC)
    at = touching("sun", -18 + clearance * ARCSECOND, midnight, (47.0, 50.0), trough)

    events = night_events(at, *night_block_of(at, date(2026, 6, 21)))

    assert "Astro Dark" not in events
    assert "End Astro Dark" not in events
    assert {"Sun Set", "Naut Dusk", "Naut Dawn", "Sunrise", "Middle of Night"} <= events.keys()


POLAR = (66.0, 69.0)
DECEMBER_NOON = datetime(2026, 12, 9, 11, 52, tzinfo=UTC)  # on the meridian of Greenwich
JANUARY_NOON = datetime(2027, 1, 5, 11, 49, tzinfo=UTC)  # 4° east of it


def test_a_short_day_over_the_edge_of_the_block() -> None:
    """The sun is up from a quarter of an hour before the clocks' noon until a few minutes after it."""
    at = touching("sun", -0.25 + 50 * ARCSECOND, DECEMBER_NOON, POLAR, peak)
    start, end = night_block_of(at, date(2026, 12, 9))
    rise, set_ = reference_crossings(at, "sun", -0.25, start)
    assert rise.jd < reference.tai_jd(start) < set_.jd

    today = night_events(at, start, end)
    yesterday = night_events(at, *night_block_of(at, date(2026, 12, 8)))

    assert abs(today["Sun Set"] - set_.jd) * 86400 < 0.1
    assert abs(yesterday["Sunrise"] - rise.jd) * 86400 < 0.1


def test_the_first_short_day_at_the_end_of_the_block() -> None:
    """The sun comes back for minutes before noon: the rise is this night's morning, the set is no evening."""
    at = touching("sun", -0.25 + 5 * ARCSECOND, JANUARY_NOON, POLAR, peak, longitude=4.0)
    start, end = night_block_of(at, date(2027, 1, 4))
    rise, set_ = reference_crossings(at, "sun", -0.25, end)
    assert rise.jd < set_.jd < reference.tai_jd(end)

    events = night_events(at, start, end)

    assert abs(events["Sunrise"] - rise.jd) * 86400 < 0.1
    assert not {"Sun Set", "Ops Window Start", "Eve Bias Dark", "Middle of Night"} & events.keys()
    assert events["Civil Dusk"] < events["Astro Dark"] < events["End Astro Dark"] < events["Civil Dawn"]


def test_no_day_at_all() -> None:
    at = touching("sun", -0.25 - 0.05 * ARCSECOND, DECEMBER_NOON, POLAR, peak)

    events = night_events(at, *night_block_of(at, date(2026, 12, 9)))

    assert not {"Sun Set", "Sunrise", "Eve Sky Flats"} & events.keys()
    assert {
        "Civil Dusk",
        "Naut Dusk",
        "Astro Dark",
        "End Astro Dark",
        "Naut Dawn",
        "Civil Dawn",
    } <= events.keys()


MOON_TOP = datetime(2026, 4, 8, 4, 20, tzinfo=UTC)  # the moon culminates in the south
MOON_LATITUDES = (55.0, 70.0)
SIX_HOURS = timedelta(hours=6)


@pytest.mark.parametrize("height", [300.0, 5.0, 0.5])
def test_the_moon_just_rises(height: float) -> None:
    at = touching("moon", reference.MOON + height * ARCSECOND, MOON_TOP, MOON_LATITUDES, peak)
    rise, set_ = reference_crossings(at, "moon", reference.MOON, MOON_TOP)

    events = night_events(at, *night_block_of(at, date(2026, 4, 7)))
    (stay,) = moon_times(at.latitude, at.longitude, MOON_TOP - SIX_HOURS, MOON_TOP + SIX_HOURS)

    assert abs(events["Moon Rise"] - rise.jd) * 86400 < 0.1
    assert abs(events["Moon Set"] - set_.jd) * 86400 < 0.1
    assert abs(reference.tai_jd(stay.rise) - rise.jd) * 86400 < 0.1
    assert stay.rise < stay.transit < stay.set


def test_the_moon_just_fails_to_rise() -> None:
    at = touching("moon", reference.MOON - 0.05 * ARCSECOND, MOON_TOP, MOON_LATITUDES, peak)

    events = night_events(at, *night_block_of(at, date(2026, 4, 7)))

    assert not {"Moon Rise", "Moon Set"} & events.keys()
    assert not moon_times(at.latitude, at.longitude, MOON_TOP - SIX_HOURS, MOON_TOP + SIX_HOURS)


def test_several_passages_of_one_angle_in_a_night() -> None:
    """Near the pole the day's swing is small: the crossings next to the lowest sun count."""
    pole = Place(89.0, 0.0, "Etc/UTC")
    events = {day: night_events(pole, *night_block_of(pole, date(2026, 9, day))) for day in range(18, 31)}
    evenings = [day for day, night in events.items() if "Sun Set" in night]
    mornings = [day for day, night in events.items() if "Sunrise" in night]
    assert len(evenings) > len(mornings) > 2
    assert set(mornings) <= set(evenings)
    for night in events.values():
        times = [night[name] for name in (*EVENING, *MORNING) if name in night]
        assert times == sorted(times)
