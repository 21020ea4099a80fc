"""Who has a site at an instant: get-event-at-time, is-user-scheduled, does-conflicting-event-exist, and the
question that commands ask."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.reservation import holders
from sitecfg.models import Site
from testing.cast import WEMA, Api, Person, a_command, an_event, text, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


def now() -> datetime:
    return timezone.now().replace(microsecond=0)


def make(api: Api, who: Person, start: datetime, minutes: float = 30, /, **changes: Any) -> dict[str, Any]:
    answer = api.post("/calendar/newevent", an_event(start, minutes, **changes), as_=who)
    event: dict[str, Any] = answer.json()["new_calendar_event"]
    return event


def at(api: Api, time: datetime, site: str = "saf") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.post(
        "/calendar/get-event-at-time", {"site": site, "time": utc(time)}
    ).json()
    return found


def test_it_works(api: Api, alice: Person) -> None:
    event = make(api, alice, now() - timedelta(minutes=5))

    assert at(api, now()) == [event]


def test_from_its_start_until_just_before_its_end(api: Api, alice: Person, bob: Person) -> None:
    """At the boundary of two neighbours the telescope is the second one's alone."""
    start = now() + timedelta(hours=1)
    make(api, alice, start)
    make(api, bob, start + timedelta(minutes=30))

    def who(minutes: float) -> list[str]:
        return [event["creator"] for event in at(api, start + timedelta(minutes=minutes))]

    assert who(-0.1) == []
    assert who(0) == ["Alice"]
    assert who(30) == ["Bob"]
    assert who(60) == []


def test_nothing_that_is_over_whatever_time_is_asked_for(api: Api, admin: Person) -> None:
    """The frontend sets a timer for the end: one in the past fires at once, hundreds of times a second."""
    make(api, admin, now() - timedelta(hours=2))

    assert at(api, now() - timedelta(hours=2)) == []


def test_a_far_end_is_clipped_to_what_a_browser_s_timer_can_wait_for(api: Api, admin: Person) -> None:
    asked = now()
    event = make(api, admin, asked - timedelta(hours=1), end="9999-12-31T23:59:59Z")

    assert at(api, asked) == [{**event, "end": utc(asked + timedelta(days=20))}]


def test_a_user_is_scheduled_and_in_others_way(api: Api, alice: Person, bob: Person) -> None:
    make(api, alice, now())
    body = {"site": "saf", "time": utc(now() + timedelta(minutes=1))}

    def ask(question: str, who: Person) -> Any:
        return api.post(f"/calendar/{question}", {**body, "user_id": who.user_id}).json()

    assert ask("is-user-scheduled", alice) is True
    assert ask("is-user-scheduled", bob) is False
    assert ask("does-conflicting-event-exist", alice) is False
    assert ask("does-conflicting-event-exist", bob) is True


@pytest.mark.parametrize("path", ["get-event-at-time", "is-user-scheduled", "does-conflicting-event-exist"])
def test_bad_input_names_the_field(api: Api, path: str) -> None:
    answer = api.post(f"/calendar/{path}", {"site": "saf", "user_id": "alice", "time": "now"})

    assert answer.status_code == 400
    assert text(answer).startswith("time: ")


# --- The question that commands ask ------------------------------------------------------------------------


@pytest.fixture
def _sites() -> None:
    Site.objects.create(code="saf", kind=Site.Kind.OBS, wema=WEMA, devices={"camera": ["camera_1_1"]})
    Site.objects.create(code="saf2", kind=Site.Kind.OBS, wema=WEMA)
    Site.objects.create(code=WEMA, kind=Site.Kind.WEMA, wema=WEMA)


@pytest.mark.usefixtures("_sites")
def test_a_reservation_of_an_observatory_is_one_of_its_wema(
    api: Api, alice: Person, bob: Person, admin: Person, django_assert_num_queries: Any
) -> None:
    make(api, alice, now())
    make(api, bob, now(), site="saf2")
    make(api, admin, now(), site=WEMA, creator_id="")
    then = now() + timedelta(minutes=1)

    with django_assert_num_queries(1):
        assert holders("saf", then) == {alice.user_id}
    with django_assert_num_queries(1):
        assert holders(WEMA, then) == {alice.user_id, bob.user_id, admin.user_id}
    assert holders("elsewhere", then) == frozenset()
    assert holders("saf", then + timedelta(hours=1)) == frozenset()
    assert {event["site"] for event in at(api, then, WEMA)} == {"saf", "saf2", WEMA}


@pytest.mark.usefixtures("_sites")
def test_commands_are_refused_while_somebody_else_holds_the_site(
    api: Api, alice: Person, bob: Person, admin: Person
) -> None:
    event = make(api, alice, now())

    refused = api.post("/jobs/newjob", a_command(), as_=bob)

    assert refused.status_code == 401
    assert "reservation" in text(refused)
    assert api.post("/jobs/newjob", a_command(), as_=alice).status_code == 200
    assert api.post("/jobs/newjob", a_command(), as_=admin).status_code == 200
    api.post("/calendar/delete", {"event_id": event["event_id"]}, as_=alice)
    assert api.post("/jobs/newjob", a_command(), as_=bob).status_code == 200


@pytest.mark.usefixtures("_sites")
def test_an_event_over_somebody_s_reservation_gives_the_scheduler_no_right_there(
    api: Api, alice: Person, bob: Person, scheduler: Person
) -> None:
    make(api, alice, now())
    make(api, scheduler, now(), 60, origin="LCO")

    assert holders("saf", now()) == {alice.user_id}
    assert holders("saf", now() + timedelta(minutes=45)) == {scheduler.user_id}
    assert api.post("/jobs/newjob", a_command(), as_=bob).status_code == 401


def test_times_are_compared_as_times_and_not_as_text(api: Api, alice: Person) -> None:
    start = datetime(2026, 11, 22, 4, tzinfo=UTC)
    make(api, alice, start, start="2026-11-22T04:00Z", end="2026-11-22T04:30:00.000Z")

    assert len(at(api, start)) == 1
    assert at(api, start - timedelta(seconds=1)) == []
    assert at(api, start + timedelta(minutes=30)) == []
