"""What the live tests share: a simulated observatory beside a real server, and somebody who watches."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from websockets.sync.client import ClientConnection, connect

from testing.cast import ALICE, a_command
from testing.live import Process, Server

# Without Redis the server has a worker in its own process.
ALONE = {"REDIS_URL": ""}
TIMEOUT_S = 60.0


class Watcher:
    """A socket on a site's stream, which a test waits at."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def until(self, topic: str, wanted: Callable[[Any], bool]) -> Any:
        """The data of the next frame of that topic that is `wanted`."""
        deadline = datetime.now(UTC) + timedelta(seconds=TIMEOUT_S)
        while (left := (deadline - datetime.now(UTC)).total_seconds()) > 0:
            frame = json.loads(self.socket.recv(timeout=left))
            if frame["topic"] == topic and wanted(frame["data"]):
                return frame["data"]
        raise AssertionError(f"nothing of topic {topic} was as wanted")

    def states_of(self, ulid: str, last: str) -> list[str]:
        """The states that a job takes, up to `last`; the same one after itself counts once."""
        found: list[str] = []

        def is_last(job: Any) -> bool:
            status = str(job["statusId"]).partition("#")[0]
            if job["ulid"] == ulid and found[-1:] != [status]:
                found.append(status)
            return bool(job["ulid"] == ulid and status == last)

        self.until("jobs", is_last)
        return found


@contextmanager
def watching(server: Server, since: int | None = None, site: str = "saf") -> Iterator[Watcher]:
    query = "" if since is None else f"&since={since}"
    with connect(f"{server.ws}/datastream?site={site}{query}", max_size=None) as socket:
        yield Watcher(socket)


@contextmanager
def simulated(server: Server, *arguments: str) -> Iterator[Process]:
    line = [sys.executable, "manage.py", "simulate", "saf", "--server", server.url, *arguments]
    process = Process(line, os.environ)
    try:
        yield process
    finally:
        code = process.stop()
    assert code == 0, process.output
    assert "Traceback" not in process.output


def command(server: Server, person: Any = ALICE, **changes: Any) -> str:
    """Give a command; its ulid."""
    body = a_command(**changes)
    answer = server.http.post("/jobs/newjob", json=body, headers={"Authorization": f"Bearer {person.token}"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ulid"])


def newest(server: Server, watcher: Watcher, wanted: Callable[[Any], bool]) -> Any:
    """The newest image of the site, once it is as wanted; asked again with each push."""
    while True:
        images = server.http.get("/api/saf/latest_images/1").json()
        if images and wanted(images[0]):
            return images[0]
        watcher.until("imagedata", lambda data: True)
