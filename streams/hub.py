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
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings

from photonranch.servers.direct import text_message
from streams.frames import StreamFrame, oldest_kept
from streams.layers import FRAME, group_of
from streams.metrics import metrics
from streams.send_queue import SendQueue

log = logging.getLogger(__name__)

SWEEP_S = 5.0
# For how many sweeps a site's recent frames stay at hand after somebody asked for them: when a server comes
# back, all its sockets ask at once, and one reading serves them all.
RECENT_SWEEPS = 12
# A socket that takes nothing for this many sweeps while frames wait is stuck, however few they are.
STUCK_SWEEPS = 6


@dataclass
class Watched:
    """A site that somebody in this process watches.

    `recent` are the frames up to `last_id` that can be asked for again; None while nobody asks.
    """

    send_queues: set[SendQueue] = field(default_factory=set)
    last_id: int = 0
    recent: deque[StreamFrame] | None = None
    unasked_sweeps: int = 0

    def after(self, since: int) -> list[str]:
        """The texts of the recent frames after `since`, oldest first."""
        since = max(since, oldest_kept() - 1)
        return [
            frame.text for frame in takewhile(lambda frame: frame.id > since, reversed(self.recent or ()))
        ][::-1]


class Hub:
    """The sockets of one event loop. All methods belong to that loop."""

    def __init__(self) -> None:
        self.layer: Any = get_channel_layer()
        self.channel = ""
        self.sites: dict[str, Watched] = {}
        self.lock = asyncio.Lock()
        self.tasks: list[asyncio.Task[None]] = []

    async def join(self, send_queue: SendQueue, site: str, since: int | None = None) -> None:
        """Let `send_queue` watch `site`, from now on or from after the frame with the id `since`."""
        await self._start()
        watched = await self._watch(site)
        if since is not None:
            await self._remember(site, watched)
            if since > watched.last_id:
                # Another process sent it what this one has not heard of yet. Or it makes it up.
                await self._fill(site, watched)
            if self.sites.get(site) is not watched:  # its last socket left meanwhile
                return await self.join(send_queue, site, since)
        # Nothing is awaited between the two: no frame comes between what is repeated and what follows.
        send_queue.start(site, watched.last_id, () if since is None else watched.after(since))
        watched.send_queues.add(send_queue)
        self._count()
        return None

    async def leave(self, send_queue: SendQueue) -> None:
        """Let it watch nothing any more; a layer that does not answer does not matter."""
        watched = self.sites.get(send_queue.site)
        if watched is None:
            return
        watched.send_queues.discard(send_queue)
        self._count()
        async with self.lock:
            if not watched.send_queues and self.sites.get(send_queue.site) is watched:
                del self.sites[send_queue.site]
                try:
                    await self.layer.group_discard(group_of(send_queue.site), self.channel)
                except Exception:
                    # What is announced of a site that nobody watches is ignored.
                    log.warning("the layer still listens for %s", send_queue.site, exc_info=True)

    async def move(self, send_queue: SendQueue, site: str) -> None:
        """Replace the site that `send_queue` watches; the same site again changes nothing."""
        if send_queue.site != site:
            await self.leave(send_queue)
            await self.join(send_queue, site)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
        await self.layer.release()

    def _count(self) -> None:
        metrics.sockets = sum(len(each.send_queues) for each in self.sites.values())

    # Sites

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
                await self.layer.group_add(group_of(site), self.channel)
                # Heard from here on: nothing announced while the last id is asked for gets lost.
                watched = self.sites[site] = Watched()
                try:
                    [newest] = await self.layer.last_ids([site])
                except BaseException:
                    del self.sites[site]
                    raise
                watched.last_id = max(watched.last_id, newest)
        return watched

    async def _remember(self, site: str, watched: Watched) -> None:
        """Have the site's recent frames at hand."""
        async with self.lock:
            watched.unasked_sweeps = 0
            if watched.recent is not None:
                return
            meanwhile = watched.recent = deque(maxlen=settings.STREAM_BACKLOG_FRAMES)
            try:
                kept: list[StreamFrame] = await self.layer.replay(site, 0)
            except BaseException:
                watched.recent = None
                raise
            self._repair(watched, kept)
            first = meanwhile[0].id if meanwhile else watched.last_id + 1
            before = [frame for frame in kept if frame.id < first]
            watched.recent = deque([*before, *meanwhile], maxlen=settings.STREAM_BACKLOG_FRAMES)

    # Frames

    async def _listen(self) -> None:
        while True:
            try:
                message = await self.layer.receive(self.channel)
            except Exception:
                log.exception("nothing can be heard just now")
                await asyncio.sleep(SWEEP_S)
                continue
            try:
                if message["type"] == FRAME:
                    await self._announced(message["frame"])
            except Exception:
                # Whatever went wrong with one frame must not end the listening for all; the sweep repairs.
                log.exception("a frame could not be handed out")

    async def _announced(self, frame: StreamFrame) -> None:
        watched = self.sites.get(frame.site)
        if watched is None or frame.id <= watched.last_id:
            return
        if frame.after > watched.last_id:
            await self._fill(frame.site, watched)
        if frame.id > watched.last_id:
            self._deliver(watched, frame)

    def _deliver(self, watched: Watched, frame: StreamFrame) -> None:
        watched.last_id = frame.id
        if watched.recent is not None:
            watched.recent.append(frame)
        metrics.frames += 1
        if not watched.send_queues:
            return
        metrics.deliveries += len(watched.send_queues)
        message = text_message(frame.text)
        for send_queue in tuple(watched.send_queues):
            send_queue.put(frame, message)
            if send_queue.full:
                self._drop(watched, send_queue)

    def _drop(self, watched: Watched, send_queue: SendQueue) -> None:
        watched.send_queues.discard(send_queue)
        self._count()

    async def _fill(self, site: str, watched: Watched) -> None:
        """Hand out what the backlog has and nobody announced."""
        self._repair(watched, await self.layer.replay(site, watched.last_id))

    def _repair(self, watched: Watched, kept: Iterable[StreamFrame]) -> None:
        for frame in kept:
            if frame.id > watched.last_id:
                metrics.repaired += bool(watched.send_queues)
                self._deliver(watched, frame)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await self.sweep()
            except Exception as error:
                log.warning("the backlog cannot be read just now: %s", error)

    async def sweep(self) -> None:
        """Find frames whose announcement was lost and which no later frame betrayed; tidy up."""
        for watched in self.sites.values():
            self._tidy(watched)
        sites = list(self.sites)
        for site, last_id in zip(sites, await self.layer.last_ids(sites) if sites else [], strict=True):
            watched_now = self.sites.get(site)
            if watched_now is not None and last_id > watched_now.last_id:
                await self._fill(site, watched_now)

    def _tidy(self, watched: Watched) -> None:
        watched.unasked_sweeps += 1
        if watched.unasked_sweeps > RECENT_SWEEPS:
            watched.recent = None
        for send_queue in tuple(watched.send_queues):
            send_queue.untaken_sweeps = send_queue.untaken_sweeps + 1 if send_queue.waiting else 0
            if send_queue.untaken_sweeps >= STUCK_SWEEPS:
                send_queue.give_up()
                self._drop(watched, send_queue)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop (a server process has one loop, so: of this process)."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
