"""The admin's pages about status: to look at, not to change."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conftest import Published
from status import services
from status.models import LastSeen, Phase, Status
from testing.staff import act

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada"))
    return client


def page(staff: Client, path: str) -> str:
    answer = staff.get(f"/admin/status/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_works(staff: Client, published: Published) -> None:
    services.report("saf", "device", {"mount": {"eastpier": {"message": "<script>", "large": 10**30}}})
    services.say_phase("saf", "Taking flats")

    assert "device" in page(staff, "status/")
    assert "Taking flats" in page(staff, "phase/")
    shown = page(staff, f"status/{Status.objects.get().pk}/change/")
    assert "eastpier" in shown
    assert "<script>&quot;" not in shown
    assert "&lt;script&gt;" in shown


def test_a_site_that_stopped_asking_for_its_calendar_is_marked(staff: Client) -> None:
    now = datetime.now(UTC)
    LastSeen.objects.create(site="saf", endpoint="getnewjobs", at=now)
    LastSeen.objects.create(site="saf", endpoint="siteevents", at=now - timedelta(minutes=30))
    LastSeen.objects.create(site="mrc1", endpoint="getnewjobs", at=now)
    LastSeen.objects.create(site="mrc1", endpoint="siteevents", at=now - timedelta(minutes=1))

    assert page(staff, "lastseen/").count("stopped asking for its calendar") == 1


def test_nothing_can_be_added_or_changed(staff: Client, published: Published) -> None:
    services.report("saf", "device", {})

    for model in ("status", "phase", "lastseen"):
        assert staff.get(f"/admin/status/{model}/add/").status_code == 403
    assert staff.post(f"/admin/status/status/{Status.objects.get().pk}/change/", {}).status_code == 403


def test_status_of_a_site_is_forgotten_at_once(staff: Client, published: Published) -> None:
    for site, kind in (("saf", "device"), ("saf", "weather"), ("mrc1", "device")):
        services.report(site, kind, {})
    [one, *_] = Status.objects.filter(site="saf")

    assert "Forget all types of status" in act(staff, "clear_site", one, confirmed=False)
    assert "2 types of status of saf forgotten." in act(staff, "clear_site", one)
    assert Status.objects.get().site == "mrc1"


def test_what_is_forgotten_begins_afresh(staff: Client, published: Published) -> None:
    services.report("saf", "device", {"a": 1})
    services.say_phase("saf", "Taking flats")
    LastSeen.objects.create(site="saf", endpoint="getnewjobs", at=datetime.now(UTC))

    for model in (Status, Phase, LastSeen):
        act(staff, "remove_chosen", model.objects.get())
        assert not model.objects.exists()
    assert services.report("saf", "device", {}).document == {}


def test_when_each_site_was_last_heard() -> None:
    now = datetime.now(UTC)
    for site, call, age in (("saf", "getnewjobs", 10), ("saf", "siteevents", 100), ("mrc1", "newlog", 50)):
        LastSeen.objects.create(site=site, endpoint=call, at=now - timedelta(seconds=age))

    assert LastSeen.objects.last_heard() == {
        "saf": now - timedelta(seconds=10),
        "mrc1": now - timedelta(seconds=50),
    }
