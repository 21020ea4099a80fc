"""POST /projects/new-project."""

from typing import Any

import pytest

from conftest import Published
from photonranch.testing import ALICE, OTHER_SITE, Api, Person, a_project, an_exposure, at_once, text
from projects.models import Project

pytestmark = pytest.mark.django_db

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}


def test_it_works(api: Api, published: Published) -> None:
    sent = a_project(unknown={"kept": [1.5, "1", None, "ü"]})

    answer = api.post("/projects/new-project", sent)

    assert answer.status_code == 200
    assert answer.json()["new_project"] == sent
    assert api.post("/projects/get-project", KEY).json() == sent
    [pushed] = published.of("projects")
    assert pushed["change"] == "created"
    assert (pushed["wanted"], pushed["taken"], pushed["remaining"], pushed["percent"]) == (33, 0, 33, 0)


def test_three_keys_are_enough(api: Api, published: Published) -> None:
    least = {**KEY, "user_id": "google-oauth2|1"}

    assert api.post("/projects/new-project", least).status_code == 200
    assert api.post("/projects/get-project", KEY).json() == least
    assert not published


@pytest.mark.parametrize("key", ["project_name", "created_at", "user_id"])
def test_a_missing_key_is_named(api: Api, key: str) -> None:
    sent = a_project()
    del sent[key]

    answer = api.post("/projects/new-project", sent)

    assert (answer.status_code, text(answer)) == (400, f"{key}: this key is missing.")


@pytest.mark.parametrize("created_at", ["2022-07-01T23:45:37Z", "2022-07-01T23:45:37.000+00:00", " x "])
@pytest.mark.parametrize("name", ["M 31 ", "Trifid/SRO", "ÅΩ \U0001f52d", "'; --"])
def test_identity_is_kept_byte_for_byte(api: Api, published: Published, name: str, created_at: str) -> None:
    key = {"project_name": name, "created_at": created_at}
    api.post("/projects/new-project", a_project(**key))

    found = api.post("/projects/get-project", key)

    assert found.status_code == 200
    assert {field: found.json()[field] for field in key} == key
    assert api.post("/projects/get-project", {**key, "project_name": name.upper() + "!"}).status_code == 404
    assert text(api.post("/projects/get-project", {**key, "created_at": "x"})) == "Project not found."


def test_nobody_s_project_is_overwritten(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())

    assert api.post("/projects/new-project", a_project()).status_code == 200  # the same one, sent again
    other = api.post("/projects/new-project", a_project(project_note="another"))

    assert other.status_code == 409
    assert text(other).startswith("project_name: ")
    assert Project.objects.get().document["project_note"] == ""
    assert len(published.of("projects")) == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_of_one_identity_at_once_one_is_kept() -> None:
    answers = at_once(
        6, lambda n: Api().post("/projects/new-project", a_project(project_note=str(n))).status_code
    )

    assert sorted(answers) == [200] + [409] * 5
    assert Project.objects.count() == 1


def test_every_site_of_it_is_told(api: Api, published: Published) -> None:
    sites = ["saf", "common pool", OTHER_SITE, "saf", 5, ""]
    api.post("/projects/new-project", a_project(project_sites=sites))

    assert [frame["site"] for frame in published] == ["saf", OTHER_SITE]


# --- What a telescope would skip ---------------------------------------------------------------------------

