"""What staff do with the calendar: look, and cancel."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from conftest import Published
from reservations.models import Reservation
from testing.cast import ALICE, Api, an_event
from testing.staff import act, offered, staff, superuser, text

pytestmark = pytest.mark.django_db


def reserve(start: datetime, **changes: str) -> Reservation:
    answer = Api().post("/calendar/newevent", an_event(start, **changes), as_=ALICE)
    assert answer.status_code == 200, answer.content
    return Reservation.objects.latest("last_modified")


def test_it_works(published: Published) -> None:
    event = reserve(timezone.now())
    client = superuser()

    assert "Whoever made them is not asked." in act(client, "cancel", event, confirmed=False)
    assert Reservation.objects.count() == 1
    assert "1 reservation canceled." in act(client, "cancel", event)

    assert not Reservation.objects.exists()
    assert published.of("calendar")[-1]["change"] == "deleted"
    assert "Cancel" in text(client.get("/admin/admin/logentry/"))


def test_the_list_tells_now_from_coming_and_over(published: Published) -> None:
    now = timezone.now()
    on = reserve(now - timedelta(minutes=5))
    coming = reserve(now + timedelta(hours=5))
    over = Reservation.objects.get(pk=reserve(now + timedelta(hours=9)).pk)
    Reservation.objects.filter(pk=over.pk).update(
        start=now - timedelta(hours=2), end=now - timedelta(hours=1)
    )
    client = superuser()

    for when, found in (("now", on), ("coming", coming), ("over", over)):
        changelist = client.get("/admin/reservations/reservation/", {"when": when}).context["cl"]
        assert list(changelist.result_list) == [found]
    assert list(Reservation.objects.now_on(now)) == [on]


def test_an_event_is_found_by_its_id_its_creator_and_its_project(published: Published) -> None:
    event = reserve(datetime(2026, 12, 1, tzinfo=UTC), event_id="9f1c-77", project_id="m31#2026")
    client = superuser()

    for term in ("9f1c", ALICE.user_id, "m31#2026", "whoev"):
        changelist = client.get("/admin/reservations/reservation/", {"q": term}).context["cl"]
        assert list(changelist.result_list) == [event], term


def test_canceling_needs_the_permission(published: Published) -> None:
    event = reserve(timezone.now())
    looker = staff("reservations.view_reservation")

    assert offered(looker, event) == set()
    act(looker, "cancel", event)
    assert Reservation.objects.exists()
