"""What a project must look like so that a telescope observes it, and does not silently skip it.

Only what is there is checked: a project without exposures or constraints is a draft. Numbers may come as
text, as forms send them. The scheduler's own projects are run by its rules, not by these.
"""

from collections.abc import Mapping
from typing import Any

from photonranch.errors import BadRequest
from photonranch.jsontext import Json

# What events say that have no project: `none`, `none#`, `none#undefined`.
NO_PROJECT, NO_DATE = "none", "undefined"
# Progress is counted and pushed per entry.
MOST_ENTRIES = 1000
OFFSETS = ("ra_offset", "dec_offset", "position_angle")
# Compared with true and false by the telescope: the text "true" would mean no.
SWITCHES = ("smart_stack", "sub_stack")
LISTS = (
    "project_targets",
    "project_sites",
    "exposures",
    "remaining",
    "project_data",
    "scheduled_with_events",
)


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
    if "#" in created_at:
        raise BadRequest("created_at: must not contain '#'.")


def check_lists(document: Mapping[str, Json]) -> None:
    """What this server itself goes through, and pages read without looking."""
    for key in LISTS:
        entries = document.get(key, [])
        if not isinstance(entries, list):
            raise BadRequest(f"{key}: must be a list.")
        if len(entries) > MOST_ENTRIES:
            raise BadRequest(f"{key}: has more than {MOST_ENTRIES} entries.")


def check(document: Mapping[str, Json]) -> None:
    """Raises BadRequest with a sentence that names the first field that a telescope would stumble over."""
    _check_constraints(document.get("project_constraints", {}), given="project_constraints" in document)
    _check_targets(document.get("project_targets"))
    for index, exposure in enumerate(document.get("exposures", [])):
        _check_exposure(f"exposures.{index}", exposure)


def _check_constraints(constraints: Json, *, given: bool) -> None:
    if not isinstance(constraints, dict):
        raise BadRequest("project_constraints: must be a JSON object.")
    for key in OFFSETS if given else ():
        _check_number(f"project_constraints.{key}", constraints.get(key))
    for key in SWITCHES:
        if not isinstance(constraints.get(key, True), bool):
            raise BadRequest(f"project_constraints.{key}: must be true or false, not text.")


def _check_targets(targets: Json) -> None:
    if targets == []:
        raise BadRequest("project_targets: must name a target.")
    for index, target in enumerate(targets or []):
        if not isinstance(target, dict):
            raise BadRequest(f"project_targets.{index}: must be a JSON object.")
        for key in ("ra", "dec"):
            _check_number(f"project_targets.{index}.{key}", target.get(key))


def _check_exposure(path: str, exposure: Json) -> None:
    if not isinstance(exposure, dict):
        raise BadRequest(f"{path}: must be a JSON object.")
    for key in ("count", "exposure"):
        _check_number(f"{path}.{key}", exposure.get(key))
    texts = ("imtype", "filter") if exposure.get("imtype") == "light" else ("imtype",)
    for key in texts:
        if not exposure.get(key) or not isinstance(exposure[key], str):
            raise BadRequest(f"{path}.{key}: must be text.")
    # Left out, the telescope takes its full field.
    if not isinstance(exposure.get("zoom", ""), str):
        raise BadRequest(f"{path}.zoom: must be text.")


def _check_number(path: str, value: Any) -> None:
    try:
        if isinstance(value, bool) or not abs(float(value)) < 1e300:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        raise BadRequest(f"{path}: must be a number.") from None
