"""What the two programs of a site have in common: boot, loops, polls for commands, reports."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from simulator.client import Client
from simulator.clock import Clock
from simulator.configuration import Site
from simulator.job import Job
from simulator.outbox import Outbox

log = logging.getLogger(__name__)

BOOT_RETRY_S, NIGHT_S = 5.0, 600.0


class Program:
    """A client of the server under the code of an observatory or of a WEMA."""

    def __init__(self, code: str, site: Site, client: Client, clock: Clock) -> None:
        self.code = code
        self.site = site
        self.place = site.place
        self.client = client
        self.clock = clock
        self.reports: Outbox[dict[str, Any]] = Outbox(client, self._send_report, most=500, keeps=True)
        self.night = self.place.night(clock.now())

    async def run(self) -> None:
        """Boot, then work for ever."""
        await self.boot()
        async with asyncio.TaskGroup() as tasks:
            for loop in self.loops():
                tasks.create_task(loop)

    async def boot(self) -> None:
        raise NotImplementedError

    def loops(self) -> list[Any]:
        """Coroutines that run side by side from then on."""
        raise NotImplementedError

    async def every(
        self, seconds: float, do: Callable[[], Awaitable[None]], wake: asyncio.Event | None = None
    ) -> None:
        """`do` again and again, so many simulated seconds apart, or when `wake` is set."""
        wake = wake or asyncio.Event()
        while True:
            await do()
            await self.client.pause()
            await self.clock.until(wake, seconds)

    async def mind_the_date(self) -> None:
        """After each local noon a new night begins."""
        night = self.place.night(self.clock.now())
        if night != self.night:
            before, self.night = self.night, night
            await self.begin_night(before)

    async def begin_night(self, before: date) -> None:
        """Put the configuration with the coming night's events; `before` is the night that is over."""
        raise NotImplementedError

    # --- Calls both make ----------------------------------------------------------------------------------

    async def put_configuration(self, configuration: dict[str, Any]) -> None:
        """With the night's events, until it is taken: a site is nothing without it."""
        body = {**configuration, "events": self.place.events(self.clock.now())}
        while True:
            answer = await self.client.put(f"/api/{self.code}/config/", body)
            if isinstance(answer.json, dict) and "ResponseMetadata" in answer.json:
                return
            await self.client.pause()
            await self.clock.sleep(BOOT_RETRY_S)

    async def post_status(self, status_type: str, status: dict[str, Any], slash: str = "/") -> None:
        body = {"statusType": status_type, "status": status}
        await self.client.post(f"/status/{self.code}/status{slash}", body)

    async def fetch_jobs(self, *, alternate: bool = False) -> list[Job]:
        """New commands, oldest first; none when what came is not a list."""
        body: dict[str, Any] = {"site": self.code, **({"alternateQueue": True} if alternate else {})}
        answer = await self.client.post("/jobs/getnewjobs", body)
        if not isinstance(answer.json, list):
            return []
        return sorted((Job.of(job) for job in answer.json), key=lambda job: job.timestamp_ms)

    async def configuration_of(self, code: str) -> dict[str, Any] | None:
        answer = await self.client.get(f"/api/{code}/config/")
        found = answer.json.get("configuration") if isinstance(answer.json, dict) else None
        return found if isinstance(found, dict) else None

    async def status_of(self, code: str, status_type: str) -> dict[str, Any]:
        """The status that another program posted; empty when there is none."""
        answer = await self.client.get(f"/status/{code}/{status_type}/")
        found = answer.json.get("status") if answer.ok and isinstance(answer.json, dict) else None
        return found if isinstance(found, dict) else {}

    def report(self, job: Job, status: str, seconds: float = -1, *, alternate: bool = False) -> None:
        """Say how far a command has come; `seconds` until it is complete, −1 for unknown."""
        body: dict[str, Any] = {
            "site": self.code,
            "ulid": job.ulid,
            "secondsUntilComplete": round(seconds / self.clock.speed) if seconds >= 0 else -1,
            "newStatus": status,
        }
        self.reports.put({**body, "alternateQueue": True} if alternate else body)

    async def _send_report(self, body: dict[str, Any]) -> bool:
        answer = await self.client.post("/jobs/updatejobstatus", body, timeout_s=5)
        return 0 < answer.status < 500
