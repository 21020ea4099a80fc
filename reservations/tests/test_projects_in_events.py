"""POST /calendar/add-projects-to-events, remove-project-from-events and scheduler-observations."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Published
from reservations.models import Reservation
from testing.cast import Api, Person, a_project, an_event, text

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)
PROJECT = "m31#2026-11-20T22:58:14Z"


@pytest.fixture
def events(api: Api, alice: Person, published: Published) -> list[dict[str, Any]]:
    sent = [an_event(NIGHT + timedelta(hours=hour)) for hour in range(2)]
    return [api.post("/calendar/newevent", event, as_=alice).json()["new_calendar_event"] for event in sent]


def in_events() -> list[str]:
    return list(Reservation.objects.order_by("start").values_list("project_id", flat=True))


def test_it_works(api: Api, published: Published, events: list[dict[str, Any]]) -> None:
    answer = api.post("/calendar/add-projects-to-events", {"project_id": PROJECT, "events": events})

    assert answer.status_code == 200
    assert in_events() == [PROJECT, PROJECT] == [event["project_id"] for event in answer.json()]
    assert [pushed["project_id"] for pushed in published.of("calendar")[2:]] == [PROJECT, PROJECT]

    ids = [events[0]["event_id"], "unknown"]
    removed = api.post("/calendar/remove-project-from-events", {"events": ids})

    assert (removed.status_code, text(removed)) == (200, "Success")
    assert in_events() == ["none", PROJECT]


def test_nothing_to_do_is_no_mistake(api: Api) -> None:
    """The project form always sends an empty list."""
    answer = api.post("/calendar/add-projects-to-events", {"project_id": "none", "events": []})

    assert (answer.status_code, answer.json()) == (200, [])


def test_an_unknown_event_is_not_made_and_none_is_changed(api: Api, events: list[dict[str, Any]]) -> None:
    body = {"project_id": PROJECT, "events": [events[0], {"event_id": "unknown", "start": "x"}]}
    answer = api.post("/calendar/add-projects-to-events", body)

    assert (answer.status_code, text(answer)) == (404, "events: there is no event unknown.")
    assert in_events() == ["none#", "none#"]


@pytest.mark.parametrize("events", [None, "x", [1], [{}], [None], ["x"] * 1001])
def test_bad_input_names_the_field(api: Api, events: Any) -> None:
    for path in ("add-projects-to-events", "remove-project-from-events"):
        answer = api.post(f"/calendar/{path}", {"project_id": PROJECT, "events": events})

        assert answer.status_code == 400
        assert text(answer).startswith("events: ")


def test_strict_mode_lets_whoever_holds_the_event(
    api: Api,
    alice: Person,
    bob: Person,
    admin: Person,
    settings: Any,
    events: list[dict[str, Any]],
) -> None:
    settings.REQUIRE_SITE_KEYS = True
    body = {"project_id": PROJECT, "events": events}

    for path in ("add-projects-to-events", "remove-project-from-events"):
        assert api.post(f"/calendar/{path}", body).status_code == 401
        assert api.post(f"/calendar/{path}", body, as_=bob).status_code == 401
        assert api.post(f"/calendar/{path}", body, as_=alice).status_code == 200
        assert api.post(f"/calendar/{path}", body, as_=admin).status_code == 200


# --- The scheduler -----------------------------------------------------------------------------------------

WINDOW = {"site": "saf", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}


def test_what_the_scheduler_plans_is_shown(
    api: Api, alice: Person, admin: Person, published: Published
) -> None:
    item = {"id": 7, "state": "PENDING", "name": "m31", "request": {"configurations": []}}
    project = a_project(origin="LCO", full_lco_observation=json.dumps(item))
    api.post("/projects/new-project", project)
    api.post(
        "/projects/new-project", a_project(project_name="broken", origin="LCO", full_lco_observation="{")
    )
    sent = an_event(NIGHT, origin="LCO", project_id=PROJECT, creator_id="", creator="")
    api.post("/calendar/newevent", sent, as_=admin)
    broken = an_event(NIGHT, origin="LCO", project_id=PROJECT.replace("m31", "broken"))
    api.post("/calendar/newevent", broken, as_=admin)
    api.post("/calendar/newevent", an_event(NIGHT, project_id=PROJECT), as_=alice)

    found = api.post("/calendar/scheduler-observations", WINDOW).json()

    assert found == [
        {
            "event_id": sent["event_id"],
            "start": sent["start"],
            "end": sent["end"],
            "observation_state": "PENDING",
            "observation_data": item,
            "created_by": "Ada",
            "user_id": admin.user_id,
        }
    ]


def test_without_a_schedule_it_is_an_empty_list(api: Api) -> None:
    answer = api.post("/calendar/scheduler-observations", {**WINDOW, "site": "nowhere"})

    assert (answer.status_code, answer.json()) == (200, [])
