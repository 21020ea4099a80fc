"""Which project an event delivers, whoever names what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Published
from projects.models import Project
from reservations import links
from reservations.models import LinkedBy, Reservation
from sitecfg import keys
from testing.cast import OTHER_SITE, Api, Person, a_project, an_event, at_once, text, utc

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)
CREATED_AT = "2026-11-20T22:58:14Z"
WINDOW = {"start": utc(NIGHT), "end": utc(NIGHT + timedelta(days=1)), "full_project_details": True}
NOT_FOUND = "Project not found."


def project(api: Api, name: str = "m31", **changes: Any) -> str:
    answer = api.post("/projects/new-project", a_project(project_name=name, **changes))
    assert answer.status_code == 200, answer.content
    return f"{name}#{CREATED_AT}"


def reserve(api: Api, who: Person, project_id: str = "none#", **changes: Any) -> dict[str, Any]:
    sent = an_event(NIGHT, project_id=project_id, **changes)
    answer = api.post("/calendar/newevent", sent, as_=who)
    assert answer.status_code == 200, answer.content
    event: dict[str, Any] = answer.json()["new_calendar_event"]
    return event


def seen(api: Api, site: str = "saf") -> list[Any]:
    """What the events of a site deliver: a project's name, that there is none, or nothing at all."""
    events = api.post("/calendar/siteevents", {"site": site, **WINDOW}).json()
    projects = [event.get("project") for event in events]
    return [found["project_name"] if isinstance(found, dict) else found for found in projects]


def put_in(api: Api, project_id: str, event: dict[str, Any], who: Person | None = None) -> Any:
    body = {"project_id": project_id, "events": [event["event_id"]]}
    return api.post("/calendar/add-projects-to-events", body, as_=who)


def texts() -> list[str]:
    return list(Reservation.objects.order_by("pk").values_list("project_id", flat=True))


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    mine = project(api)
    event = reserve(api, alice, mine)

    assert (event["project_id"], seen(api)) == (mine, ["m31"])
    assert Reservation.objects.get().linked_project == Project.objects.get()


