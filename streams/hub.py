"""One hub per process: it listens once per site, and hands the same frame to every socket of that site.

Channels' own way gives each socket a mailbox in the channel layer; a frame for 1000 sockets is then 1000
messages, each copied, queued and decoded. Here it is one, whatever the number of sockets.

What a layer announces may come late, twice, out of order or (over a broken connection to Redis) not at all.
The backlog knows better: a frame names the id before it, so a gap is seen at once and filled from there, and
a sweep finds what no later frame betrays.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings

from streams.frames import Frame
from streams.layers import FRAME, group_of
from streams.metrics import metrics

log = logging.getLogger(__name__)

SWEEP_S = 5.0


class Outbox:
    """What waits for one socket: bounded, and filled by the hub without ever waiting.

    `missed` is what the socket asked to have repeated; it goes first and does not count against the bounds.
    When the socket falls too far behind, `full` is set, nothing is added any more, and `on_full` is called.
    """

    __slots__ = ("_arrived", "bytes", "frames", "full", "last_id", "missed", "on_full", "site")

    def __init__(self, site: str, on_full: Callable[[], None] = lambda: None) -> None:
        self.site = site
        self.on_full = on_full
        self.missed: deque[str] = deque()
        self.frames: deque[str] = deque()
        self.bytes = 0
        self.last_id = 0
        self.full = False
        self._arrived = asyncio.Event()

    def put(self, frame: Frame) -> None:
        if frame.id <= self.last_id or self.full:
            return
        self.last_id = frame.id
        self.frames.append(frame.text)
        self.bytes += len(frame.text)
        if len(self.frames) > settings.STREAM_SOCKET_FRAMES or self.bytes > settings.STREAM_SOCKET_BYTES:
            self.full = True
            self.clear()
            self.on_full()
        self._arrived.set()

    def repeat(self, missed: list[Frame]) -> None:
        self.missed.extend(frame.text for frame in missed)
        self._arrived.set()

    def clear(self) -> None:
        self.missed.clear()
        self.frames.clear()
        self.bytes = 0

    async def take(self) -> str:
        """The next frame, waiting for one."""
        while not (self.missed or self.frames):
            self._arrived.clear()
            await self._arrived.wait()
        if self.missed:
            return self.missed.popleft()
        text = self.frames.popleft()
        self.bytes -= len(text)
        return text


@dataclass
class Watched:
    """A site that somebody in this process watches."""

    outboxes: set[Outbox] = field(default_factory=set)
    last_id: int = 0


class Hub:
    """The sockets of one event loop. All methods belong to that loop."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.channel = ""
        self.sites: dict[str, Watched] = {}
        self.lock = asyncio.Lock()
        self.tasks: list[asyncio.Task[None]] = []

    async def join(self, outbox: Outbox, site: str, since: int | None = None) -> None:
        """Let `outbox` watch `site`, from now on or from after the frame with the id `since`."""
        await self._start()
        watched = await self._watch(site)
        outbox.site = site
        known = outbox.last_id = watched.last_id
        watched.outboxes.add(outbox)
        self._count()
        # Frames that arrive from here on wait in the outbox, behind those that are read now.
        if since is None:
            return
        if since < known:
            outbox.repeat([frame for frame in await self.layer.replay(site, since) if frame.id <= known])
        else:
            # The socket saw more than this process has heard of yet, if what it says can be true.
            [newest] = await self.layer.last_ids([site])
            outbox.last_id = max(outbox.last_id, min(since, newest))

    def _count(self) -> None:
        metrics.sockets = sum(len(each.outboxes) for each in self.sites.values())

    async def leave(self, outbox: Outbox) -> None:
        watched = self.sites.get(outbox.site)
        if watched is None:
            return
        watched.outboxes.discard(outbox)
        self._count()
        async with self.lock:
            if not watched.outboxes and self.sites.get(outbox.site) is watched:
                del self.sites[outbox.site]
                await self.layer.group_discard(group_of(outbox.site), self.channel)

    async def move(self, outbox: Outbox, site: str) -> None:
        """Replace the site that `outbox` watches; the same site again changes nothing."""
        if outbox.site == site:
            return
        await self.leave(outbox)
        outbox.clear()
        await self.join(outbox, site)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()

    # Listening

    async def _start(self) -> None:
        async with self.lock:
            if not self.tasks:
                self.channel = await self.layer.new_channel()
                self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._sweep())]

    async def _watch(self, site: str) -> Watched:
        """The site's entry; the first socket of a site makes it, and the others wait until it is ready."""
        async with self.lock:
            watched = self.sites.get(site)
            if watched is None:
                watched = Watched()
                await self.layer.group_add(group_of(site), self.channel)
                [watched.last_id] = await self.layer.last_ids([site])
                self.sites[site] = watched
        return watched

    async def _listen(self) -> None:
        while True:
            message = await self.layer.receive(self.channel)
            try:
                if message["type"] == FRAME:
                    await self._announced(message["frame"])
            except Exception:
                # Whatever went wrong with one frame must not end the listening for all; the sweep repairs.
                log.exception("a frame could not be handed out")

    async def _announced(self, frame: Frame) -> None:
        watched = self.sites.get(frame.site)
        if watched is None or frame.id <= watched.last_id:
            return
        if frame.after > watched.last_id:
            await self._fill(frame.site, watched)
        if frame.id > watched.last_id:
            self._deliver(watched, frame)

    def _deliver(self, watched: Watched, frame: Frame) -> None:
        watched.last_id = frame.id
        metrics.frames += 1
        for outbox in tuple(watched.outboxes):
            outbox.put(frame)
            if outbox.full:
                watched.outboxes.discard(outbox)

    async def _fill(self, site: str, watched: Watched) -> None:
        """Hand out what the backlog has and nobody announced."""
        for frame in await self.layer.replay(site, watched.last_id):
            if frame.id > watched.last_id:
                metrics.repaired += 1
                self._deliver(watched, frame)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception:
                log.warning("the backlog cannot be read just now", exc_info=True)

    async def sweep(self) -> None:
        """Find frames whose announcement was lost and which no later frame betrayed."""
        sites = list(self.sites)
        for site, last_id in zip(sites, await self.layer.last_ids(sites) if sites else [], strict=True):
            watched = self.sites.get(site)
            if watched is not None and last_id > watched.last_id:
                await self._fill(site, watched)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop (a server process has one loop, so: of this process)."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
