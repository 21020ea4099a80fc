"""Simulated time: how long things take. What is reported carries the real time, whatever the pace."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """`speed` simulated seconds pass in a real one."""

    speed: float = 1.0

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """For so many simulated seconds."""
        await asyncio.sleep(seconds / self.speed)

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Until `event` is set, which is cleared then, or so many simulated seconds have passed."""
        try:
            async with asyncio.timeout(seconds / self.speed):
                await event.wait()
        except TimeoutError:
            return
        event.clear()
