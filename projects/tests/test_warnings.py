"""What is kept as it came though a telescope would skip or stumble over it, and what is said about it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Published
from projects import checks, progress
from projects.models import Project
from testing.cast import ALICE, Api, a_project, an_event, an_exposure
from testing.staff import superuser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_nights")]

CONSTRAINTS = a_project()["project_constraints"]
KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}


def without(key: str, of: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name != key}


def test_a_telescope_without_filters_has_the_public_form_leave_them_out(
    api: Api, published: Published
) -> None:
    """Four of thirteen telescopes are such."""
    sent = a_project(exposures=[without("filter", an_exposure("", "3")), an_exposure("w", "1")])

    answer = api.post("/projects/new-project", sent)

    assert answer.status_code == 200
    assert answer.json() == {
        "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
        "new_project": sent,
        "warnings": ["exposures.0.filter: should be text; without it a telescope may skip the exposure."],
    }
    assert api.post("/projects/get-project", KEY).json() == sent


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"created_at": "2026#1"}, "created_at: contains '#'"),
        ({"user_id": 7}, "user_id: should be text."),
        ({"project_constraints": None}, "project_constraints: should be a JSON object"),
        ({"project_constraints": []}, "project_constraints: should be a JSON object"),
        (
            {"project_constraints": without("position_angle", CONSTRAINTS)},
            "project_constraints.position_angle: ",
        ),
        ({"project_constraints": {**CONSTRAINTS, "ra_offset": None}}, "project_constraints.ra_offset: "),
        ({"project_constraints": {**CONSTRAINTS, "dec_offset": ""}}, "project_constraints.dec_offset: "),
        ({"project_constraints": {**CONSTRAINTS, "dec_offset": "nan"}}, "project_constraints.dec_offset: "),
        (
            {"project_constraints": {**CONSTRAINTS, "smart_stack": "true"}},
            "project_constraints.smart_stack: should be true or false",
        ),
        ({"project_constraints": {**CONSTRAINTS, "sub_stack": 1}}, "project_constraints.sub_stack: "),
        ({"project_targets": []}, "project_targets: should be a list with a target"),
        ({"project_targets": None}, "project_targets: should be a list with a target"),
        ({"project_targets": {"name": "M31"}}, "project_targets: should be a list with a target"),
        ({"project_targets": [{"name": "M31", "ra": "0h 42m", "dec": "41"}]}, "project_targets.0.ra: "),
        ({"project_targets": [{"name": "M31", "ra": 0.7}]}, "project_targets.0.dec: "),
        ({"project_targets": ["M31"]}, "project_targets.0: should be a JSON object."),
        ({"project_sites": "saf"}, "project_sites: should be a list."),
        ({"exposures": []}, "exposures: should be a list with an exposure"),
        ({"exposures": "w"}, "exposures: should be a list with an exposure"),
        ({"exposures": [an_exposure("w", "x")]}, "exposures.0.count: should be a number"),
        ({"exposures": [an_exposure("w", "1", exposure=None)]}, "exposures.0.exposure: should be a number"),
        ({"exposures": [an_exposure("w", "1", imtype="")]}, "exposures.0.imtype: should be text"),
        ({"exposures": [an_exposure("w", "1", imtype="dark")]}, "exposures.0.imtype: is 'dark'"),
        ({"exposures": [an_exposure("w", "1"), an_exposure("", "1")]}, "exposures.1.filter: should be text"),
        ({"exposures": [an_exposure("w", "1", filter=None)]}, "exposures.0.filter: should be text"),
        ({"exposures": [an_exposure("w", "1", zoom=2)]}, "exposures.0.zoom: should be text"),
        ({"exposures": ["w"]}, "exposures.0: should be a JSON object."),
        ({"exposures": [an_exposure("w", "1")] * 1001}, "exposures: has more than 1000 entries"),
        ({"remaining": {}}, "remaining: should be a list."),
        ({"project_data": None}, "project_data: should be a list."),
        ({"scheduled_with_events": "1"}, "scheduled_with_events: should be a list."),
    ],
)
def test_what_a_telescope_would_stumble_over_is_kept_and_named(
    api: Api, published: Published, changes: dict[str, Any], says: str
) -> None:
    """And everything that reads the project copes with it: lists, progress, the admin, a frame."""
    sent = a_project(**changes)
    key = {name: sent[name] for name in KEY}

    answer = api.post("/projects/new-project", sent)

    assert answer.status_code == 200, answer.content
    assert answer.json()["new_project"] == api.post("/projects/get-project", key).json() == sent
    [warning] = answer.json()["warnings"]
    assert warning.startswith(says)
    assert api.post("/projects/get-all-projects").json() == [sent]
    assert api.get("/projects/progress", {"user_id": str(sent["user_id"])}).status_code == 200
    staff = superuser()
    page = staff.get(f"/admin/projects/project/{Project.objects.get().pk}/change/")
    assert warning.partition(";")[0].replace("'", "&#x27;") in page.content.decode()
    assert staff.get("/admin/projects/project/").status_code == 200
    frame = {**key, "exposure_index": 0, "base_filename": "saf-1"}
    assert api.post("/projects/add-project-data", frame).status_code == 200
    assert api.post("/projects/add-project-event", {**key, "event_id": "1"}).status_code == 200


def test_three_keys_are_a_project_that_a_telescope_skips(api: Api, published: Published) -> None:
    least = {**KEY, "user_id": "google-oauth2|1"}

    answer = api.post("/projects/new-project", least).json()

    assert answer["new_project"] == least
    assert [warning.partition(":")[0] for warning in answer["warnings"]] == [
        "project_constraints",
        "project_targets",
        "exposures",
    ]


def test_numbers_as_text_are_fine(api: Api, published: Published) -> None:
    numbers = {"ra_offset": "0.5", "dec_offset": "-1e-3", "position_angle": "90"}
    sent = a_project(project_constraints=numbers, exposures=[an_exposure("w", "3", exposure="60.5")])

    assert api.post("/projects/new-project", sent).json()["warnings"] == []


def test_the_scheduler_s_projects_are_run_by_its_own_rules(api: Api, published: Published) -> None:
    """Its importer sends no position angle and image types of its own; telescopes take them elsewhere."""
    exposures = [{"imtype": "EXPOSE", "count": 1, "exposure": 5.0, "zoom": "central30x30"}]
    sent = a_project(origin="LCO", project_constraints={"ra_offset": 0}, exposures=exposures)

    assert api.post("/projects/new-project", sent).json()["warnings"] == []


def test_a_change_that_a_telescope_would_stumble_over_is_kept_too(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())
    body = {**KEY, "project_changes": {"project_constraints": None}}

    answer = api.post("/projects/modify-project", body, as_=ALICE)

    assert answer.json() == {
        "is_successful": True,
        "project": a_project(project_constraints=None),
        "warnings": [
            "project_constraints: should be a JSON object; without it a telescope skips the project."
        ],
    }


def test_a_reservation_that_delivers_it_says_so(api: Api, published: Published) -> None:
    sent = a_project(exposures=[without("filter", an_exposure("", "3"))])
    warnings = api.post("/projects/new-project", sent).json()["warnings"]
    assert len(warnings) == 1
    project_id = "#".join(KEY.values())
    event = an_event(datetime(2026, 11, 22, 4, tzinfo=UTC), project_id=project_id)

    made = api.post("/calendar/newevent", event, as_=ALICE).json()
    changed = {"originalEvent": event, "modifiedEvent": {"title": "M 31"}}
    modified = api.post("/calendar/modifyevent", changed, as_=ALICE).json()
    body = {"project_id": project_id, "events": [event["event_id"]]}
    [put_in] = api.post("/calendar/add-projects-to-events", body).json()
    taken_out = api.post("/calendar/add-projects-to-events", {**body, "project_id": "none"}).json()[0]

    shown = {**event, "creator": "Alice", "creator_id": ALICE.user_id}
    assert made == {
        "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
        "new_calendar_event": {**shown, "last_modified": made["new_calendar_event"]["last_modified"]},
        "warnings": warnings,
    }
    shown |= {"title": "M 31"}
    last_modified = modified["last_modified"]
    assert modified == {**shown, "last_modified": last_modified, "warnings": warnings}
    assert put_in == {**modified, "last_modified": put_in["last_modified"]}
    assert "warnings" not in taken_out


def test_there_are_no_more_of_them_than_anybody_reads() -> None:
    odd: list[Any] = [None] * 5000

    found = checks.warnings(a_project(exposures=odd, project_targets=odd))

    assert len(found) == checks.MOST_WARNINGS


def test_progress_of_a_huge_project_is_a_short_one() -> None:
    """Every frame pushes it to everybody who watches."""
    huge = an_exposure("w" * 10_000, "1e300", imtype={"x": "y" * 10_000}, exposure=["z"] * 10_000)
    document = {"exposures": [huge] * 5000, "remaining": [10**400] * 5000}

    found = progress.of(document).as_json()

    assert len(found["exposures"]) == 1000
    [line, *_] = found["exposures"]
    assert (len(line["filter"]), len(line["imtype"]), line["exposure"]) == (200, 200, None)
    assert (line["wanted"], found["wanted"]) == (10**9, 10**12)
