"""POST /calendar/scheduler-observations with an observation portal, played by a real HTTP server."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import OperationalError
from pytest_django import Settings

from photonranch.tests.test_bounded_http import dawdler  # noqa: F401  (a fixture)
from reservations import portal, schedules
from testing.cast import Api, Person, a_project, an_event, at_once

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 22, 4, tzinfo=UTC)
WINDOW = {"site": "saf", "start": "2026-11-22T00:00:00Z", "end": "2026-11-23T00:00:00Z"}


def item(number: int, start: datetime = NIGHT, **changes: Any) -> dict[str, Any]:
    """An observation as the portal describes it."""
    return {
        "id": number, "site": "saf", "enclosure": "enc1", "telescope": "0m31", "state": "PENDING",
        "start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{start + timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "name": "40 Eridani", "submitter": "tess", "proposal": "Survey", "observation_type": "NORMAL",
        "priority": 10, "created": "2026-11-20T14:04:10.425775Z", "modified": "2026-11-20T14:04:10.425775Z",
        "request": {"id": 3445199, "state": "PENDING", "duration": 282, "configurations": []},
        **changes,
    }  # fmt: skip


class StandIn:
    """The portal. `plan`: what it knows; `answer`: how it answers instead, as (status, body)."""

    def __init__(self) -> None:
        self.plan: list[Any] = []
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[dict[str, str]] = []
        self.tokens: list[str | None] = []
        self.held = threading.Event()
        self.held.set()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                assert url.path == "/portal/api/schedule/"
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                stand_in.asked.append(query)
                stand_in.tokens.append(self.headers.get("Authorization"))
                stand_in.held.wait(60)
                status, body = stand_in.answer or (200, stand_in.page(query))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/portal/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def page(self, query: dict[str, str]) -> bytes:
        begins = int(query["offset"])
        ends = begins + int(query["limit"])
        # Where it says the next page lies is nowhere: whoever follows it fails.
        following = "http://127.0.0.1:1/next" if ends < len(self.plan) else None
        return json.dumps(
            {"count": len(self.plan), "next": following, "results": self.plan[begins:ends]}
        ).encode()

    def stop(self) -> None:
        self.held.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(autouse=True)
def _nothing_known() -> Iterator[None]:
    portal.answers.forget()
    yield
    portal.answers.forget()
    portal._outside.cache_clear()


@pytest.fixture
def there(settings: Settings) -> Iterator[StandIn]:
    stand_in = StandIn()
    settings.OCS_PORTAL_URL = stand_in.url
    yield stand_in
    stand_in.stop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the age of answers is told by."""
    now = [1000.0]
    monkeypatch.setattr(portal, "_now", lambda: now[0])
    return now


def shown(api: Api, **changes: Any) -> list[Any]:
    answer = api.post("/calendar/scheduler-observations", {**WINDOW, **changes})
    assert answer.status_code == 200
    found: list[Any] = answer.json()
    return found


def test_it_works(api: Api, there: StandIn) -> None:
    there.plan = [item(7)]

    assert shown(api) == [
        {
            "event_id": "7",
            "start": "2026-11-22T04:00:00Z",
            "end": "2026-11-22T04:05:00Z",
            "observation_state": "PENDING",
            "observation_data": item(7),
            "created_by": "tess",
            "user_id": "tess",
        }
    ]
    assert there.asked == [
        {
            "site": "saf",
            "end_after": "2026-11-22T00:00:00",
            "start_before": "2026-11-24T00:00:00",
            "limit": "500",
            "offset": "0",
        }
    ]
    assert there.tokens == [None]


def test_without_a_portal_nobody_is_asked(api: Api, there: StandIn, settings: Settings) -> None:
    settings.OCS_PORTAL_URL = None
    there.plan = [item(7)]

    assert shown(api) == []
    assert there.asked == []


def test_what_it_calls_our_sites_and_the_token(api: Api, there: StandIn, settings: Settings) -> None:
    settings.OCS_PORTAL_SITES = {"mrc1": ("mrc", "0m31"), "mrc2": ("mrc", "")}
    settings.OCS_PORTAL_TOKEN = "portal-token"
    there.plan = [item(7)]

    assert len(shown(api, site="mrc1")) == len(shown(api, site="mrc2")) == 1
    assert shown(api, site="saf") == []
    assert [(query["site"], query.get("telescope")) for query in there.asked] == [
        ("mrc", "0m31"),
        ("mrc", None),
    ]
    assert there.tokens == ["Token portal-token"] * 2


def test_only_what_touches_the_window_earliest_first(api: Api, there: StandIn) -> None:
    """Whatever its filters let through."""
    hours = (20, 2, 9, -1, 30)
    midnight = NIGHT.replace(hour=0)
    there.plan = [item(hour, midnight + timedelta(hours=hour)) for hour in hours]

    assert [each["event_id"] for each in shown(api)] == ["2", "9", "20"]


