"""POST /calendar/newevent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from conftest import Published
from reservations.models import Reservation
from testing.cast import OTHER_SITE, Api, Person, an_event, at_once, text

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_it_works(api: Api, alice: Person, published: Published) -> None:
    sent = an_event(NIGHT, rendering="background", unknown={"kept": [1.0, "1"]})

    answer = api.post("/calendar/newevent", sent, as_=alice)

    assert answer.status_code == 200
    event = answer.json()["new_calendar_event"]
    who = {"creator": "Alice", "creator_id": alice.user_id}
    assert event == {**sent, **who, "last_modified": event["last_modified"]}
    assert published.of("calendar") == [{**event, "change": "created"}]
    kept = Reservation.objects.get()
    assert (kept.start, kept.end) == (NIGHT, NIGHT + timedelta(minutes=30))


def test_without_a_token_it_is_refused(api: Api, published: Published) -> None:
    answer = api.post("/calendar/newevent", an_event(NIGHT))

    assert answer.status_code == 401
    assert answer.json() == {"message": "Unauthorized"}
    assert not published


def test_what_is_left_out_is_text_that_the_calendar_page_can_show(
    api: Api, alice: Person, published: Published
) -> None:
    least = {"event_id": "1", "site": "saf", "start": "2026-11-22T04:00Z", "end": "2026-11-22T05:00Z"}
    answer = api.post("/calendar/newevent", {**least, "title": None, "reservation_note": None}, as_=alice)

    event = answer.json()["new_calendar_event"]
    assert {key: event[key] for key in least} == least
    assert event["title"] == event["creator"] == "Alice"
    assert event["resourceId"] == "saf"
    assert (event["project_id"], event["reservation_note"], event["reservation_type"]) == (
        "none",
        "",
        "realtime",
    )


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("2026-11-22T04:00Z", "2026-11-22T04:00Z"),
        ("2026-11-22T04:00:00.000Z", "2026-11-22T04:00:00.000Z"),
        ("2026-11-22T06:00:00+02:00", "2026-11-22T04:00:00Z"),
        ("2026-11-22 04:00:00", "2026-11-22T04:00:00Z"),
    ],
)
def test_times_come_back_as_given_and_always_with_a_z(
    api: Api, alice: Person, published: Published, given: str, answered: str
) -> None:
    answer = api.post("/calendar/newevent", an_event(NIGHT, start=given), as_=alice)

    assert answer.json()["new_calendar_event"]["start"] == answered
    assert Reservation.objects.get().start == NIGHT


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": ""}, "event_id"),
        ({"site": None}, "site"),
        ({"site": "a b"}, "site"),
        ({"start": None}, "start"),
        ({"start": "tonight"}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": None}, "end"),
        ({"end": 1795215496}, "end"),
        ({"end": "2026-11-22T04:00:00Z"}, "end"),
        ({"title": {}}, "title"),
    ],
)
def test_bad_input_names_the_field(
    api: Api, alice: Person, published: Published, changes: dict[str, Any], names: str
) -> None:
    answer = api.post("/calendar/newevent", an_event(NIGHT, **changes), as_=alice)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")
    assert not Reservation.objects.exists()


def test_an_admin_may_book_for_others_and_nobody_else(
    api: Api, alice: Person, admin: Person, published: Published
) -> None:
    for_bob = {"creator_id": "auth0|bob", "creator": "Bob"}
    by_admin = api.post("/calendar/newevent", an_event(NIGHT, **for_bob), as_=admin).json()
    later = an_event(NIGHT + timedelta(hours=1), **for_bob)
    by_alice = api.post("/calendar/newevent", later, as_=alice).json()

    assert by_admin["new_calendar_event"]["creator_id"] == "auth0|bob"
    assert by_admin["new_calendar_event"]["creator"] == "Bob"
    assert by_alice["new_calendar_event"]["creator_id"] == alice.user_id


def test_an_id_is_taken_once(api: Api, alice: Person, bob: Person, published: Published) -> None:
    sent = an_event(NIGHT)
    api.post("/calendar/newevent", sent, as_=alice)
    again = api.post("/calendar/newevent", {**sent, **_at(NIGHT + timedelta(days=1))}, as_=bob)

    assert again.status_code == 409
    assert text(again).startswith("event_id: ")
    assert Reservation.objects.get().creator_id == alice.user_id


# --- One holder at a time ----------------------------------------------------------------------------------


def _at(start: datetime, minutes: float = 30) -> dict[str, str]:
    event = an_event(start, minutes)
    return {"start": event["start"], "end": event["end"]}


@pytest.mark.parametrize("kind", ["realtime", "project"])
@pytest.mark.parametrize(("offset", "minutes"), [(0, 30), (-29, 30), (29, 30), (5, 5), (-60, 300)])
def test_time_that_somebody_else_holds_is_refused(
    api: Api, alice: Person, bob: Person, published: Published, offset: int, minutes: int, kind: str
) -> None:
    api.post("/calendar/newevent", an_event(NIGHT, reservation_type=kind), as_=alice)

    sent = an_event(NIGHT + timedelta(minutes=offset), minutes)
    answer = api.post("/calendar/newevent", sent, as_=bob)

    assert answer.status_code == 409
    assert text(answer) == (
        "saf is reserved by Alice from 2026-11-22T04:00:00Z to 2026-11-22T04:30:00Z; "
        "please choose another time."
    )
    assert Reservation.objects.count() == len(published.of("calendar")) == 1


def test_neighbours_and_other_sites_are_free(
    api: Api, alice: Person, bob: Person, published: Published
) -> None:
    api.post("/calendar/newevent", an_event(NIGHT), as_=alice)
    before, after = NIGHT - timedelta(minutes=30), NIGHT + timedelta(minutes=30)

    for sent, who in [
        (an_event(before), bob),
        (an_event(after), bob),
        (an_event(NIGHT, site=OTHER_SITE), bob),
    ]:
        assert api.post("/calendar/newevent", sent, as_=who).status_code == 200


@pytest.mark.parametrize("origin", ["lco", "LCO"])
def test_admins_and_the_scheduler_may_overlap(
    api: Api, alice: Person, scheduler: Person, admin: Person, published: Published, origin: str
) -> None:
    api.post("/calendar/newevent", an_event(NIGHT), as_=alice)

    assert api.post("/calendar/newevent", an_event(NIGHT), as_=admin).status_code == 200
    planned = api.post("/calendar/newevent", an_event(NIGHT, origin=origin), as_=scheduler)
    assert planned.json()["new_calendar_event"]["origin"] == origin
    # People may reserve what only the scheduler has.
    later = NIGHT + timedelta(hours=1)
    api.post("/calendar/newevent", an_event(later, origin=origin), as_=scheduler)
    assert api.post("/calendar/newevent", an_event(later), as_=alice).status_code == 200


@pytest.mark.parametrize("origin", ["lco", "LCO", "Lco", "scheduler"])
def test_whoever_calls_their_event_the_scheduler_s_obeys_the_rules_for_people(
    api: Api, alice: Person, bob: Person, published: Published, origin: str
) -> None:
    api.post("/calendar/newevent", an_event(NIGHT), as_=alice)

    refused = api.post("/calendar/newevent", an_event(NIGHT, origin=origin), as_=bob)
    later = an_event(NIGHT + timedelta(hours=1), origin=origin)
    made = api.post("/calendar/newevent", later, as_=bob)

    assert refused.status_code == 409
    assert made.json()["new_calendar_event"]["origin"] == "ptr"
    assert Reservation.objects.filter(by_scheduler=True).count() == 0


def test_an_admin_s_time_is_held_like_anybody_s(
    api: Api, alice: Person, bob: Person, admin: Person, published: Published
) -> None:
    api.post("/calendar/newevent", an_event(NIGHT), as_=alice)
    api.post("/calendar/newevent", an_event(NIGHT, 60), as_=admin)

    answer = api.post("/calendar/newevent", an_event(NIGHT + timedelta(minutes=40)), as_=bob)

    assert answer.status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("offset", [0, 7])
def test_of_many_at_once_one_wins(api: Api, offset: int) -> None:
    people = [Person(f"auth0|{number}", f"Number {number}") for number in range(6)]

    def book(number: int) -> int:
        start = NIGHT + timedelta(minutes=offset * number % 30)
        return int(Api().post("/calendar/newevent", an_event(start), as_=people[number]).status_code)

    answers = at_once(len(people), book)

    assert sorted(answers) == [200] + [409] * 5
    assert Reservation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_id_at_two_sites_at_once_is_taken_once() -> None:
    people = [Person("auth0|0", "Zero"), Person("auth0|1", "One")]

    def book(number: int) -> int:
        sent = an_event(NIGHT, event_id="the same", site=f"site{number}")
        return int(Api().post("/calendar/newevent", sent, as_=people[number]).status_code)

    assert sorted(at_once(2, book)) == [200, 409]


def test_the_database_itself_keeps_the_promise_where_it_can() -> None:
    """PostgreSQL's exclusion constraint; on SQLite the writing transaction is alone, and checks."""

    def row(event_id: str, creator_id: str, *, exclusive: bool) -> Callable[[], Reservation]:
        return lambda: Reservation.objects.create(
            event_id=event_id,
            site="saf",
            start=NIGHT,
            end=NIGHT + timedelta(hours=1),
            creator_id=creator_id,
            last_modified=NIGHT,
            exclusive=exclusive,
        )

    row("1", "alice", exclusive=True)()
    row("2", "alice", exclusive=True)()
    row("3", "admin", exclusive=False)()
    refused = False
    try:
        with transaction.atomic():
            row("4", "bob", exclusive=True)()
    except IntegrityError as error:
        refused = "reservation_one_holder" in str(error)

    assert refused == (connection.vendor == "postgresql")


def test_no_reservation_ends_before_it_starts() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Reservation.objects.create(
            event_id="1", site="saf", start=NIGHT, end=NIGHT, creator_id="alice", last_modified=NIGHT
        )
