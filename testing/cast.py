"""The cast that every test knows: Alice and Bob, an admin, the site saf with its observatory and its WEMA.

    def test_it_works(api: Api, alice: Person) -> None:
        answer = api.post("/jobs/newjob", a_command(), as_=alice)

`api` calls the server as programs do: a body of JSON without a Content-Type, no cookies.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import uuid4

from django.db import connections
from django.http import HttpResponse
from django.test import Client

from photonranch.auth.tokens import issue_token

T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """A user, known to the server by their token alone."""

    user_id: str
    name: str
    roles: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        return issue_token(self.user_id, self.roles, name=self.name, lifetime=timedelta(hours=1))


ALICE = Person("auth0|alice", "Alice")
BOB = Person("auth0|bob", "Bob")
ADMIN = Person("auth0|ada", "Ada", ("admin",))
SCHEDULER = Person("auth0|lco", "Scheduler", ("scheduler",))
# An afternoon, before the dates that tests reserve.
BEFORE_THE_NIGHTS = datetime(2026, 11, 21, 15, tzinfo=UTC)
SITE = "saf"
OTHER_SITE = "mrc1"
WEMA = "safw"
# What Chromium is called, from system to system; first the one without a window, which is the quickest.
BROWSERS = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
)  # fmt: skip


class Api:
    """Django's test client, speaking as the network's programs do."""

    def __init__(self) -> None:
        self.client = Client()

    def get(self, path: str, query: dict[str, Any] | None = None, as_: Person | None = None) -> Any:
        return self.client.get(path, query, headers=_headers(as_))

    def post(self, path: str, body: Any = None, as_: Person | None = None) -> Any:
        return self.send("POST", path, body, as_)

    def put(self, path: str, body: Any = None, as_: Person | None = None) -> Any:
        return self.send("PUT", path, body, as_)

    def delete(self, path: str, body: Any = None, as_: Person | None = None) -> Any:
        return self.send("DELETE", path, body, as_)

    def send(
        self, method: str, path: str, body: Any = None, as_: Person | None = None, **headers: str
    ) -> Any:
        """`body`: bytes go as they are, None sends nothing, everything else is sent as JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        # With a host in front: Django's client would take the x of `//x/` for one.
        url = f"http://testserver{path}"
        return self.client.generic(method, url, data, content_type="", headers={**_headers(as_), **headers})


def _headers(person: Person | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}"} if person else {}


def text(response: HttpResponse) -> str:
    """The sentence of an error; fails when it is not plain text."""
    assert response["Content-Type"].startswith("text/plain"), response["Content-Type"]
    return response.content.decode()


def a_command(**changes: Any) -> dict[str, Any]:
    """A command as the web frontend sends it."""
    return {
        "site": SITE,
        "mount": "eastpier",
        "device": "camera",
        "instance": "camera_1_1",
        "action": "expose",
        "user_name": "whoever",
        "user_id": "whoever",
        "user_roles": ["admin"],
        "timestamp": 1795215496,
        "required_params": {"time": "1", "image_type": "light", "smartstack": True},
        "optional_params": {"count": "1", "filter": "w", "bin": '"optimal"', "area": [], "object_name": ""},
        **changes,
    }


def an_event(start: datetime, minutes: float = 30, /, **changes: Any) -> dict[str, Any]:
    """A reservation as the web frontend sends it."""
    return {
        "event_id": str(uuid4()),
        "start": utc(start),
        "end": utc(start + timedelta(minutes=minutes)),
        "creator": "whoever",
        "creator_id": "whoever",
        "site": SITE,
        "title": "whoever",
        "reservation_type": "realtime",
        "resourceId": SITE,
        "project_id": "none#",
        "project_priority": "standard",
        "reservation_note": "",
        "origin": "PTR",
        **changes,
    }


def a_project(**changes: Any) -> dict[str, Any]:
    """A project as the web frontend sends it: numbers as text here and there, keys that nobody reads."""
    return {
        "project_name": "m31",
        "created_at": "2026-11-20T22:58:14Z",
        "user_id": ALICE.user_id,
        "origin": "PTR",
        "project_note": "",
        "project_priority": "standard",
        "project_creator": {"username": ALICE.name, "user_id": ALICE.user_id},
        "project_constraints": {
            "project_is_active": True,
            "ra_offset": 0,
            "dec_offset": 0,
            "position_angle": 0,
            "max_airmass": "2.00",
            "smart_stack": True,
            "sub_stack": True,
        },
        "project_targets": [{"name": "M31", "ra": "0.7123", "dec": "41.2690"}],
        "project_sites": [SITE],
        "exposures": [an_exposure("w", "3"), an_exposure("HA", "30")],
        "remaining": ["3", "30"],
        "project_data": [[], []],
        "scheduled_with_events": [],
        "start_date": "2026-11-20T22:58:14+00:00",
        **changes,
    }


def an_exposure(filter_name: str, count: str, **changes: Any) -> dict[str, Any]:
    return {
        "count": count,
        "imtype": "light",
        "exposure": 60,
        "repeat": 0,
        "filter": filter_name,
        "zoom": "Full",
        "bin": "optimal",
        "width": 1.065,
        **changes,
    }


def utc(at: datetime) -> str:
    """As the calendar's clients write times."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work(0)` … `work(count - 1)` in as many threads, started together; their results, in order.

    Each has a database connection of its own, as requests have. An exception in one is raised here.
    """
    start = Barrier(count)

    def run(number: int) -> T:
        start.wait(timeout=30)
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))
