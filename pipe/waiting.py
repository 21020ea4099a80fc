"""Waiting for an item, in any process: each asks the database, however many calls wait in it.

A queue's news on the channel layer would be some tenths of a second faster, and would need this all the
same: for leases that end, which nobody announces, and for announcements that are lost.
"""

import time
from dataclasses import dataclass, field

from photonranch.api.watch import Watch
from pipe.models import Item, now_ms


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
        return left > 0 and await watch.wait(self.queue_name, left)


def available(wanted: dict[str, int]) -> dict[str, int]:
    """How many items wait in each of these queues, counted up to the number given."""
    at = now_ms()
    items = Item.objects.defer("payload")
    return {name: len(items.waiting(name, most, at)) for name, most in wanted.items()}


watch = Watch(available, every_s=0.25)
