"""POST /calendar/user-events-ending-after-time."""

from datetime import UTC, datetime, timedelta

import pytest

from testing.cast import OTHER_SITE, Api, Person, an_event, text, utc

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def test_it_works(api: Api, alice: Person, bob: Person) -> None:
    for hours, site, who in [(5, "saf", alice), (1, OTHER_SITE, alice), (-1, "saf", alice), (2, "saf", bob)]:
        sent = an_event(NIGHT + timedelta(hours=hours), site=site)
        api.post("/calendar/newevent", sent, as_=who)

    body = {"user_id": alice.user_id, "time": utc(NIGHT)}
    found = api.post("/calendar/user-events-ending-after-time", body).json()

    assert [(event["site"], event["start"]) for event in found] == [
        (OTHER_SITE, "2026-11-22T05:00:00Z"),
        ("saf", "2026-11-22T09:00:00Z"),
    ]
    assert {event["project_id"] for event in found} == {"none#"}


def test_bad_input_names_the_field(api: Api) -> None:
    answer = api.post("/calendar/user-events-ending-after-time", {"time": utc(NIGHT)})

    assert (answer.status_code, text(answer)) == (400, "user_id: this key is missing.")