def test_in_another_s_time_a_project_is_not_delivered(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    """Whoever names it: it reads as an unknown one does, and the text comes back as it was sent."""
    mine = project(api)
    event = reserve(api, bob, mine)
    assert (event["project_id"], seen(api)) == (mine, [NOT_FOUND])

    for who in (None, alice, bob):
        assert put_in(api, mine, event, who).json()[0]["project_id"] == mine
        assert seen(api) == [NOT_FOUND]


def test_an_admin_a_site_s_key_and_the_scheduler_put_in_what_they_like(
    api: Api, bob: Person, admin: Person, scheduler: Person, published: Published
) -> None:
    mine = project(api)
    event = reserve(api, bob, mine)
    for who, by in ((admin, LinkedBy.ADMIN), (scheduler, LinkedBy.SCHEDULER)):
        put_in(api, mine, event, who)
        assert (seen(api), Reservation.objects.get().linked_by) == (["m31"], by)
        put_in(api, "none", event)

    _, key = keys.make("site", "saf")
    body = {"project_id": mine, "events": [event]}
    api.send("POST", "/calendar/add-projects-to-events", body, Authorization=f"Bearer {key}")
    assert (seen(api), Reservation.objects.get().linked_by) == (["m31"], LinkedBy.SITE)


def test_who_named_it_first_does_not_take_another_s_right_away(
    api: Api, bob: Person, admin: Person, published: Published
) -> None:
    """Put in again by somebody who could not have: it stays what the admin put in."""
    mine = project(api)
    event = reserve(api, bob, mine)
    put_in(api, mine, event, admin)

    put_in(api, mine, event)
    api.post("/calendar/modifyevent", {"originalEvent": event, "modifiedEvent": event}, as_=bob)

    assert seen(api) == ["m31"]


# --- What comes later under the same name ------------------------------------------------------------------


def test_what_is_made_under_a_name_later_waits_until_it_is_put_in(
    api: Api, alice: Person, published: Published
) -> None:
    """Whoever makes it: a body may claim any owner."""
    later = f"m31#{CREATED_AT}"
    event = reserve(api, alice, later)
    project(api)
    assert (seen(api), event["project_id"]) == ([NOT_FOUND], later)

    changed = {"originalEvent": event, "modifiedEvent": {"title": "Longer"}}
    api.post("/calendar/modifyevent", changed, as_=alice)
    assert seen(api) == [NOT_FOUND]

    put_in(api, later, event, alice)
    assert seen(api) == ["m31"]


def test_deleted_and_made_again_it_is_another(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    mine = project(api)
    reserve(api, alice, mine, event_id="1")
    reserve(api, bob, mine, event_id="2", site=OTHER_SITE)
    key = {"project_name": "m31", "created_at": CREATED_AT}

    assert api.post("/projects/delete-project", key, as_=alice).status_code == 200
    assert texts() == ["none", mine]
    project(api, user_id=bob.user_id)

    assert (seen(api), seen(api, OTHER_SITE)) == ([None], [NOT_FOUND])


def test_a_new_name_takes_its_own_events_along_and_leaves_the_old_one_free(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    mine = project(api)
    reserve(api, alice, mine, event_id="1")
    reserve(api, bob, mine, event_id="2", site=OTHER_SITE)
    key = {"project_name": "m31", "created_at": CREATED_AT}
    changes = {"project_changes": {"project_name": "Andromeda"}}

    assert api.post("/projects/modify-project", {**key, **changes}, as_=alice).status_code == 200
    project(api)

    assert texts() == [f"Andromeda#{CREATED_AT}", mine]
    assert (seen(api), seen(api, OTHER_SITE)) == (["Andromeda"], [NOT_FOUND])


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_saved_again_unchanged_an_event_takes_in_what_is_its_creator_s_and_nothing_else(
    api: Api, alice: Person, bob: Person, admin: Person, published: Published, who: str
) -> None:
    """The frontend sends the whole event when somebody drags it: an admin who does has put nothing in."""
    caller = {"alice": alice, "admin": admin}[who]
    project(api, "hers")
    project(api, "his", user_id=bob.user_id)
    for name, found in (("hers", "hers"), ("his", NOT_FOUND)):
        event = reserve(api, alice, f"{name}#{CREATED_AT}")
        Reservation.objects.update(linked_project=None)  # as if the project had come later
        api.post("/calendar/modifyevent", {"originalEvent": event, "modifiedEvent": event}, as_=caller)
        assert seen(api) == [found]
        api.post("/calendar/delete", event, as_=alice)


def test_the_word_of_a_site_does_not_count_at_another(
    api: Api, bob: Person, admin: Person, published: Published
) -> None:
    mine = project(api)
    event = reserve(api, bob, mine)
    _, key = keys.make("site", "saf")
    body = {"project_id": mine, "events": [event]}
    api.send("POST", "/calendar/add-projects-to-events", body, Authorization=f"Bearer {key}")

    moved = {"originalEvent": event, "modifiedEvent": {**event, "site": OTHER_SITE}}
    assert api.post("/calendar/modifyevent", moved, as_=bob).status_code == 200

    assert seen(api, OTHER_SITE) == [NOT_FOUND]


# --- Names that are none -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"project_name": "none"}, {"project_name": ""}, {"created_at": "undefined"}, {"created_at": ""}],
)
def test_what_the_frontend_writes_for_no_project_is_nobody_s_name(
    api: Api, alice: Person, published: Published, changes: dict[str, str]
) -> None:
    refused = api.post("/projects/new-project", a_project(**changes))
    project(api)
    key = {"project_name": "m31", "created_at": CREATED_AT}
    body = {**key, "project_changes": {"project_name": "none"}}
    renamed = api.post("/projects/modify-project", body, as_=alice)

    [field] = changes
    assert (refused.status_code, text(refused).partition(":")[0]) == (400, field)
    assert (renamed.status_code, text(renamed).partition(":")[0]) == (400, "project_name")
    assert Project.objects.count() == 1


@pytest.mark.parametrize("created_at", ["undefined", CREATED_AT])
def test_one_of_that_name_from_before_is_delivered_nowhere_and_rewrites_nothing(
    api: Api, alice: Person, bob: Person, published: Published, created_at: str
) -> None:
    key = {"project_name": "none", "created_at": created_at}
    Project.objects.create(**key, user_id=alice.user_id, document=a_project(**key))
    named = f"none#{created_at}"
    event = reserve(api, alice, named, event_id="1")
    reserve(api, bob, named, event_id="2", site=OTHER_SITE)
    put_in(api, named, event, alice)
    assert (seen(api), seen(api, OTHER_SITE)) == ([None], [None])

    body = {**key, "project_changes": {"project_name": "m1"}}
    renamed = api.post("/projects/modify-project", body, as_=alice)

    assert renamed.status_code == 200
    assert texts() == [named, named]


# --- add-project-event -------------------------------------------------------------------------------------


def test_noted_with_its_project_an_event_that_names_it_delivers_it(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    later = f"m31#{CREATED_AT}"
    reserve(api, alice, later, event_id="1")
    reserve(api, bob, later, event_id="2", site=OTHER_SITE)
    reserve(api, alice, event_id="3", site="third")
    project(api)
    key = {"project_name": "m31", "created_at": CREATED_AT}

    for event_id in ("1", "2", "3", "unknown"):
        noted = api.post("/projects/add-project-event", {**key, "event_id": event_id})
        assert noted.json() == {"message": "Successfully associated event with project."}

    assert (seen(api), seen(api, OTHER_SITE), seen(api, "third")) == (["m31"], [NOT_FOUND], [None])
    assert texts() == [later, later, "none#"]


# --- Strict mode -------------------------------------------------------------------------------------------


def test_strict_mode_asks_whoever_links_for_more(
    api: Api, alice: Person, bob: Person, scheduler: Person, settings: Any, published: Published
) -> None:
    mine = project(api)
    event = reserve(api, alice)
    settings.REQUIRE_SITE_KEYS = True

    for stranger, status in ((None, 401), (bob, 401)):
        assert put_in(api, mine, event, stranger).status_code == status
    assert seen(api) == [None]
    assert put_in(api, mine, event, alice).status_code == 200
    assert seen(api) == ["m31"]
    assert put_in(api, mine, event, scheduler).status_code == 200


def test_in_strict_mode_another_site_s_key_links_nothing_by_noting_an_event(
    api: Api, alice: Person, settings: Any, published: Published
) -> None:
    reserve(api, alice, f"m31#{CREATED_AT}")
    project(api, project_sites=[OTHER_SITE])
    settings.REQUIRE_SITE_KEYS = True
    event_id = Reservation.objects.get().pk
    body = {"project_name": "m31", "created_at": CREATED_AT, "event_id": event_id}
    _, key = keys.make("site", OTHER_SITE)

    noted = api.send("POST", "/projects/add-project-event", body, Authorization=f"Bearer {key}")

    assert (noted.status_code, seen(api)) == (200, [NOT_FOUND])
    assert api.post("/projects/add-project-event", body, as_=alice).status_code == 200
    assert seen(api) == ["m31"]


# --- What runs at an instant -------------------------------------------------------------------------------


def test_what_is_observed_at_an_instant(
    api: Api, alice: Person, scheduler: Person, published: Published, django_assert_num_queries: Any
) -> None:
    mine = project(api)
    planned = project(api, "planned", origin="LCO")
    reserve(api, scheduler, planned, origin="LCO")
    reserve(api, alice, mine)
    reserve(api, alice, mine, site=OTHER_SITE)

    with django_assert_num_queries(2):
        found = links.delivered_at("saf", NIGHT + timedelta(minutes=10))

    assert [(event.creator_id, each.project_name) for event, each in found] == [
        (alice.user_id, "m31"),
        (scheduler.user_id, "planned"),
    ]
    assert links.delivered_at("saf", NIGHT + timedelta(minutes=30)) == []
    assert links.delivered_at("saf", NIGHT - timedelta(seconds=1)) == []


# --- Two at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_put_in_renamed_and_deleted_at_once_nobody_waits_for_the_other_for_ever(
    api: Api, alice: Person
) -> None:
    mine = project(api)
    event = reserve(api, alice, mine)
    key = {"project_name": "m31", "created_at": CREATED_AT}
    renamed = {**key, "project_name": "Andromeda"}

    def work(number: int) -> int:
        path, body = [
            ("/calendar/modifyevent", {"originalEvent": event, "modifiedEvent": event}),
            ("/calendar/add-projects-to-events", {"project_id": mine, "events": [event]}),
            ("/projects/modify-project", {**key, "project_changes": {"project_name": "Andromeda"}}),
            ("/projects/add-project-event", {**key, "event_id": event["event_id"]}),
            ("/projects/delete-project", renamed),
        ][number % 5]
        return int(Api().post(path, body, as_=alice).status_code)

    answers = at_once(10, work)

    assert set(answers) <= {200, 404}, answers
    api.post("/projects/delete-project", renamed, as_=alice)
    project(api)
    project(api, "Andromeda")
    assert seen(api) in ([None], [NOT_FOUND])
