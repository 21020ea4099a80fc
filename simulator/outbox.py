"""What waits to be sent, in order and bounded: while the server is away the oldest is given up."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from simulator.client import Client

log = logging.getLogger(__name__)

T = TypeVar("T")


class Outbox(Generic[T]):
    """`send` tells whether a thing arrived; one that did not is sent again when `keeps`, or else lost.

    `tries` bounds that: what the server refuses time and again must not hold up the rest.
    """

    def __init__(
        self, client: Client, send: Callable[[T], Awaitable[bool]], *, most: int, keeps: bool, tries: int = 10
    ) -> None:
        self.client = client
        self.send = send
        self.most = most
        self.keeps = keeps
        self.tries = tries
        self.waiting: deque[T] = deque()
        self.filled = asyncio.Event()

    def put(self, thing: T) -> None:
        self.waiting.append(thing)
        if len(self.waiting) > self.most:
            self.waiting.popleft()
            log.warning("more than %d wait to be sent: the oldest is given up", self.most)
        self.filled.set()

    async def run(self) -> None:
        """Send, for ever."""
        while True:
            await self.filled.wait()
            self.filled.clear()
            while self.waiting:
                await self._deliver(self.waiting.popleft())

    async def _deliver(self, thing: T) -> None:
        tries = 0
        while not await self.send(thing) and self.keeps:
            # A server that is away refuses nothing.
            tries += not self.client.away
            if tries >= self.tries:
                log.warning("given up after %d tries", tries)
                return
            await self.client.pause()
            await asyncio.sleep(0.1)
