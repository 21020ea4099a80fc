"""How long, how far ahead and since when people may reserve."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Published
from reservations.models import Reservation, SiteCalendar
from testing.cast import BEFORE_THE_NIGHTS as NOW
from testing.cast import OTHER_SITE, Api, Person, an_event, at_once, text, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def reserve(api: Api, who: Person, start: datetime, lasts: timedelta = HOUR, /, **changes: Any) -> Any:
    sent = an_event(start, start=iso(start), end=iso(start + lasts), **changes)
    return api.post("/calendar/newevent", sent, as_=who)


def iso(at: datetime) -> str:
    """Unlike strftime, with the zeros of the year 1."""
    return at.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def modify(api: Api, who: Person, event_id: str, /, **changes: Any) -> Any:
    body = {"originalEvent": {"event_id": event_id}, "modifiedEvent": changes}
    return api.post("/calendar/modifyevent", body, as_=who)


def there(who: Person, start: datetime, end: datetime, event_id: str = "old") -> None:
    """What lies in the calendar from before there were limits."""
    SiteCalendar.objects.get_or_create(site="saf")
    Reservation.objects.create(
        event_id=event_id, site="saf", start=start, end=end, start_text=iso(start), end_text=iso(end),
        creator_id=who.user_id, creator=who.name, title=who.name, reservation_type="realtime", origin="PTR",
        last_modified=NOW,
    )  # fmt: skip


PAST = "start: lies in the past; time can be reserved from 10 minutes ago on."
LONG = "end: a reservation lasts at most 24 hours."
FAR = "start: lies more than 180 days ahead."


@pytest.mark.parametrize(
    ("start", "lasts", "says"),
    [
        (NOW - 9 * MINUTE, HOUR, ""),
        (NOW - 11 * MINUTE, HOUR, PAST),
        (NOW - DAY, 2 * HOUR, PAST),
        (FIRST, HOUR, PAST),
        (FIRST, LAST - FIRST, PAST),
        (NOW + HOUR, 24 * HOUR, ""),
        (NOW + HOUR, 24 * HOUR + timedelta(seconds=1), LONG),
        (NOW + HOUR, LAST - NOW - HOUR, LONG),
        (NOW + 180 * DAY - HOUR, 2 * HOUR, ""),
        (NOW + 180 * DAY + HOUR, HOUR, FAR),
        (LAST - HOUR, HOUR, FAR),
    ],
)
def test_it_works(
    api: Api, alice: Person, admin: Person, scheduler: Person, start: datetime, lasts: timedelta, says: str
) -> None:
    answer = reserve(api, alice, start, lasts)

    if says:
        assert (answer.status_code, text(answer)) == (400, says)
        assert not Reservation.objects.exists()
    else:
        assert answer.status_code == 200, answer.content
    for who in (admin, scheduler):
        assert reserve(api, who, start, lasts, site=OTHER_SITE, origin="lco").status_code == 200


def test_an_operator_sets_them(api: Api, alice: Person, settings: Any) -> None:
    settings.RESERVATION_MAX_HOURS, settings.RESERVATION_MAX_DAYS = 2, 7

    assert text(reserve(api, alice, NOW, 3 * HOUR)) == "end: a reservation lasts at most 2 hours."
    assert text(reserve(api, alice, NOW + 8 * DAY)) == "start: lies more than 7 days ahead."


# --- One's own time ----------------------------------------------------------------------------------------


def test_one_s_own_time_at_a_site_is_taken_once(
    api: Api, alice: Person, admin: Person, published: Published
) -> None:
    reserve(api, alice, NOW + HOUR)

    again = reserve(api, alice, NOW + HOUR + 30 * MINUTE)

    assert (again.status_code, text(again)) == (
        409,
        f"saf is reserved by you from {utc(NOW + HOUR)} to {utc(NOW + 2 * HOUR)}; "
        "please choose another time.",
    )
    assert reserve(api, alice, NOW + 2 * HOUR, event_id="next").status_code == 200
    assert modify(api, alice, "next", start=utc(NOW + HOUR)).status_code == 409
    assert reserve(api, alice, NOW + HOUR, site=OTHER_SITE).status_code == 200
    for _ in range(2):
        assert reserve(api, admin, NOW + HOUR).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_of_one_s_own_at_once_one_is_kept(alice: Person) -> None:
    answers = at_once(6, lambda _: reserve(Api(), alice, NOW + HOUR).status_code)

    assert sorted(answers) == [200] + [409] * 5


# --- Changes -----------------------------------------------------------------------------------------------


def test_what_runs_can_be_made_longer_and_named_anew(api: Api, alice: Person) -> None:
    there(alice, NOW - 2 * HOUR, NOW + HOUR)

    assert modify(api, alice, "old", end=utc(NOW + 3 * HOUR), title="Longer").status_code == 200
    too_long = modify(api, alice, "old", end=utc(NOW + 23 * HOUR))
    assert (too_long.status_code, text(too_long)) == (400, LONG)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"start": utc(NOW - 4 * DAY)}, PAST),
        ({"end": utc(NOW - 2 * DAY)}, PAST.replace("start", "end")),
        ({"site": OTHER_SITE}, PAST),
        ({"start": utc(NOW + 181 * DAY), "end": utc(NOW + 181 * DAY + HOUR)}, FAR),
    ],
)
def test_nothing_moves_beyond_them(api: Api, alice: Person, changes: dict[str, str], says: str) -> None:
    """The time of what is over least of all: frames that were taken in it are counted for its project."""
    there(alice, NOW - 3 * DAY, NOW - 3 * DAY + HOUR)

    answer = modify(api, alice, "old", **changes)

    assert (answer.status_code, text(answer)) == (400, says)


@pytest.mark.parametrize(("start", "end"), [(FIRST, LAST), (NOW - DAY, NOW + DAY), (NOW + 300 * DAY, LAST)])
def test_what_lies_beyond_them_is_read_shortened_and_deleted(
    api: Api, alice: Person, start: datetime, end: datetime
) -> None:
    there(alice, start, end)
    window = {"site": "saf", "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"}

    [shown] = api.post("/calendar/siteevents", window).json()
    assert (shown["start"], shown["end"]) == (iso(start), iso(end))
    assert modify(api, alice, "old", title="Mine").json()["title"] == "Mine"
    assert modify(api, alice, "old", **{**shown, "reservation_note": "as it was"}).status_code == 200
    assert modify(api, alice, "old", start=iso(start + HOUR)).status_code == 200
    assert modify(api, alice, "old", end=iso(end - HOUR)).status_code == 200
    assert api.post("/calendar/delete", {"event_id": "old"}, as_=alice).status_code == 200


def test_two_of_one_s_own_from_before_can_be_shortened(api: Api, alice: Person) -> None:
    there(alice, NOW + HOUR, NOW + 3 * HOUR, "1")
    there(alice, NOW + 2 * HOUR, NOW + 4 * HOUR, "2")

    assert modify(api, alice, "2", end=utc(NOW + 5 * HOUR)).status_code == 409
    assert modify(api, alice, "2", start=utc(NOW + 3 * HOUR)).status_code == 200
    assert modify(api, alice, "2", end=utc(NOW + 5 * HOUR)).status_code == 200