def test_all_pages_up_to_a_bound(
    api: Api, there: StandIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(portal, "PAGE", 2)
    there.plan = [item(number) for number in range(5)]

    assert len(shown(api)) == 5
    assert [query["offset"] for query in there.asked] == ["0", "2", "4"]

    there.plan = [item(number) for number in range(50)]
    assert len(shown(api, start="2026-11-21T00:00:00Z")) == 2 * portal.MOST_PAGES
    assert "plans more than the 8" in caplog.text


def test_a_long_window_is_cut(api: Api, there: StandIn) -> None:
    shown(api, end="2126-11-23T00:00:00Z")

    assert there.asked[0]["start_before"] == "2027-01-24T00:00:00"


def test_the_end_of_the_calendar(api: Api, there: StandIn) -> None:
    for start, end in (
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("1970-01-01T00:00:00Z", WINDOW["end"]),
    ):
        answer = api.post("/calendar/scheduler-observations", {**WINDOW, "start": start, "end": end})
        assert answer.status_code in (200, 400)


def test_one_odd_item_does_not_spoil_the_rest(api: Api, there: StandIn) -> None:
    odd: list[Any] = [
        None, 7, "x", [], {}, item(1, start=NIGHT) | {"start": None}, item(2) | {"end": "soon"},
        item(3) | {"start": "99999-01-01T00:00:00Z"},
    ]  # fmt: skip
    there.plan = [*odd, item(7, state=None, submitter=None)]

    (only,) = shown(api)

    assert (only["event_id"], only["observation_state"], only["created_by"]) == ("7", "PENDING", "")


def test_what_the_calendar_has_too_is_shown_once(
    api: Api, admin: Person, published: Any, there: StandIn
) -> None:
    there.plan = [item(7), item(8)]
    project = a_project(origin="LCO", full_lco_observation=json.dumps(item(7)))
    api.post("/projects/new-project", project)
    event = an_event(NIGHT, origin="LCO", project_id="m31#2026-11-20T22:58:14Z", creator_id="", creator="")
    assert api.post("/calendar/newevent", event, as_=admin).status_code == 200

    assert [each["event_id"] for each in shown(api)] == [event["event_id"], "8"]


# --- Asked seldom ------------------------------------------------------------------------------------------


def test_an_answer_is_kept_for_a_minute(api: Api, there: StandIn, clock: list[float]) -> None:
    there.plan = [item(7)]
    shown(api)
    # Another visitor's window, of the same days.
    shown(api, start="2026-11-22T01:00:00Z")
    assert len(there.asked) == 1

    there.plan = [item(7), item(8)]
    clock[0] += portal.KEEP_S
    assert len(shown(api)) == 2
    assert len(there.asked) == 2


def test_those_who_ask_at_once_wait_for_one_answer(settings: Settings, there: StandIn) -> None:
    there.plan = [item(7)]
    there.held.clear()
    question = portal.Asked("saf", "", NIGHT, NIGHT + timedelta(days=1))

    def ask(number: int) -> list[Any]:
        if number == 3:
            for _ in range(6000):
                if there.asked:
                    break
                threading.Event().wait(0.01)
            there.held.set()
            return there.plan
        return portal.answers.of(question, portal._fetch)

    assert at_once(4, ask) == [there.plan] * 4
    assert len(there.asked) == 1


def test_what_is_kept_is_bounded(there: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "KEPT", 3)
    for day in range(5):
        portal.answers.of(portal.Asked("saf", "", NIGHT + timedelta(days=day), NIGHT), lambda _: [])

    assert len(portal.answers.known) == 3


# --- When it fails -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"oops"), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"results": 7}'),
        (401, b'{"detail": "no"}'), (200, b"x" * (portal.PAGE_BYTES + 1)),
    ],
    ids=["500", "302", "html", "list", "no list", "401", "large"],
)  # fmt: skip
def test_what_it_said_last_is_shown(
    api: Api, there: StandIn, clock: list[float], caplog: pytest.LogCaptureFixture, answer: tuple[int, bytes]
) -> None:
    there.plan = [item(7)]
    shown(api)
    there.answer = answer
    clock[0] += portal.KEEP_S

    assert [each["event_id"] for each in shown(api)] == ["7"]
    assert "the observation portal does not answer" in caplog.text

    # It is left alone for a while, by everybody.
    assert shown(api, site="mrc1") == []
    assert len(there.asked) == 2
    there.answer = None
    clock[0] += portal.QUIET_S
    assert len(shown(api, site="mrc1")) == 1


def test_nobody_is_there(api: Api, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.OCS_PORTAL_URL = "http://127.0.0.1:1"
    settings.OCS_PORTAL_TOKEN = "portal-token"

    assert shown(api) == []
    assert "the observation portal does not answer" in caplog.text
    assert "portal-token" not in caplog.text


def test_a_site_that_it_does_not_know_has_no_plan(
    api: Api, there: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    there.answer = 400, b'{"site": ["Select a valid choice."]}'

    with caplog.at_level(logging.WARNING):
        assert shown(api) == []
    assert caplog.text == ""


def test_one_that_dawdles(
    api: Api,
    dawdler: Any,  # noqa: F811
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.OCS_PORTAL_URL = dawdler.url
    monkeypatch.setattr(portal, "TIMEOUT_S", 0.3)

    assert shown(api) == []


# --- Other sources -----------------------------------------------------------------------------------------


@pytest.fixture
def ours() -> Iterator[list[Any]]:
    """A plan of our own, as an app that plans adds it."""
    plan: list[Any] = []

    def source(site: str, start: datetime, end: datetime) -> list[Any]:
        if isinstance(plan[0], Exception):
            raise plan[0]
        return plan

    schedules.add("ours", source)
    yield plan
    schedules.remove("ours")


def test_every_source_is_asked(api: Api, there: StandIn, ours: list[Any]) -> None:
    there.plan = [item(7)]
    ours.append({"event_id": "a", "start": "2026-11-22T03:00:00Z", "observation_data": {}})

    assert [each["event_id"] for each in shown(api)] == ["a", "7"]


def test_one_that_fails_is_left_out(
    api: Api, there: StandIn, ours: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    there.plan = [item(7)]
    ours.append(KeyError("x"))

    assert [each["event_id"] for each in shown(api)] == ["7"]
    assert "the schedule of ours is left out" in caplog.text


def test_without_a_database_there_is_no_list(api: Api, ours: list[Any]) -> None:
    ours.append(OperationalError("away"))

    assert api.post("/calendar/scheduler-observations", WINDOW).status_code == 503
