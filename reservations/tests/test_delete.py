"""POST /calendar/delete."""

from datetime import UTC, datetime

import pytest

from conftest import Published
from reservations.models import Reservation
from testing.cast import Api, Person, an_event, text

pytestmark = pytest.mark.django_db

EVENT = an_event(datetime(2026, 11, 22, 4, tzinfo=UTC))
# The start that the editor shows now, which need not be the stored one.
KEY = {"event_id": EVENT["event_id"], "start": "2026-11-22T09:15:00Z"}


@pytest.fixture
def _event(api: Api, alice: Person, published: Published) -> None:
    api.post("/calendar/newevent", EVENT, as_=alice)


@pytest.mark.usefixtures("_event")
def test_it_works(api: Api, alice: Person, published: Published) -> None:
    answer = api.post("/calendar/delete", KEY, as_=alice)

    assert answer.status_code == 200
    assert not Reservation.objects.exists()
    pushed = published.of("calendar")[-1]
    assert (pushed["event_id"], pushed["change"]) == (EVENT["event_id"], "deleted")
    assert api.post("/calendar/delete", KEY, as_=alice).status_code == 404


@pytest.mark.usefixtures("_event")
def test_only_the_creator_or_an_admin_may(api: Api, bob: Person, admin: Person) -> None:
    refused = api.post("/calendar/delete", KEY, as_=bob)

    assert (refused.status_code, text(refused)) == (403, "You may only modify your own events.")
    assert api.post("/calendar/delete", KEY).status_code == 401
    assert Reservation.objects.exists()
    assert api.post("/calendar/delete", KEY, as_=admin).status_code == 200


def test_bad_input_names_the_field(api: Api, alice: Person) -> None:
    answer = api.post("/calendar/delete", {"start": KEY["start"]}, as_=alice)

    assert (answer.status_code, text(answer)) == (400, "event_id: this key is missing.")
