"""POST /projects/delete-project and delete-scheduler-projects."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Published
from projects import services
from projects.models import Project
from reservations.models import Reservation
from testing.cast import Api, Person, a_project, an_event, at_once, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("before_the_nights")]

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}
ID = "m31#2026-11-20T22:58:14Z"


@pytest.fixture
def _project(api: Api, alice: Person, published: Published) -> None:
    """A project in two events."""
    api.post("/projects/new-project", a_project())
    for day in (1, 2):
        event = an_event(datetime(2026, 12, day, tzinfo=UTC), project_id=ID, event_id=str(day))
        api.post("/calendar/newevent", event, as_=alice)


def in_events() -> list[str]:
    return list(Reservation.objects.order_by("pk").values_list("project_id", flat=True))


@pytest.mark.usefixtures("_project")
def test_it_works(api: Api, alice: Person, published: Published) -> None:
    answer = api.post("/projects/delete-project", KEY, as_=alice)

    assert answer.status_code == 200
    assert api.post("/projects/get-project", KEY).status_code == 404
    assert in_events() == ["none", "none"]
    assert [event["project_id"] for event in published.of("calendar")[2:]] == ["none", "none"]
    assert published.of("projects")[-1]["change"] == "deleted"
    assert api.post("/projects/delete-project", KEY, as_=alice).status_code == 404


@pytest.mark.usefixtures("_project")
def test_others_may_not_and_nothing_changes(
    api: Api, bob: Person, admin: Person, published: Published
) -> None:
    told = len(published)

    refused = api.post("/projects/delete-project", KEY, as_=bob)

    assert (refused.status_code, text(refused)) == (403, "You may only delete your own projects.")
    assert api.post("/projects/delete-project", KEY).status_code == 401
    assert Project.objects.exists()
    assert in_events() == [ID, ID]
    assert len(published) == told
    assert api.post("/projects/delete-project", KEY, as_=admin).status_code == 200


@pytest.mark.usefixtures("_project")
def test_killed_half_way_nothing_changed(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "_push", killed)
    with pytest.raises(KeyboardInterrupt):
        services.remove(Project.objects.get())

    assert Project.objects.exists()
    assert in_events() == [ID, ID]


@pytest.mark.django_db(transaction=True)
def test_deleted_and_observed_at_once_nobody_waits_for_the_other_for_ever(api: Api, alice: Person) -> None:
    api.post("/projects/new-project", a_project())
    event = an_event(datetime(2026, 12, 1, tzinfo=UTC), project_id=ID)
    api.post("/calendar/newevent", event, as_=alice)
    longer = {"originalEvent": event, "modifiedEvent": {"title": "modified"}}
    frame = {**KEY, "exposure_index": 0, "base_filename": "saf-1"}

    def work(number: int) -> int:
        path, body = [
            ("/projects/delete-project", KEY),
            ("/calendar/modifyevent", longer),
            ("/projects/add-project-data", frame),
        ][number % 3]
        return int(Api().post(path, body, as_=alice).status_code)

    answers = at_once(6, work)

    assert sorted(answers[0::3]) == [200, 404]
    assert answers[1::3] == [200, 200]
    assert set(answers[2::3]) <= {200, 404}
    assert not Project.objects.exists()
    assert in_events() == ["none"]


# --- The scheduler's ---------------------------------------------------------------------------------------


def test_only_the_scheduler_s_projects_are_deleted(api: Api, admin: Person, published: Published) -> None:
    """Its importer has no token: whoever calls, people's projects stay."""
    api.post("/projects/new-project", a_project())
    api.post("/projects/new-project", a_project(project_name="m32", origin="LCO"))
    api.post("/projects/new-project", a_project(project_name="m33", origin="lco"))
    event = an_event(datetime(2026, 12, 1, tzinfo=UTC), project_id=ID.replace("m31", "m32"))
    api.post("/calendar/newevent", event, as_=admin)
    ids = [ID, ID.replace("m31", "m32"), "none", "none#", "unknown#2020-01-01T00:00:00Z"]

    answer = api.post("/projects/delete-scheduler-projects", {"project_ids": ids})

    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Delete finished",
        "successful_delete_count": 1,
        "failed_delete_count": 4,
        "failed_ids": [ID, "none", "none#", "unknown#2020-01-01T00:00:00Z"],
    }
    assert set(Project.objects.values_list("project_name", flat=True)) == {"m31", "m33"}
    assert in_events() == ["none"]


def test_strict_mode_closes_that(
    api: Api, bob: Person, admin: Person, settings: Any, published: Published
) -> None:
    api.post("/projects/new-project", a_project(origin="LCO"))
    settings.REQUIRE_SITE_KEYS = True
    body = {"project_ids": [ID]}

    assert api.post("/projects/delete-scheduler-projects", body).status_code == 401
    assert api.post("/projects/delete-scheduler-projects", body, as_=bob).status_code == 401
    deleted = api.post("/projects/delete-scheduler-projects", body, as_=admin).json()
    assert deleted == {
        "message": "Delete finished",
        "successful_delete_count": 1,
        "failed_delete_count": 0,
        "failed_ids": [],
    }


def test_the_same_id_twice_counts_once(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project(origin="LCO"))

    answer = api.post("/projects/delete-scheduler-projects", {"project_ids": [ID, ID]}).json()

    assert (answer["successful_delete_count"], answer["failed_ids"]) == (1, [])


@pytest.mark.parametrize("project_ids", [None, "x", [1], ["x"] * 1001])
def test_bad_input_names_the_field(api: Api, project_ids: Any) -> None:
    answer = api.post("/projects/delete-scheduler-projects", {"project_ids": project_ids})

    assert answer.status_code == 400
    assert text(answer).startswith("project_ids: ")
