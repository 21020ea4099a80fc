"""Many simulated sites in one process, and how the server did meanwhile."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from simulator.client import Client
from simulator.clock import Clock
from simulator.configuration import Site
from simulator.meter import Meter
from simulator.notes import NightLog
from simulator.observatory import Observatory
from simulator.processing import Machine
from simulator.wema import Wema

# A site has connections of its own, as in reality. (One pool for all is searched through with every request.)
# Idle ones are given up before the server does (uvicorn after 5 s): a call at that very moment would be lost.
CONNECTIONS = httpx.Limits(max_connections=10, keepalive_expiry=2.0)
# So far apart sites start, in simulated seconds: one polling when the others do is no load, but a drum.
APART_S = 3.5
# Under this name the PIPE machine's key is given.
PIPE = "pipe"


@dataclass(frozen=True)
class Keys:
    """What is shown to a server in strict mode: the key of each site, and what those without one show."""

    of_site: dict[str, str] = field(default_factory=dict)
    otherwise: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`saf=prk_…,safw=prk_…`, or one key or token for all."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        pairs = dict(part.split("=", 1) for part in parts if "=" in part)
        return cls(pairs, next((part for part in parts if "=" not in part), ""))

    def of(self, code: str) -> str:
        return self.of_site.get(code, self.otherwise)


@dataclass(frozen=True)
class Plan:
    """What to simulate; `every_s` in simulated seconds, as Observatory has it.

    `token` is a signed-in person's, who writes the sites' night log; without one nobody does.
    """

    server: str
    sites: Sequence[Site]
    speed: float = 1.0
    open_sky: bool = False
    every_s: float = 900.0
    keys: Keys = field(default_factory=Keys)
    token: str = ""


class Network:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.clock = Clock(plan.speed)
        self.meter = Meter()

    async def run(self, until: asyncio.Event) -> None:
        """All sites' programs, until the event is set."""
        ending = asyncio.ensure_future(until.wait())
        working = asyncio.ensure_future(self._work())
        try:
            await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ending.cancel()
            working.cancel()
            await asyncio.wait({ending, working})
        if not working.cancelled():
            working.result()

    async def _work(self) -> None:
        tls = ssl.create_default_context()
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:

            async def connections() -> httpx.AsyncClient:
                return await stack.enter_async_context(
                    httpx.AsyncClient(limits=CONNECTIONS, verify=tls, trust_env=False)
                )

            if queues := [site.code for site in self.plan.sites if site.passes_frames_on]:
                machine = Machine(self._client(await connections(), PIPE), self.clock, queues)
                tasks.create_task(machine.run(), name=PIPE)
            for number, site in enumerate(self.plan.sites):
                for name, work in self._work_of(number, site, await connections()):
                    tasks.create_task(work, name=name)
                await self.clock.sleep(APART_S / len(self.plan.sites))

    def _client(self, http: httpx.AsyncClient, code: str) -> Client:
        return Client(http, self.plan.server, self.meter, self.plan.keys.of(code))

    def _work_of(
        self, number: int, site: Site, http: httpx.AsyncClient
    ) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What goes on at a site: its two programs, and the person who writes its night log."""
        observatory = Observatory(
            site,
            self._client(http, site.code),
            self.clock,
            open_sky=self.plan.open_sky,
            every_s=self.plan.every_s,
            # Each takes its own frames at another time: otherwise a hundred come at once, and then none.
            first_s=self.plan.every_s * number / len(self.plan.sites),
        )
        wema = Wema(site, self._client(http, site.wema_code), self.clock, lambda: observatory.simulates_roof)
        yield wema.code, wema.run()
        yield observatory.code, observatory.run()
        if self.plan.token:
            person = Client(http, self.plan.server, self.meter, self.plan.token)
            yield f"{site.code} night log", NightLog(observatory, person, self.clock).run()

    async def tell(self, seconds: float, say: Callable[[str], None]) -> None:
        """Every so many real seconds a line on how the server did since the last."""
        while True:
            await asyncio.sleep(seconds)
            say(self.meter.look().line())
