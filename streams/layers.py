"""Channels' layers, with the one thing added that a stream needs: numbered frames that can be read again.

Both are ordinary channel layers (https://channels.readthedocs.io/en/latest/channel_layer_spec.html), and
have besides:

    publish(site, body) -> int            from any thread: number the frame, keep it, announce it; in one
                                          step, so that the order of ids is the order of announcements
    await replay(site, after) -> [Frame]  what is kept of a site after an id, oldest first
    await last_ids([site, …]) -> [int]    the id of each site's last frame, 0 when none is kept

An announcement reaches each listening process once, on the group that `group_of(site)` names.
"""

import asyncio
import logging
import random
import string
import threading
import time
from collections import deque
from typing import Any

import redis
import redis.asyncio
from channels.layers import BaseChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from streams.frames import Frame

log = logging.getLogger(__name__)

FRAME = "stream.frame"


def group_of(site: str) -> str:
    return f"site.{site}"


def _now_us() -> int:
    return time.time_ns() // 1000


class InProcessLayer(BaseChannelLayer):
    """The layer of a server that is one process. Unlike Channels' own, it may be used from any thread."""

    extensions = ["groups", "flush"]
    # A hub that is this many announcements behind has died; it would find what it missed in the backlog.
    MAX_WAITING = 10_000

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lock = threading.Lock()
        self.mailboxes: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Queue[dict[str, Any]]]] = {}
        self.groups: dict[str, set[str]] = {}
        self.kept: dict[str, deque[Frame]] = {}

    # Numbered frames

    def publish(self, site: str, body: bytes) -> int:
        with self.lock:
            kept = self.kept.setdefault(site, deque(maxlen=settings.STREAM_BACKLOG_FRAMES))
            after = kept[-1].id if kept else 0
            number = max(_now_us(), after + 1)
            frame = Frame(site, after, number, f'{{"id":{number},{body.decode()}')
            kept.append(frame)
            self._announce(group_of(site), {"type": FRAME, "frame": frame})
        return number

    async def replay(self, site: str, after: int) -> list[Frame]:
        oldest = _now_us() - settings.STREAM_BACKLOG_S * 1_000_000
        with self.lock:
            kept = self.kept.get(site, ())
            return [frame for frame in kept if frame.id > after and frame.id >= oldest]

    async def last_ids(self, sites: list[str]) -> list[int]:
        with self.lock:
            return [kept[-1].id if (kept := self.kept.get(site)) else 0 for site in sites]

    # The channel layer API

    async def new_channel(self, prefix: str = "specific.") -> str:
        name = f"{prefix}inprocess!{''.join(random.choices(string.ascii_letters, k=16))}"  # noqa: S311
        with self.lock:
            self.mailboxes[name] = (asyncio.get_running_loop(), asyncio.Queue())
        return name

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        with self.lock:
            self._put(channel, message)

    async def receive(self, channel: str) -> dict[str, Any]:
        with self.lock:
            _, queue = self.mailboxes.setdefault(channel, (asyncio.get_running_loop(), asyncio.Queue()))
        try:
            return await queue.get()
        except asyncio.CancelledError:
            self._forget(channel)
            raise

    async def group_add(self, group: str, channel: str) -> None:
        with self.lock:
            self.groups.setdefault(group, set()).add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        with self.lock:
            members = self.groups.get(group, set())
            members.discard(channel)
            if not members:
                self.groups.pop(group, None)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        with self.lock:
            self._announce(group, message)

    async def flush(self) -> None:
        with self.lock:
            self.mailboxes.clear()
            self.groups.clear()
            self.kept.clear()

    def _announce(self, group: str, message: dict[str, Any]) -> None:
        for channel in tuple(self.groups.get(group, ())):
            self._put(channel, message)

    def _put(self, channel: str, message: dict[str, Any]) -> None:
        mailbox = self.mailboxes.get(channel)
        if mailbox is None:
            return
        loop, queue = mailbox
        if queue.qsize() < self.MAX_WAITING and not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, message)

    def _forget(self, channel: str) -> None:
        with self.lock:
            self.mailboxes.pop(channel, None)
            for group in [name for name, members in self.groups.items() if channel in members]:
                self.groups[group].discard(channel)


