"""POST /calendar/modifyevent."""

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from conftest import Published
from reservations.models import Reservation
from testing.cast import OTHER_SITE, Api, Person, an_event, at_once, text, utc

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def make(api: Api, who: Person, start: datetime = NIGHT, **changes: Any) -> dict[str, Any]:
    answer = api.post("/calendar/newevent", an_event(start, **changes), as_=who)
    assert answer.status_code == 200
    event: dict[str, Any] = answer.json()["new_calendar_event"]
    return event


def modify(api: Api, who: Person | None, event: dict[str, Any], **changes: Any) -> Any:
    """As the frontend does: both events complete."""
    body = {"originalEvent": event, "modifiedEvent": {**event, **changes}}
    return api.post("/calendar/modifyevent", body, as_=who)


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    event = make(api, alice, unknown="kept")

    answer = modify(
        api, alice, event, end="2026-11-22T05:00:00Z", title="Longer", project_id="m31#2026", extra=1
    )

    assert answer.status_code == 200
    changes = {"end": "2026-11-22T05:00:00Z", "title": "Longer", "project_id": "m31#2026", "extra": 1}
    assert answer.json() == {**event, **changes, "last_modified": answer.json()["last_modified"]}
    assert published.of("calendar")[-1] == {**answer.json(), "change": "modified"}
    assert Reservation.objects.get().end == NIGHT + timedelta(hours=1)


def test_some_keys_are_enough_and_only_the_id_says_which_event(
    api: Api, alice: Person, published: Published
) -> None:
    event = make(api, alice)
    wrong_start = {"event_id": event["event_id"], "start": "1999-01-01T00:00:00Z"}
    body = {"originalEvent": wrong_start, "modifiedEvent": {"title": "New", "reservation_note": None}}

    answer = api.post("/calendar/modifyevent", body, as_=alice)

    assert answer.json() == {**event, "title": "New", "last_modified": answer.json()["last_modified"]}


def test_creator_and_id_never_change(api: Api, alice: Person, admin: Person, published: Published) -> None:
    event = make(api, alice)
    changes = {"creator": "Ada", "creator_id": admin.user_id, "event_id": "another", "title": "by Ada"}

    answer = modify(api, admin, event, **changes).json()

    assert answer["title"] == "by Ada"
    assert {key: answer[key] for key in ("event_id", "creator", "creator_id")} == {
        "event_id": event["event_id"],
        "creator": "Alice",
        "creator_id": alice.user_id,
    }


def test_only_the_creator_or_an_admin_may(api: Api, alice: Person, bob: Person, published: Published) -> None:
    event = make(api, alice)

    refused = modify(api, bob, event, title="mine")

    assert refused.status_code == 403
    assert text(refused) == "You may only modify your own events."
    assert modify(api, None, event, title="mine").status_code == 401
    assert Reservation.objects.get().title == event["title"]
    assert len(published.of("calendar")) == 1


def test_an_unknown_event_is_not_made(api: Api, alice: Person, published: Published) -> None:
    answer = modify(api, alice, an_event(NIGHT))

    assert answer.status_code == 404
    assert not Reservation.objects.exists()


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, "originalEvent"),
        ({"originalEvent": {}, "modifiedEvent": {}}, "event_id"),
        ({"originalEvent": "x", "modifiedEvent": {}}, "originalEvent"),
        ({"originalEvent": {"event_id": "1"}}, "modifiedEvent"),
    ],
)
def test_bad_input_names_the_field(
    api: Api, alice: Person, published: Published, body: dict[str, Any], names: str
) -> None:
    answer = api.post("/calendar/modifyevent", body, as_=alice)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")


def test_a_bad_time_changes_nothing(api: Api, alice: Person, published: Published) -> None:
    event = make(api, alice)

    answer = modify(api, alice, event, end=event["start"])

    assert (answer.status_code, text(answer)) == (400, "end: must be after the start.")
    assert Reservation.objects.get().end_text == event["end"]


# --- Other people's time -----------------------------------------------------------------------------------