CONSTRAINTS = a_project()["project_constraints"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"project_name": "m31#2"}, "project_name: must not contain '#'."),
        ({"created_at": "a#b"}, "created_at: must not contain '#'."),
        ({"project_name": ""}, "project_name: must not be empty."),
        ({"project_constraints": {"ra_offset": 0, "dec_offset": 0}}, "project_constraints.position_angle: "),
        ({"project_constraints": {**CONSTRAINTS, "ra_offset": None}}, "project_constraints.ra_offset: "),
        ({"project_constraints": {**CONSTRAINTS, "dec_offset": ""}}, "project_constraints.dec_offset: "),
        (
            {"project_constraints": {**CONSTRAINTS, "smart_stack": "true"}},
            "project_constraints.smart_stack: ",
        ),
        ({"project_constraints": {**CONSTRAINTS, "sub_stack": 1}}, "project_constraints.sub_stack: "),
        ({"project_constraints": []}, "project_constraints: must be a JSON object."),
        ({"project_targets": []}, "project_targets: must name a target."),
        ({"project_targets": [{"name": "M31", "ra": "0h 42m", "dec": "41"}]}, "project_targets.0.ra: "),
        ({"project_targets": [{"name": "M31", "ra": 0.7}]}, "project_targets.0.dec: "),
        ({"project_targets": ["M31"]}, "project_targets.0: "),
        ({"project_sites": "saf"}, "project_sites: must be a list."),
        ({"exposures": [an_exposure("w", "x")]}, "exposures.0.count: must be a number."),
        ({"exposures": [an_exposure("w", "1", exposure=None)]}, "exposures.0.exposure: must be a number."),
        ({"exposures": [an_exposure("w", "1", imtype="")]}, "exposures.0.imtype: must be text."),
        ({"exposures": [an_exposure("w", "1"), an_exposure("", "1")]}, "exposures.1.filter: must be text."),
        ({"exposures": [an_exposure("w", "1", zoom=2)]}, "exposures.0.zoom: must be text."),
        ({"exposures": ["w"]}, "exposures.0: must be a JSON object."),
        ({"exposures": [an_exposure("w", "1")] * 1001}, "exposures: has more than 1000 entries."),
        ({"origin": "LCO", "remaining": [1] * 1001}, "remaining: has more than 1000 entries."),
        ({"origin": "LCO", "project_sites": 5}, "project_sites: must be a list."),
        ({"remaining": {}}, "remaining: must be a list."),
    ],
)
def test_what_a_telescope_would_skip_is_refused_with_a_sentence(
    api: Api, changes: dict[str, Any], says: str
) -> None:
    answer = api.post("/projects/new-project", a_project(**changes))

    assert answer.status_code == 400
    assert text(answer).startswith(says)
    assert not Project.objects.exists()


def test_numbers_as_text_and_calibrations_without_a_filter_are_fine(api: Api, published: Published) -> None:
    numbers = {"ra_offset": "0.5", "dec_offset": "-1e-3", "position_angle": "90"}
    exposures = [an_exposure("w", "3", exposure="60.5"), {"imtype": "dark", "count": 5, "exposure": 60}]

    answer = api.post("/projects/new-project", a_project(project_constraints=numbers, exposures=exposures))

    assert answer.status_code == 200


def test_the_scheduler_s_projects_are_not_held_to_that(api: Api, published: Published) -> None:
    """Its importer sends no position angle and image types of its own; telescopes take them elsewhere."""
    exposures = [{"imtype": "EXPOSE", "count": 1, "exposure": 5.0, "zoom": "central30x30"}]
    sent = a_project(origin="LCO", project_constraints={"ra_offset": 0}, exposures=exposures)

    assert api.post("/projects/new-project", sent).status_code == 200


def test_strict_mode_lets_the_owner(
    api: Api, bob: Person, admin: Person, settings: Any, published: Published
) -> None:
    settings.REQUIRE_SITE_KEYS = True

    assert api.post("/projects/new-project", a_project()).status_code == 401
    assert api.post("/projects/new-project", a_project(), as_=bob).status_code == 401
    assert not Project.objects.exists()
    assert api.post("/projects/new-project", a_project(), as_=ALICE).status_code == 200
    assert api.post("/projects/new-project", a_project(project_name="m32"), as_=admin).status_code == 200
    assert (
        api.post("/projects/new-project", a_project(project_sites=[], project_name="m33")).status_code == 401
    )