# Numbers, keeps and announces a frame; atomic, because Redis runs one script at a time. Doubles hold ids
# exactly (2^53), but Lua would print them as 1.79e+15: hence the format.
# KEYS: the site's backlog (a stream). ARGV: body, channel to announce on, frames to keep, seconds to keep,
# site.
_PUBLISH = """
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local after = 0
if newest[1] then after = tonumber(string.match(newest[1][1], '^%d+')) end
local now = redis.call('TIME')
local id = now[1] * 1000000 + now[2]
if id <= after then id = after + 1 end
local number = string.format('%.0f', id)
local text = '{"id":' .. number .. ',' .. ARGV[1]
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], number .. '-0', 'f', text)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], ARGV[5] .. ' ' .. string.format('%.0f', after) .. ' ' .. number .. ' ' .. text)
return id
"""


class RedisLayer(RedisPubSubChannelLayer):
    """The layer between processes: channels-redis's pub/sub, and a Redis stream per site as the backlog.

    `publish` is one round trip of the plain (not the asyncio) client: views and tasks publish from threads,
    and an event loop of its own for each of them would cost a connection to Redis per frame.
    """

    # After Redis did not answer, frames are dropped for this long instead of holding up every request.
    SILENCE_S = 1.0

    def __init__(self, hosts: list[str], prefix: str, **kwargs: Any) -> None:
        super().__init__(hosts=hosts, prefix=prefix, **kwargs)
        self.url = hosts[0]
        self.prefix = prefix
        self.silent_until = 0.0
        timeouts: Any = {"socket_timeout": 2, "socket_connect_timeout": 1}
        self.client = redis.Redis.from_url(self.url, **timeouts)
        self.script = self.client.register_script(_PUBLISH)
        self.readers: dict[asyncio.AbstractEventLoop, redis.asyncio.Redis] = {}

    def publish(self, site: str, body: bytes) -> int:
        if time.monotonic() < self.silent_until:
            raise redis.ConnectionError("Redis did not answer a moment ago")
        keep = (settings.STREAM_BACKLOG_FRAMES, settings.STREAM_BACKLOG_S)
        channel = f"{self.prefix}__group__{group_of(site)}"
        try:
            return int(self.script(keys=[self._backlog_key(site)], args=[body, channel, *keep, site]))
        except (redis.ConnectionError, redis.TimeoutError):
            self.silent_until = time.monotonic() + self.SILENCE_S
            raise

    def deserialize(self, message: bytes) -> dict[str, Any]:
        """Announcements are text; what `send` and `group_send` carry is a msgpack map (first byte ≥ 0x80)."""
        if message[0] >= 0x80:
            return super().deserialize(message)  # type: ignore[no-any-return]
        site, after, number, text = message.decode().split(" ", 3)
        return {"type": FRAME, "frame": Frame(site, int(after), int(number), text)}

    async def replay(self, site: str, after: int) -> list[Frame]:
        since = max(after + 1, _now_us() - settings.STREAM_BACKLOG_S * 1_000_000)
        entries: Any = await self._reader().xrange(self._backlog_key(site), min=f"{since}-0", max="+")
        frames: list[Frame] = []
        for entry, fields in entries:
            before = frames[-1].id if frames else after
            frames.append(Frame(site, before, int(entry.split(b"-")[0]), fields[b"f"].decode()))
        return frames

    async def last_ids(self, sites: list[str]) -> list[int]:
        async with self._reader().pipeline(transaction=False) as pipe:
            for site in sites:
                pipe.xrevrange(self._backlog_key(site), max="+", min="-", count=1)
            newest = await pipe.execute()
        return [int(entries[0][0].split(b"-")[0]) if entries else 0 for entries in newest]

    def _backlog_key(self, site: str) -> str:
        return f"{self.prefix}:{site}"

    def _reader(self) -> redis.asyncio.Redis:
        loop = asyncio.get_running_loop()
        for gone in [known for known in self.readers if known.is_closed()]:
            del self.readers[gone]
        if loop not in self.readers:
            timeouts: Any = {"socket_timeout": 5, "socket_connect_timeout": 2}
            self.readers[loop] = redis.asyncio.Redis.from_url(self.url, **timeouts)
        return self.readers[loop]

    async def close_reader(self) -> None:
        """Close this event loop's connections, as a server does when it stops."""
        reader = self.readers.pop(asyncio.get_running_loop(), None)
        if reader is not None:
            await reader.aclose()
