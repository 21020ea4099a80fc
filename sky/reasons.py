"""Why a target cannot be observed in a night: sentences with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import asin, degrees, radians, sin
from typing import Any

import numpy as np

from sky.limits import Limits
from sky.night_events import Place
from sky.night_sky import NightSky
from sky.tracks import Spans, Targets
from sky.visibility import Visible, windows_of

# From 90° down to what a person can use: below that an airmass is no number to show.
_LOWEST_AIRMASS_ALTITUDE = 1.0


def why_not(targets: Targets, seen: Visible, limits: Limits, place: Place) -> list[str | None]:
    """Per target the first reason that leaves no window, or None where there is one.

    Asked in this order: darkness, altitude or airmass, altitude while it is dark, hour angle, moonlight, the
    moon's distance.
    """
    hidden = np.flatnonzero(seen.hours <= 0)
    answers: list[str | None] = [None] * targets.count
    if not hidden.size:
        return answers
    if not seen.night.dark:
        return [never_dark(seen.night)] * targets.count
    stages = _stages(targets, seen, limits, place)
    for target in hidden.tolist():
        answers[target] = next(sentence(target) for empty, sentence in stages if empty[target])
    return answers


def _stages(
    targets: Targets, seen: Visible, limits: Limits, place: Place
) -> list[tuple[Any, Callable[[int], str]]]:
    """Pairs: for which targets a limit leaves nothing, and the sentence for one of them."""
    night, alone = (
        seen.night,
        replace(limits, max_hour_angle=None, moon_distance=None, moon_illumination=None),
    )
    up = targets.high(night, alone).within([(night.start, night.end)])
    _, highest = targets.highest(night, _block(night, targets.count))
    near = targets.high(night, replace(alone, max_hour_angle=limits.max_hour_angle)).within(night.dark)
    open_ = windows_of(targets, night, replace(limits, moon_distance=None))
    top = np.degrees(np.arcsin(highest))
    return [
        (_empty(up, targets.count), lambda at: _never_high(limits, place, float(top[at]))),
        (_empty(up.within(night.dark), targets.count), lambda at: _by_day(limits, seen, at)),
        (_empty(near, targets.count), lambda at: _off_the_meridian(limits)),
        (_empty(open_, targets.count), lambda at: _moonlight(limits, seen)),
        (np.ones(targets.count, bool), lambda at: _moon_near(limits, seen, at)),
    ]


def _block(night: NightSky, count: int) -> Spans:
    return Spans(np.full((1, count), night.start), np.full((1, count), night.end))


def _empty(spans: Spans, count: int) -> Any:
    return spans.days() <= 0 if len(spans.start) else np.ones(count, bool)


def never_dark(night: NightSky) -> str:
    lowest = degrees(asin(float(night.sun.min())))
    return (
        f"it does not get dark: the sun sinks to {lowest:.1f}°, and below {night.sun_below:g}° was asked for"
    )


def _from(place: Place) -> str:
    side = "N" if place.latitude >= 0 else "S"
    return f"{abs(place.latitude):.1f}° {side}"


def _wanted(limits: Limits) -> str:
    if limits.lowest > limits.min_altitude:
        return f"airmass {limits.max_airmass:g}"
    return f"{limits.min_altitude:g}°"


def _never_high(limits: Limits, place: Place, top: float) -> str:
    if limits.lowest > limits.min_altitude:
        if top < _LOWEST_AIRMASS_ALTITUDE:
            return f"never below {_wanted(limits)} from {_from(place)}: it stays below the horizon"
        return f"never below {_wanted(limits)} from {_from(place)}: at least {1 / sin(radians(top)):.2f}"
    if top < 0:
        return f"never above {_wanted(limits)} from {_from(place)}: it stays below the horizon"
    return f"never above {_wanted(limits)} from {_from(place)}: at most {top:.1f}°"


def _by_day(limits: Limits, seen: Visible, at: int) -> str:
    side = "below" if limits.lowest > limits.min_altitude else "above"
    highest = float(seen.max_altitude[at])
    while_dark = f"{highest:.1f}°" if highest > 0 else "below the horizon"
    return f"{side} {_wanted(limits)} only while it is not dark: while it is, at most {while_dark}".replace(
        "at most below", "it stays below"
    )


def _off_the_meridian(limits: Limits) -> str:
    return f"within {limits.max_hour_angle:g} h of the meridian only while it is low or not dark"


def _moonlight(limits: Limits, seen: Visible) -> str:
    asked = 100 * (limits.moon_illumination or 0.0)
    lit = 100 * seen.moon_illumination
    return f"the moon is up and {lit:.0f} % lit, and at most {asked:.0f} % was asked for"


def _moon_near(limits: Limits, seen: Visible, at: int) -> str:
    away = f"{seen.moon_distance[at]:.0f}° away"
    return f"the moon is {away}, and at least {limits.moon_distance:g}° was asked for"
