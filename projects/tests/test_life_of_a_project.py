"""A whole project as the real clients drive it: the frontend makes and reserves it, the telescope uploads its
frames by name and header alone, and says nothing of the project. It is complete in the end.

Over HTTP and a socket, to the server that `make run` starts, with its own worker; bodies of text without a
Content-Type, as the telescope's program sends them.
"""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone
from websockets.sync.client import ClientConnection, connect

from images.tests.frames import header_text, jpg
from testing.cast import ALICE, a_project, an_event, an_exposure, utc
from testing.live import Server, running

pytestmark = pytest.mark.live

TIMEOUT_S = 60
KEY = {"project_name": "M 31 in two colours", "created_at": "2026-11-20T22:58:14Z"}
ID = "M 31 in two colours#2026-11-20T22:58:14Z"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # Without Redis the server has a worker in its own process.
    with running("daphne", env={"REDIS_URL": ""}) as started:
        yield started


class Telescope:
    """What an observatory's program sends of a frame: its jpg and its header, each with a form of its own."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def schedule(self) -> Any:
        now = timezone.now()
        day = timedelta(days=1)
        window = {
            "site": "saf",
            "start": utc(now - day),
            "end": utc(now + day),
            "full_project_details": False,
        }
        return self._post("/calendar/siteevents", window)

    def project(self, project_id: str) -> Any:
        name, created_at = project_id.split("#")[:2]
        return self._post("/projects/get-project", {"project_name": name, "created_at": created_at})

    def expose(self, number: int, filter_name: str, seconds: float, begun: datetime) -> str:
        base = f"saf-sq003ms-{begun:%Y%m%d}-{number:08d}"
        date = begun.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        header = {"DATE-OBS": date, "EXPTIME": seconds, "FILTER": filter_name, "OBSTYPE": "EXPOSE"}
        self._upload(f"{base}-EX10.jpg", jpg())
        self._upload(f"{base}-EX00.txt", header_text(**header))
        return base

    def _upload(self, name: str, content: bytes) -> None:
        form = self._post("/api//upload/", {"object_name": name, "s3_directory": "data"})
        file = {"file": (f"F:/ptr/saf/to_AWS/{name}", content)}
        answer = requests.post(form["url"], data=form["fields"], files=file, timeout=TIMEOUT_S)
        assert "204" in str(answer)

    def _post(self, path: str, body: Any) -> Any:
        answer = requests.post(self.server.url + path, data=json.dumps(body), timeout=TIMEOUT_S)
        assert answer.status_code == 200, answer.text
        return answer.json()


def frontend(server: Server, path: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {ALICE.token}"}
    answer = requests.post(server.url + path, json=body, headers=headers, timeout=TIMEOUT_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def progress_after(stream: ClientConnection, remaining: int) -> Any:
    """What the page is pushed of the project, once that many frames remain."""
    while True:
        frame = json.loads(stream.recv(timeout=TIMEOUT_S))
        if frame["topic"] == "projects" and frame["data"]["remaining"] == remaining:
            return frame["data"]


def test_it_works(server: Server) -> None:
    now = timezone.now()
    telescope = Telescope(server)
    project = a_project(
        **KEY,
        exposures=[an_exposure("w", "2", exposure="30"), an_exposure("HA", "1", exposure=120)],
        remaining=["2", "1"],
        project_data=[[], []],
    )
    event = an_event(now, 60, project_id=ID, reservation_type="project")
    with connect(f"{server.ws}/datastream?site=saf") as stream:
        # The frontend: a project, time for it, and the one noted with the other.
        frontend(server, "/projects/new-project", project)
        frontend(server, "/calendar/newevent", event)
        frontend(server, "/projects/add-project-event", {**KEY, "event_id": event["event_id"]})

        # The telescope: its schedule, what is to be done in it, and what came of it.
        [scheduled] = telescope.schedule()
        wanted = telescope.project(scheduled["project_id"])
        bases: list[list[str]] = []
        for exposure in wanted["exposures"]:
            bases.append([])
            for _ in range(int(exposure["count"])):
                number = sum(map(len, bases)) + 1
                begun = now + timedelta(minutes=5 * number)
                bases[-1].append(
                    telescope.expose(number, exposure["filter"], float(exposure["exposure"]), begun)
                )
        done = progress_after(stream, 0)

    assert (done["wanted"], done["taken"], done["percent"]) == (3, 3, 100)
    assert telescope.project(ID) == {
        **project,
        "scheduled_with_events": [event["event_id"]],
        "project_data": bases,
        "remaining": [0, 0],
    }

    # One more of the first kind is kept, and counts for nothing; the page says why.
    extra = telescope.expose(9, "w", 30.0, now + timedelta(minutes=50))
    said = reason_of(server, extra)
    assert said == "The project has all the frames of this kind, filter and exposure time already."
    [shown] = requests.get(
        f"{server.url}/projects/progress", {"user_id": ALICE.user_id}, timeout=TIMEOUT_S
    ).json()
    assert shown["percent"] == 100


def reason_of(server: Server, base: str) -> str:
    """Why a frame counts for nothing, once that is known: it is not pushed, so it is asked for."""
    for _ in range(600):
        query = {"base_filename": base}
        found = requests.get(f"{server.url}/projects/frames", query, timeout=TIMEOUT_S).json()
        if found and found[0]["state"] == "left out":
            return str(found[0]["reason"])
        threading.Event().wait(0.1)
    raise AssertionError(f"{base} was not matched: {found}")
