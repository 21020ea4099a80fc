"""A server that is none: it notes what is sent, and answers as the real one does or as a test wants it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from simulator.client import Client
from simulator.clock import Clock
from simulator.configuration import demo_site
from simulator.meter import Meter
from simulator.observatory import Observatory
from simulator.program import Program
from simulator.wema import Wema

SERVER = "http://server.test"
TIMEOUT_S = 30.0
# So fast that nothing has to be waited for, and slow enough that a test sees a slew.
SPEED = 200.0
ROOF = {"shutter_status": {"val": "Open", "timestamp": 1}, "enclosure_mode": {"val": "Auto", "timestamp": 1}}

Answer = Callable[[], httpx.Response]


class Standin:
    """`answers`: path → what is answered there instead of the usual."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, Answer] = {}
        self.jobs: list[dict[str, Any]] = []
        self.came = asyncio.Condition()
        self.meter = Meter()
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def client(self, key: str = "") -> Client:
        return Client(self.http, SERVER, self.meter, key)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        path = path_of(request)
        async with self.came:
            self.requests.append(request)
            self.came.notify_all()
        return self.answers[path]() if path in self.answers else self._usual(path, request)

    def _usual(self, path: str, request: httpx.Request) -> httpx.Response:
        if path == "/file":
            return httpx.Response(204)
        if path == "/api/upload":
            name = json.loads(request.content)["object_name"]
            return httpx.Response(200, json={"url": f"{SERVER}/file", "fields": {"key": f"data/{name}"}})
        if path == "/jobs/getnewjobs":
            body = json.loads(request.content)
            jobs, self.jobs = (self.jobs, []) if "alternateQueue" not in body else ([], self.jobs)
            return httpx.Response(200, json=jobs)
        if path.endswith("/config"):
            put = {"ResponseMetadata": {"HTTPStatusCode": 200}}
            return httpx.Response(200, json=put if request.method == "PUT" else {"configuration": {}})
        if path == "/status/safw/enclosure":
            return httpx.Response(200, json={"status": {"enclosure": {"enclosure1": ROOF}}})
        return httpx.Response(200, json=[] if path == "/calendar/siteevents" else {})

    # --- What a test asks ---------------------------------------------------------------------------------

    def bodies(self, path: str) -> list[Any]:
        """What was sent to that path so far, in order."""
        return [json.loads(request.content) for request in self.requests if path_of(request) == path]

    async def until(self, wanted: Callable[[], Any]) -> Any:
        """What `wanted` gives once it is true; asked again with each request."""
        async with asyncio.timeout(TIMEOUT_S), self.came:
            await self.came.wait_for(wanted)
        return wanted()

    async def state(self, ulid: str, *states: str) -> list[str]:
        """What was reported of a job up to the first of those states."""

        def reported() -> list[str]:
            bodies = self.bodies("/jobs/updatejobstatus")
            return [body["newStatus"] for body in bodies if body["ulid"] == ulid]

        await self.until(lambda: set(reported()) & set(states))
        return reported()


def path_of(request: httpx.Request) -> str:
    """`/x` for `/x/` and `//x`, as the server takes it."""
    return "/" + "/".join(part for part in request.url.path.split("/") if part)


def a_job(device: str, action: str, number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """A command as the queue hands it out, of an admin."""
    return {
        "site": "saf",
        "ulid": f"01M{number:023d}",
        "statusId": "UNREAD#",
        "timestamp_ms": 1_795_215_496_000 + number,
        "deviceType": device,
        "deviceInstance": device,
        "action": action,
        "required_params": {},
        "optional_params": {},
        "user_id": "google-oauth2|1124",
        "user_name": "Alice",
        "user_roles": ["admin"],
        **changes,
    }


@asynccontextmanager
async def at_work(program: Program) -> AsyncIterator[None]:
    """A program that runs while the body does. Its own faults come out here."""
    running = asyncio.ensure_future(program.run())
    try:
        yield
    finally:
        ended = running.done()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    assert not ended


def observatory(standin: Standin, **options: Any) -> Observatory:
    """saf under an open sky, which does nothing of its own accord."""
    known = {"open_sky": True, "every_s": 0.0, **options}
    return Observatory(demo_site(), standin.client(), Clock(SPEED), **known)


def wema(standin: Standin) -> Wema:
    return Wema(demo_site(), standin.client(), Clock(SPEED))
