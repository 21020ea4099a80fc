"""What a project may be called, and what in it a telescope would skip or stumble over.

A project is refused only where it could not be kept or named. Everything else is kept as it came, and
`warnings` says what will come of it: the public form leaves out what four of thirteen telescopes do not have,
scripts send some of the constraints, and telescopes cope with most of it.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils import timezone

from photonranch.errors import BadRequest
from photonranch.excerpts import quoted
from photonranch.lenient_json import Json
from projects.moving import moves, problem_with

# What events say that have no project: `none`, `none#`, `none#undefined`.
NO_PROJECT, NO_DATE = "none", "undefined"
# Of exposures, and of targets, that are looked at: progress is counted and pushed per exposure.
MOST_ENTRIES = 1000
MOST_WARNINGS = 100
OFFSETS = ("ra_offset", "dec_offset", "position_angle")
# Compared with true and false by the telescope: the text "true" would mean no.
SWITCHES = ("smart_stack", "sub_stack")
TEXTS = ("project_name", "created_at", "user_id")
LISTS = ("project_sites", "remaining", "project_data", "scheduled_with_events")
EXPOSED = "light"


def check_name(project_name: str) -> None:
    """Events name a project as `project_name#created_at`, and telescopes split that at the first `#`.

    What clients write into events that have no project is no project's name.
    """
    if project_name == NO_PROJECT:
        raise BadRequest("project_name: 'none' means that there is no project; please choose another name.")
    if "#" in project_name:
        raise BadRequest("project_name: must not contain '#'.")


def check_created_at(created_at: str) -> None:
    if created_at == NO_DATE:
        raise BadRequest("created_at: 'undefined' is what clients send for no date; it must be one.")


def warnings(document: Mapping[str, Json]) -> list[str]:
    """Sentences, each of which names the field that a telescope would skip or stumble over."""
    return list(islice(_warnings(document), MOST_WARNINGS))


def _warnings(document: Mapping[str, Json]) -> Iterator[str]:
    yield from _identity(document)
    yield from _constraints(document.get("project_constraints"))
    yield from _targets(document.get("project_targets"))
    yield from _exposures(document.get("exposures"))
    for key in LISTS:
        if key in document and not isinstance(document[key], list):
            yield f"{key}: should be a list."


def _identity(document: Mapping[str, Json]) -> Iterator[str]:
    for key in TEXTS:
        if not isinstance(document.get(key), str):
            yield f"{key}: should be text."
    if "#" in str(document.get("created_at")):
        yield "created_at: contains '#', where telescopes cut it off; they will not find the project."


def _constraints(constraints: Json) -> Iterator[str]:
    if not isinstance(constraints, dict):
        yield "project_constraints: should be a JSON object; without it a telescope skips the project."
        return
    for key in OFFSETS:
        if not _is_number(constraints.get(key)):
            yield f"project_constraints.{key}: should be a number; without it a telescope skips the project."
    for key in SWITCHES:
        if not isinstance(constraints.get(key, True), bool):
            yield f"project_constraints.{key}: should be true or false; a telescope takes this for no."


def _targets(targets: Json) -> Iterator[str]:
    if not isinstance(targets, list) or not targets:
        yield "project_targets: should be a list with a target; without it a telescope takes nothing."
        return
    for index, target in enumerate(targets[:MOST_ENTRIES]):
        if not isinstance(target, dict):
            yield f"project_targets.{index}: should be a JSON object."
            continue
        if moves(target):
            if problem := problem_with(target, timezone.now()):
                yield f"project_targets.{index}.{problem}"
            continue
        for key in ("ra", "dec"):
            if not _is_number(target.get(key)):
                yield f"project_targets.{index}.{key}: should be a number; a telescope cannot point at it."


def _exposures(exposures: Json) -> Iterator[str]:
    if not isinstance(exposures, list) or not exposures:
        yield "exposures: should be a list with an exposure; without it a telescope takes nothing."
        return
    if len(exposures) > MOST_ENTRIES:
        yield f"exposures: has more than {MOST_ENTRIES} entries; progress is counted for the first of them."
    for index, exposure in enumerate(exposures[:MOST_ENTRIES]):
        yield from (f"exposures.{index}{problem}" for problem in _exposure(exposure))


def _exposure(exposure: Json) -> Iterator[str]:
    if not isinstance(exposure, dict):
        yield ": should be a JSON object."
        return
    for key in ("count", "exposure"):
        if not _is_number(exposure.get(key)):
            yield f".{key}: should be a number; a telescope cannot take it."
    imtype = exposure.get("imtype")
    if not isinstance(imtype, str) or not imtype:
        yield ".imtype: should be text; a telescope takes only 'light' for a project."
    elif imtype != EXPOSED:
        yield f".imtype: is {quoted(imtype)}; a telescope takes only 'light' for a project."
    elif not isinstance(exposure.get("filter"), str) or not exposure["filter"]:
        yield ".filter: should be text; without it a telescope may skip the exposure."
    if not isinstance(exposure.get("zoom", ""), str):
        yield ".zoom: should be text; without it a telescope takes its full field."


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and abs(float(value)) < 1e300
    except (TypeError, ValueError, OverflowError):
        return False
