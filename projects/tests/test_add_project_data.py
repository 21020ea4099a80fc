"""POST /projects/add-project-data and add-project-event."""

from datetime import timedelta
from typing import Any

import pytest

from conftest import Published
from projects import services
from projects.models import Project
from testing.cast import BEFORE_THE_NIGHTS, Api, Person, a_project, an_event, an_exposure, at_once, text

pytestmark = pytest.mark.django_db

KEY = {"project_name": "m31", "created_at": "2026-11-20T22:58:14Z"}


def report(number: int, index: Any = 0) -> Any:
    frame = {**KEY, "exposure_index": index, "base_filename": f"saf-sq11-20261120-{number:08}"}
    return Api().post("/projects/add-project-data", frame)


def stored() -> dict[str, Any]:
    return dict(Api().post("/projects/get-project", KEY).json())


def test_it_works(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())

    answer = report(1)

    assert (answer.status_code, answer.json()) == (200, {"message": "success"})
    assert stored() == a_project(remaining=[2, "30"], project_data=[["saf-sq11-20261120-00000001"], []])
    pushed = published.of("projects")[-1]
    assert (pushed["taken"], pushed["remaining"], pushed["change"]) == (1, 32, "modified")


def test_the_same_name_twice_counts_once(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())

    assert [report(1).status_code for _ in range(3)] == [200] * 3
    assert stored()["remaining"] == [2, "30"]
    assert len(published.of("projects")) == 2


def test_remaining_never_falls_below_zero(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())

    for number in range(5):
        assert report(number, "0").status_code == 200

    assert stored()["remaining"][0] == 0
    assert len(stored()["project_data"][0]) == 5


@pytest.mark.parametrize("index", [-1, 2, 99, 0.5, "x", None, True, [], "1e400"])
def test_a_bad_index_is_named(api: Api, published: Published, index: Any) -> None:
    api.post("/projects/new-project", a_project())

    answer = report(1, index)

    assert answer.status_code == 400
    assert text(answer).startswith("exposure_index: ")
    assert stored() == a_project()


def test_an_unknown_project_is_not_made(api: Api) -> None:
    answer = report(1)

    assert (answer.status_code, text(answer)) == (404, "Project not found.")
    assert not Project.objects.exists()


@pytest.mark.parametrize(
    "lists",
    [
        {"remaining": [], "project_data": []},
        {"remaining": None, "project_data": None},
        {"remaining": ["x", {}], "project_data": [None, "y"]},
    ],
)
def test_lists_that_are_short_or_odd_are_completed(
    api: Api, published: Published, lists: dict[str, Any]
) -> None:
    """The frontend's lists count rows that its exposures leave out, and old projects have none at all."""
    made = a_project(**{key: value for key, value in lists.items() if value is not None})
    if lists["remaining"] is None:
        del made["remaining"], made["project_data"]
    api.post("/projects/new-project", made)

    report(1, 1)

    assert stored()["remaining"][1] == 29
    assert stored()["project_data"] == [[], ["saf-sq11-20261120-00000001"]]


def test_a_project_without_exposures_counts_by_its_lists(api: Api, published: Published) -> None:
    api.post("/projects/new-project", {**KEY, "user_id": "x", "remaining": ["3"], "project_data": [[]]})

    assert report(1).status_code == 200
    assert report(1, 1).status_code == 400
    assert stored()["remaining"] == [2]


@pytest.mark.django_db(transaction=True)
def test_sixteen_cameras_at_once_lose_nothing(api: Api) -> None:
    api.post("/projects/new-project", a_project(exposures=[an_exposure("w", "64")], remaining=["64"]))

    def work(camera: int) -> list[int]:
        return [report(camera * 10 + frame // 2).status_code for frame in range(6)]  # each frame sent twice

    answers = at_once(16, work)

    assert answers == [[200] * 6] * 16
    assert len(set(stored()["project_data"][0])) == len(stored()["project_data"][0]) == 48
    assert stored()["remaining"] == [16]


def test_strict_mode_lets_the_owner(
    api: Api, alice: Person, bob: Person, settings: Any, published: Published
) -> None:
    api.post("/projects/new-project", a_project())
    settings.REQUIRE_SITE_KEYS = True
    frame = {**KEY, "exposure_index": 0, "base_filename": "saf-1", "event_id": "1"}

    for path in ("add-project-data", "add-project-event"):
        assert api.post(f"/projects/{path}", frame).status_code == 401
        assert api.post(f"/projects/{path}", frame, as_=bob).status_code == 401
        assert api.post(f"/projects/{path}", frame, as_=alice).status_code == 200


# --- Events ------------------------------------------------------------------------------------------------


def test_an_event_is_noted_once(api: Api, published: Published) -> None:
    api.post("/projects/new-project", a_project())
    body = {**KEY, "event_id": "f83y1313-23f8-xxxx-zzzz-yy1351b7a711"}

    first, second = (api.post("/projects/add-project-event", body) for _ in range(2))

    assert first.json() == {"message": "Successfully associated event with project."}
    assert second.json() == {"message": "Event already associated with project."}
    assert (first.status_code, second.status_code) == (200, 200)
    assert stored()["scheduled_with_events"] == [body["event_id"]]


@pytest.mark.django_db(transaction=True)
def test_events_noted_at_once_are_all_kept(api: Api) -> None:
    sent = a_project()
    del sent["scheduled_with_events"]  # as in projects of the first years
    api.post("/projects/new-project", sent)

    at_once(8, lambda n: Api().post("/projects/add-project-event", {**KEY, "event_id": str(n)}))

    assert sorted(stored()["scheduled_with_events"]) == [str(n) for n in range(8)]


def test_it_notes_so_many_events_and_no_more(
    api: Api, alice: Person, published: Published, before_the_nights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not in the calendar makes room: else anybody could fill the list with what they make up."""
    monkeypatch.setattr(services, "MOST_EVENTS", 3)
    api.post("/projects/new-project", a_project(scheduled_with_events=["made up", {"of": "another type"}]))
    events = [an_event(BEFORE_THE_NIGHTS + timedelta(hours=hour)) for hour in range(4)]
    for event in events:
        assert api.post("/calendar/newevent", event, as_=alice).status_code == 200
    ids = [event["event_id"] for event in events]

    answers = [api.post("/projects/add-project-event", {**KEY, "event_id": each}) for each in ids]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    assert text(answers[-1]) == "event_id: 3 events are noted with this project, and more are not kept."
    assert stored()["scheduled_with_events"] == ids[:3]
    again = api.post("/projects/add-project-event", {**KEY, "event_id": ids[0]})
    assert again.json() == {"message": "Event already associated with project."}


def test_an_event_of_an_unknown_project_is_refused(api: Api) -> None:
    assert api.post("/projects/add-project-event", {**KEY, "event_id": "1"}).status_code == 404
    assert text(api.post("/projects/add-project-event", KEY)) == "event_id: this key is missing."
