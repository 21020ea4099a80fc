"""Many simulated sites in one process, and how the server did meanwhile."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx

from simulator.client import Client
from simulator.clock import Clock
from simulator.configuration import Site
from simulator.meter import Meter
from simulator.observatory import Observatory
from simulator.program import Program
from simulator.wema import Wema

# Real telescopes are that many programs with a connection each, and more when they send files.
CONNECTIONS_PER_SITE = 4
# So far apart sites start, in simulated seconds: one polling when the others do is no load, but a drum.
APART_S = 3.5


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
    """What to simulate; `every_s` in simulated seconds, as Observatory has it."""

    server: str
    sites: Sequence[Site]
    speed: float = 1.0
    open_sky: bool = False
    every_s: float = 900.0
    keys: Keys = field(default_factory=Keys)


class Network:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.clock = Clock(plan.speed)
        self.meter = Meter()

    async def run(self, until: asyncio.Event) -> None:
        """All sites' programs, until the event is set."""
        limits = httpx.Limits(max_connections=len(self.plan.sites) * CONNECTIONS_PER_SITE)
        async with httpx.AsyncClient(limits=limits, trust_env=False) as http:
            ending = asyncio.ensure_future(until.wait())
            working = asyncio.ensure_future(self._work(http))
            try:
                await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ending.cancel()
                working.cancel()
                await asyncio.wait({ending, working})
            if not working.cancelled():
                working.result()

    async def _work(self, http: httpx.AsyncClient) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number, site in enumerate(self.plan.sites):
                # Each takes its own frames at another time: otherwise a hundred come at once, and then none.
                first_s = self.plan.every_s * number / len(self.plan.sites)
                for program in self._programs(site, http, first_s):
                    tasks.create_task(program.run(), name=program.code)
                await self.clock.sleep(APART_S / len(self.plan.sites))

    def _programs(self, site: Site, http: httpx.AsyncClient, first_s: float) -> list[Program]:
        def client(code: str) -> Client:
            return Client(http, self.plan.server, self.meter, self.plan.keys.of(code))

        observatory = Observatory(
            site,
            client(site.code),
            self.clock,
            open_sky=self.plan.open_sky,
            every_s=self.plan.every_s,
            first_s=first_s,
        )
        return [Wema(site, client(site.wema_code), self.clock), observatory]

    async def tell(self, seconds: float, say: Callable[[str], None]) -> None:
        """Every so many real seconds a line on how the server did since the last."""
        while True:
            await asyncio.sleep(seconds)
            say(self.meter.look().line())
