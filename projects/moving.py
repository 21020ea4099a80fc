"""Targets of projects that move: what a telescope is told of them, which reads `ra` (hours) and `dec`
alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from photonranch.lenient_json import Json
from sky.night_events import SkyError
from sky.paths import BadTarget
from targets.resolving import moving_of


def moves(target: Mapping[str, Json]) -> bool:
    """Whether it says by elements, and not by coordinates, where it is."""
    given = any(target.get(key) is not None for key in ("elements", "tle"))
    return given and all(target.get(key) in (None, "") for key in ("ra", "dec"))


def with_places(document: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The project with the places at `now` of targets that move; nothing that its owner sent is changed.

    A satellite has no place that serves a whole block; it, and what cannot be read, stays as it came.
    """
    targets = document.get("project_targets")
    if not isinstance(targets, list) or not any(
        isinstance(each, Mapping) and moves(each) for each in targets
    ):
        return document
    return {**document, "project_targets": [_placed(target, now) for target in targets]}


def _placed(target: Json, now: datetime) -> Json:
    if not isinstance(target, Mapping) or not moves(target) or target.get("elements") is None:
        return target
    try:
        moving = moving_of(target, now)
        ra, dec = moving.where(now) if moving else (0.0, 0.0)
    except SkyError:
        return target
    return {**target, "ra": round(ra / 15, 7), "dec": round(dec, 6)}


def problem_with(target: Mapping[str, Json], now: datetime) -> str:
    """Why a target that moves cannot be placed, as a sentence; "" when it can."""
    if target.get("elements") is None:
        return "tle: a satellite has no place for a whole block; a telescope cannot point at it."
    try:
        moving = moving_of(target, now)
    except BadTarget as problem:
        return f"{problem}"
    return f"elements: {moving.warning}" if moving and moving.warning else ""
