"""POST /projects/new-project."""

from typing import Any

import pytest

from conftest import Published
from projects.models import Project
from testing.cast import ALICE, OTHER_SITE, Api, Person, a_project, at_once, text

pytestmark = pytest.mark.django_db

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}


def test_it_works(api: Api, published: Published) -> None:
    sent = a_project(unknown={"kept": [1.5, "1", None, "ü"]})

    answer = api.post("/projects/new-project", sent)

    assert answer.status_code == 200
    assert answer.json() == {
        "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
        "new_project": sent,
        "warnings": [],
    }
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


# --- What could not be kept or named -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"project_name": "m31#2"}, "project_name: must not contain '#'."),
        ({"project_name": "none"}, "project_name: 'none' means that there is no project"),
        ({"created_at": "undefined"}, "created_at: 'undefined' is what clients send for no date"),
        *(({key: ""}, f"{key}: must not be empty.") for key in ("project_name", "created_at", "user_id")),
        *(
            ({key: None}, f"{key}: this key must not be null.")
            for key in ("project_name", "created_at", "user_id")
        ),
        *(({key: {}}, f"{key}: must be text.") for key in ("project_name", "created_at", "user_id")),
        ({"project_name": "x" * 256}, "project_name: is longer than 255 characters."),
        ({"created_at": "x" * 65}, "created_at: is longer than 64 characters."),
        ({"user_id": "x" * 256}, "user_id: is longer than 255 characters."),
    ],
)
def test_what_could_not_be_kept_or_named_is_refused_with_a_sentence(
    api: Api, changes: dict[str, Any], says: str
) -> None:
    answer = api.post("/projects/new-project", a_project(**changes))

    assert answer.status_code == 400
    assert text(answer).startswith(says)
    assert not Project.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b'"m31"', b"7", b"null", b"{"])
def test_no_object_is_no_project(api: Api, body: bytes) -> None:
    answer = api.post("/projects/new-project", body)

    assert answer.status_code == 400
    assert text(answer)
    assert not Project.objects.exists()


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
