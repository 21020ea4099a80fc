"""Waiting for an item, in any process: each asks the database, however many calls wait in it.

A queue's news on the channel layer would be some tenths of a second faster, and would need this all the
same: for leases that end, which nobody announces, and for announcements that are lost.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from django.db import connections

from pipe.models import Item, now_ms

log = logging.getLogger(__name__)

POLL_S = 0.25


@dataclass
class ForItem:
    """A call's wait for an item of a queue; see photonranch.api.long_poll."""

    queue_name: str
    wait_s: float
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.wait_s

    async def again(self) -> bool:
        left = self.deadline - time.monotonic()
        return left > 0 and await _waiters().wait(self.queue_name, left)


class Waiters:
    """The calls that wait in this process (its event loop), and the one task that looks for them."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[asyncio.Future[None]]] = {}
        self.task: asyncio.Task[None] | None = None

    async def wait(self, queue_name: str, seconds: float) -> bool:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        calls = self.waiting.setdefault(queue_name, [])
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
            if not calls and self.waiting.get(queue_name) is calls:
                del self.waiting[queue_name]
        return True

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while self.waiting:
            await asyncio.sleep(POLL_S)
            wanted = {name: len(calls) for name, calls in self.waiting.items()}
            # Without the context of the request that happened to start this task: its thread ends with it.
            found = await loop.run_in_executor(None, available, wanted)
            for name, count in found.items():
                self.wake(name, count)

    def wake(self, queue_name: str, count: int) -> None:
        """Let as many calls try as there are items, the longest waiting first."""
        calls = [call for call in self.waiting.get(queue_name, ()) if not call.done()]
        for call in calls[:count]:
            call.set_result(None)


def available(wanted: dict[str, int]) -> dict[str, int]:
    """How many items wait in each of these queues, counted up to the number given. Belongs in a thread."""
    try:
        at = now_ms()
        items = Item.objects.defer("payload")
        return {name: len(items.waiting(name, most, at)) for name, most in wanted.items()}
    except Exception:
        log.warning("no queue can be looked at just now", exc_info=True)
        return {}
    finally:
        connections.close_all()


_known: WeakKeyDictionary[asyncio.AbstractEventLoop, Waiters] = WeakKeyDictionary()


def _waiters() -> Waiters:
    return _known.setdefault(asyncio.get_running_loop(), Waiters())
