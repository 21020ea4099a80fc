"""What pictures of a night show of the calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from reservations.models import Reservation
from reservations.taken import MAX_ROWS, times
from sitecfg.tests.cast import put_both
from testing.cast import Api, Person, an_event

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _before_the_night() -> Any:
    with time_machine.travel(NIGHT - timedelta(hours=8), tick=False):
        yield


def test_it_works(api: Api, alice: Person) -> None:
    api.post("/calendar/newevent", an_event(NIGHT, 60, title="Galaxies & <more>"), as_=alice)
    put_both()

    assert times("saf", NIGHT - timedelta(hours=1), NIGHT + timedelta(hours=9)) == [
        (NIGHT, NIGHT + timedelta(hours=1), "Galaxies & <more>")
    ]
    assert times("eco", NIGHT, NIGHT + timedelta(hours=9)) == []
    svg = api.get("/api/visibility.svg?site=saf&target=M31").content.decode()
    assert "<title>Galaxies &amp; &lt;more&gt;</title>" in svg


def test_they_are_bounded() -> None:
    rows = (
        Reservation(
            event_id=str(n), site="saf", start=NIGHT, end=NIGHT + timedelta(minutes=1), last_modified=NIGHT
        )
        for n in range(MAX_ROWS + 5)
    )
    Reservation.objects.bulk_create(rows)

    assert len(times("saf", NIGHT, NIGHT + timedelta(hours=1))) == MAX_ROWS
