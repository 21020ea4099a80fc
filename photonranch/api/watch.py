"""One look at the database for all calls that wait for something in this process, however many they are.

    look = Watch(available, every_s=0.25)       # asked with {key: how many calls wait for it}
    if await look.wait("a queue", seconds=20):  # worth asking again

The looking begins with the first call that waits in an event loop and ends with the last.
"""

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakKeyDictionary

from django.db import connections

log = logging.getLogger(__name__)

# Key -> how many calls wait for it; the answer says how many of them have reason to go on.
Counts = dict[str, int]


class Watch:
    """The calls that wait for one kind of thing, in each event loop. `look` runs in a thread."""

    def __init__(self, look: Callable[[Counts], Counts], every_s: float) -> None:
        self.look = look
        self.every_s = every_s
        self.loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Waiters] = WeakKeyDictionary()

    async def wait(self, key: str, seconds: float) -> bool:
        """Whether there was reason to go on within `seconds`."""
        return await self.waiters().wait(key, seconds)

    def waiters(self) -> "Waiters":
        """Those of the event loop that this runs in."""
        return self.loops.setdefault(asyncio.get_running_loop(), Waiters(self._safely, lambda: self.every_s))

    def _safely(self, wanted: Counts) -> Counts:
        """A database that is away for a moment must not end the looking for those who wait."""
        try:
            return self.look(wanted)
        except Exception:
            log.warning("nothing can be looked at just now", exc_info=True)
            return {}
        finally:
            connections.close_all()


class Waiters:
    """The calls that wait in one event loop, and the one task that looks for them."""

    def __init__(self, look: Callable[[Counts], Counts], every_s: Callable[[], float]) -> None:
        self.look, self.every_s = look, every_s
        self.waiting: dict[str, list[asyncio.Future[None]]] = {}
        self.task: asyncio.Task[None] | None = None

    async def wait(self, key: str, seconds: float) -> bool:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        calls = self.waiting.setdefault(key, [])
        calls.append(call)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await call
        except TimeoutError:
            return False
        finally:
            calls.remove(call)
            if not calls and self.waiting.get(key) is calls:
                del self.waiting[key]
        return True

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            await asyncio.sleep(self.every_s())
            wanted = {key: len(calls) for key, calls in self.waiting.items()}
            # Without the context of the request that happened to start this task: its thread ends with it.
            for key, count in (await loop.run_in_executor(None, self.look, wanted)).items():
                self.wake(key, count)

    def wake(self, key: str, count: int) -> None:
        """Let so many calls try, the longest waiting first."""
        calls = [call for call in self.waiting.get(key, ()) if not call.done()]
        for call in calls[:count]:
            call.set_result(None)