def test_it_cannot_move_into_other_people_s_time(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    make(api, alice)
    event = make(api, bob, NIGHT + timedelta(minutes=30))

    refused = modify(api, bob, event, start="2026-11-22T04:29:59Z")

    assert refused.status_code == 409
    assert "reserved by Alice" in text(refused)
    elsewhere = make(api, bob, site=OTHER_SITE)
    assert modify(api, bob, elsewhere, site="saf").status_code == 409
    # Moving within one's own old time meets oneself only.
    assert modify(api, bob, event, start="2026-11-22T04:31:00Z").status_code == 200


def test_a_note_or_less_time_needs_nobody_s_leave(
    api: Api, alice: Person, admin: Person, published: Published
) -> None:
    event = make(api, alice)
    make(api, admin)

    assert modify(api, alice, event, reservation_note="with an admin over it").status_code == 200
    assert modify(api, alice, event, end="2026-11-22T04:20:00Z").status_code == 200
    assert modify(api, alice, event, end="2026-11-22T04:40:00Z").status_code == 409


def test_an_event_of_the_scheduler_takes_time_once_it_is_a_person_s(
    api: Api, alice: Person, scheduler: Person, published: Published
) -> None:
    make(api, alice)
    event = make(api, scheduler, origin="lco")

    assert modify(api, scheduler, event, origin="PTR").status_code == 409


def test_what_an_admin_called_the_scheduler_s_does_not_carry_its_holder_over_other_people(
    api: Api, alice: Person, bob: Person, admin: Person, published: Published
) -> None:
    make(api, alice)
    later = NIGHT + timedelta(hours=1)
    event = make(api, admin, later, origin="LCO", creator_id=bob.user_id, creator="Bob")

    assert modify(api, bob, event, title="still the scheduler's").json()["origin"] == "LCO"
    assert modify(api, bob, event, start=utc(NIGHT)).status_code == 409
    longer = modify(api, bob, event, end=utc(later + timedelta(minutes=40))).json()
    assert (longer["origin"], Reservation.objects.get(pk=event["event_id"]).by_scheduler) == ("ptr", False)


@pytest.mark.parametrize("origin", ["lco", "LCO", "Scheduler"])
def test_nobody_calls_their_own_the_scheduler_s(
    api: Api, alice: Person, bob: Person, published: Published, origin: str
) -> None:
    make(api, alice)
    event = make(api, bob, NIGHT + timedelta(hours=1))

    assert modify(api, bob, event, origin=origin).json()["origin"] == "ptr"
    assert modify(api, bob, event, origin=origin, start=utc(NIGHT)).status_code == 409


def test_moved_to_another_site_it_leaves_the_first(api: Api, alice: Person, published: Published) -> None:
    event = make(api, alice)

    modify(api, alice, event, site=OTHER_SITE)

    frames = [(frame["site"], frame["data"]["change"]) for frame in published]
    assert frames == [("saf", "created"), ("saf", "deleted"), (OTHER_SITE, "modified")]
    window = {"start": utc(NIGHT), "end": utc(NIGHT)}
    assert api.post("/calendar/siteevents", {"site": "saf", **window}).json() == []
    moved = api.post("/calendar/siteevents", {"site": OTHER_SITE, **window}).json()
    assert [shown["resourceId"] for shown in moved] == [OTHER_SITE]


@pytest.mark.django_db(transaction=True)
def test_two_that_move_into_one_gap_do_not_both(api: Api) -> None:
    people = [Person("auth0|0", "Zero"), Person("auth0|1", "One")]
    events = [make(api, people[n], NIGHT + timedelta(hours=1 + n)) for n in range(2)]
    gap = {"start": utc(NIGHT), "end": utc(NIGHT + timedelta(minutes=30))}

    answers = at_once(2, lambda n: modify(Api(), people[n], events[n], **gap).status_code)

    assert sorted(answers) == [200, 409]


@pytest.mark.django_db(transaction=True)
def test_at_no_moment_is_the_event_missing(api: Api, alice: Person) -> None:
    """A telescope that polls in such a moment would abort the project that it observes."""
    event = make(api, alice)
    window = {"site": "saf", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}
    done = Event()

    def work(number: int) -> list[int]:
        if number == 0:
            try:
                return [
                    modify(Api(), alice, event, start=f"2026-11-22T04:{minute:02}:00Z").status_code
                    for minute in range(25)
                ]
            finally:
                done.set()
        seen: list[int] = []
        while not done.is_set() or not seen:
            seen.append(len(Api().post("/calendar/siteevents", window).json()))
        return seen

    changed, seen = at_once(2, work)

    assert changed == [200] * 25
    assert set(seen) == {1}
