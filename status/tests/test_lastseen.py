"""When each site last called: noted at the edge, written in batches, shown at GET /status/lastseen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError

from conftest import Published
from status import lastseen, services
from status.calls import CALENDAR, POLL, calendar_stopped
from status.lastseen import notebook
from status.models import LastSeen
from testing.cast import Api

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def empty_notebook() -> Iterator[None]:
    notebook.take()
    yield
    notebook.take()


def seen(api: Api) -> Any:
    answer = api.get("/status/lastseen")
    assert answer.status_code == 200
    return answer.json()


def test_it_works(api: Api, published: Published) -> None:
    api.post("/jobs/getnewjobs", {"site": "saf"})
    api.post("/status/saf/status/", {"statusType": "device", "status": {}})
    api.post("/logs/newlog", {"site": "mrc1", "log_message": "hello"})
    api.post("/status/phase_status", {"site": "mrc1", "message": "hello"})

    shown = seen(api)
    assert {site: set(calls["calls"]) for site, calls in shown.items()} == {
        "saf": {"getnewjobs", "status"},
        "mrc1": {"newlog", "phase_status"},
    }
    call = shown["saf"]["calls"]["getnewjobs"]
    assert call["age_s"] < 60
    assert call["timestamp_ms"] == pytest.approx(datetime.now(UTC).timestamp() * 1000, abs=60_000)
    assert shown["saf"]["calendar_stopped"] is False


def test_a_call_writes_nothing_until_the_time_has_come(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.post("/jobs/getnewjobs", {"site": "saf"})
    api.post("/jobs/getnewjobs", {"site": "mrc1"})
    assert not LastSeen.objects.exists()

    monkeypatch.setattr(lastseen, "WRITE_EVERY_S", -1.0)
    api.post("/jobs/getnewjobs", {"site": "saf"})
    assert set(LastSeen.objects.values_list("site", flat=True)) == {"saf", "mrc1"}


def test_all_that_was_noted_is_one_write(django_assert_num_queries: Any) -> None:
    for number in range(200):
        lastseen.heard(None, site=f"site{number}", endpoint="status")
    with django_assert_num_queries(1):
        notebook.write()
    with django_assert_num_queries(0):
        notebook.write()


def test_the_newest_call_counts() -> None:
    notebook.note("saf", POLL)
    notebook.write()
    first = LastSeen.objects.get().at
    notebook.note("saf", POLL)
    notebook.write()

    assert LastSeen.objects.get().at > first


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://www.example.org"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_the_web_page_is_not_the_site(api: Api, published: Published, headers: dict[str, str]) -> None:
    api.send("POST", "/jobs/getnewjobs", {"site": "saf"}, None, **headers)

    assert seen(api) == {}


def test_calls_that_were_refused_do_not_count(api: Api, published: Published) -> None:
    api.post("/jobs/getnewjobs", {"site": "a b"})
    api.post("/status/saf/status", {"statusType": "device"})

    assert seen(api) == {}


def test_reading_is_not_being_seen(api: Api, published: Published) -> None:
    api.get("/status/saf/enclosure")
    api.get("/status/saf/complete_status")

    assert seen(api) == {}


def test_a_database_that_refuses_costs_the_notes_only(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise DatabaseError("full")

    monkeypatch.setattr(lastseen, "WRITE_EVERY_S", -1.0)
    monkeypatch.setattr(LastSeen.objects.all().__class__, "bulk_create", fails)

    assert api.post("/jobs/getnewjobs", {"site": "saf"}).status_code == 200


def test_a_flood_of_made_up_sites_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lastseen, "MOST_NOTED", 3)
    for number in range(10):
        notebook.note(f"site{number}", POLL)

    assert len(notebook.take()) == 3


def test_sites_not_heard_for_a_year_are_forgotten() -> None:
    LastSeen.objects.create(site="gone", endpoint=POLL, at=datetime.now(UTC) - timedelta(days=366))
    LastSeen.objects.create(site="saf", endpoint=POLL, at=datetime.now(UTC) - timedelta(days=364))

    services.expire()

    assert LastSeen.objects.get().site == "saf"


# --- The mark ----------------------------------------------------------------------------------------------


def ago(**minutes: float) -> dict[str, datetime]:
    return {call: NOW - timedelta(minutes=age) for call, age in minutes.items()}


@pytest.mark.parametrize(
    ("calls", "stopped"),
    [
        (ago(getnewjobs=0.05, siteevents=11), True),
        (ago(getnewjobs=0.05, siteevents=1), False),
        (ago(getnewjobs=0.05, siteevents=9), False),
        (ago(getnewjobs=60, siteevents=600), False),  # off altogether
        (ago(getnewjobs=0.05), False),  # a WEMA never asks
        (ago(siteevents=60), False),
        ({}, False),
    ],
)
def test_polling_without_a_calendar_is_marked(calls: dict[str, datetime], stopped: bool) -> None:
    assert calendar_stopped(calls, NOW) is stopped


def test_the_mark_is_shown(api: Api) -> None:
    now = datetime.now(UTC)
    LastSeen.objects.create(site="saf", endpoint=POLL, at=now)
    LastSeen.objects.create(site="saf", endpoint=CALENDAR, at=now - timedelta(minutes=30))

    assert seen(api)["saf"]["calendar_stopped"] is True
