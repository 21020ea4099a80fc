"""Channel layers whose frames are numbered and kept, so that they can be read again.

Both are ordinary channel layers (https://channels.readthedocs.io/en/latest/channel_layer_spec.html), and
have besides:

    publish(site, body) -> int            from any thread: number the frame, keep it, announce it; in one
                                          step, so that the order of ids is the order of announcements
    await replay(site, after) -> [StreamFrame]  what is kept of a site after an id, oldest first
    await last_ids([site, …]) -> [int]    the id of each site's last frame, 0 when none is kept
    await release()                       closes what this event loop has open

`publish` raises NotSent when nobody says that the frame was taken. An announcement reaches each listening
process once, on the group that `group_of(site)` names.

Gain: 1000 sockets of one site have a frame after 7 ms (uvicorn) or 21 ms (daphne); with a mailbox for each,
    as Channels has it, after 110 to 490 ms.
Version: channels 4.3.2, channels-redis 4.3.0
Upstream: https://github.com/django/channels_redis/issues/83 (groups are slow)
Guarded by: streams/tests/test_replay.py, streams/tests/test_repair.py
Way back: Channels' own layers in photonranch/settings.py, a group for each site in streams/consumers.py;
    frames that were missed cannot be asked for then.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import random
import secrets
import socket
import string
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import redis
import redis.asyncio
from channels.layers import BaseChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from streams.frames import StreamFrame, now_us, oldest_kept

log = logging.getLogger(__name__)

FRAME = "stream.frame"


class NotSent(Exception):
    """Nobody says that the frame was taken. Whoever sends it again says so with its `token`."""

    def __init__(self, why: str, token: str = "") -> None:
        super().__init__(why)
        self.token = token


def group_of(site: str) -> str:
    return f"site.{site}"


class InProcessLayer(BaseChannelLayer):
    """The layer of a server that is one process. Unlike Channels' own, it may be used from any thread."""

    extensions = ["groups", "flush"]
    # A hub that is this many announcements behind has died; it would find what it missed in the backlog.
    MAX_WAITING = 10_000
    # How often, in microseconds, sites of which nothing recent is kept are forgotten.
    FORGET_EVERY_US = 60_000_000
    RESERVED_US = 60_000_000

    def __init__(self, ids: str = "", **kwargs: Any) -> None:
        """`ids`: a file that remembers how far they came, for a start after the clock jumped back."""
        super().__init__(**kwargs)
        self.lock = threading.Lock()
        self.ids = Path(ids) if ids else None
        self.reserved = self.newest = self._remembered()
        self.forgot_at = now_us()
        self.mailboxes: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Queue[dict[str, Any]]]] = {}
        self.groups: dict[str, set[str]] = {}
        self.kept: dict[str, deque[StreamFrame]] = {}

    # Numbered frames

    def publish(self, site: str, body: bytes) -> int:
        with self.lock:
            self._forget_old_sites()
            kept = self.kept.setdefault(site, deque(maxlen=settings.STREAM_BACKLOG_FRAMES))
            # Growing over all sites, which are forgotten: so a site's grow whatever the clock does.
            self.newest = number = max(now_us(), self.newest + 1)
            if number > self.reserved:
                self._reserve(number + self.RESERVED_US)
            frame = StreamFrame(site, kept[-1].id if kept else 0, number, f'{{"id":{number},{body.decode()}')
            kept.append(frame)
            self._announce(group_of(site), {"type": FRAME, "frame": frame})
        return number

    async def replay(self, site: str, after: int) -> list[StreamFrame]:
        since = max(after + 1, oldest_kept())
        with self.lock:
            return [frame for frame in self.kept.get(site, ()) if frame.id >= since]

    async def last_ids(self, sites: list[str]) -> list[int]:
        with self.lock:
            return [kept[-1].id if (kept := self.kept.get(site)) else 0 for site in sites]

    async def release(self) -> None:
        pass

    def _forget_old_sites(self) -> None:
        """Anybody may name a site, so what is kept must not grow with the names."""
        if abs(now_us() - self.forgot_at) > self.FORGET_EVERY_US:
            self.forgot_at = now_us()
            oldest = oldest_kept()
            self.kept = {site: kept for site, kept in self.kept.items() if kept[-1].id >= oldest}

    def _reserve(self, until: int) -> None:
        """No id up to `until` is given again, in any life. A minute's at once: each costs a file."""
        self.reserved = until
        if self.ids:
            try:
                draft = self.ids.with_suffix(".draft")
                draft.write_text(str(until))
                draft.replace(self.ids)
            except OSError as error:
                log.error("ids of frames may repeat if the clock jumps back: %s", error)

    def _remembered(self) -> int:
        try:
            return int(self.ids.read_text()) if self.ids else 0
        except (OSError, ValueError):
            return 0

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
        if queue.qsize() < self.MAX_WAITING:
            with contextlib.suppress(RuntimeError):  # its loop was closed
                loop.call_soon_threadsafe(queue.put_nowait, message)

    def _forget(self, channel: str) -> None:
        with self.lock:
            self.mailboxes.pop(channel, None)
            for group in [name for name, members in self.groups.items() if channel in members]:
                self.groups[group].discard(channel)


# Numbers, keeps and announces a frame; atomic, because Redis runs one script at a time. Doubles hold ids
# exactly (2^53), but Lua would print them as 1.79e+15: hence the format.
# A frame that is sent again, because its answer did not come, is known by its token and left alone; the other
# way round as well: a Redis that stood still may read the first attempt after the second.
# KEYS: the site's backlog (a stream), the token. ARGV: body, channel to announce on, frames to keep, seconds
# to keep, site, an id that this frame's must exceed (Redis may come back with nothing and an earlier clock).
_PUBLISH = """
if not redis.call('SET', KEYS[2], '', 'NX', 'EX', 60) then return 0 end
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local after = 0
if newest[1] then after = tonumber(string.match(newest[1][1], '^%d+')) end
local now = redis.call('TIME')
local id = math.max(now[1] * 1000000 + now[2], after + 1, ARGV[6] + 1)
local number = string.format('%.0f', id)
local text = '{"id":' .. number .. ',' .. ARGV[1]
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], number .. '-0', 'f', text)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[2], ARGV[5] .. ' ' .. string.format('%.0f', after) .. ' ' .. number .. ' ' .. text)
return id
"""

# A connection whose other end is gone without a word is given up after this many milliseconds.
_UNACKNOWLEDGED_MS = 10_000


class RedisLayer(RedisPubSubChannelLayer):
    """The layer between processes: channels-redis's pub/sub, and a Redis stream per site as the backlog.

    `publish` is one round trip of the plain (not the asyncio) client: views and tasks publish from threads,
    and an event loop of its own for each of them would cost a connection to Redis per frame.
    """

    # After Redis did not answer, frames are dropped for this long instead of holding up every request.
    SILENCE_S = 1.0

    def __init__(self, hosts: list[str], prefix: str, **kwargs: Any) -> None:
        self.url = hosts[0]
        timeouts: Any = {"socket_timeout": 2, "socket_connect_timeout": 1}
        self.client = redis.Redis.from_url(self.url, **timeouts)
        # Redis announces to all of its databases at once: the number keeps two installations apart.
        self.prefix = f"{prefix}:{self.client.connection_pool.connection_kwargs.get('db', 0)}"
        super().__init__(hosts=[self._listener()], prefix=self.prefix, **kwargs)
        self.silent_until = 0.0
        # Tokens are unique over all processes: this one's name, drawn again in a child, and a number.
        self.name = secrets.token_hex(8)
        os.register_at_fork(after_in_child=self._rename)
        self.attempts = itertools.count()
        self.script = self.client.register_script(_PUBLISH)
        self.newest: dict[str, int] = {}
        self.readers: dict[asyncio.AbstractEventLoop, redis.asyncio.Redis] = {}

    def _rename(self) -> None:
        self.name = secrets.token_hex(8)

    def _listener(self) -> dict[str, Any]:
        """The connection that hears announcements; it says something now and then, to notice its own end."""
        options: dict[str, Any] = {"address": self.url, "socket_timeout": 5, "socket_connect_timeout": 2}
        options["health_check_interval"] = 5
        if not self.url.startswith("unix") and hasattr(socket, "TCP_USER_TIMEOUT"):
            options["socket_keepalive"] = True
            options["socket_keepalive_options"] = {socket.TCP_USER_TIMEOUT: _UNACKNOWLEDGED_MS}
        return options

    def publish(self, site: str, body: bytes, token: str = "") -> int:
        """`token`: of the attempt before. Returns 0 when that one succeeded after all."""
        token = token or f"{self.name}.{next(self.attempts)}"
        if time.monotonic() < self.silent_until:
            raise NotSent("Redis did not answer a moment ago", token)
        channel = f"{self.prefix}__group__{group_of(site)}"
        keep = (settings.STREAM_BACKLOG_FRAMES, settings.STREAM_BACKLOG_S)
        arguments: Any = [body, channel, *keep, site, self.newest.get(site, 0)]
        try:
            keys = [self._backlog_key(site), f"{self.prefix}:token:{token}"]
            number = int(self.script(keys=keys, args=arguments))
        except redis.RedisError as error:
            self.silent_until = time.monotonic() + self.SILENCE_S
            raise NotSent(str(error), token) from error
        self._saw(site, number)
        return number

    def deserialize(self, message: bytes) -> dict[str, Any]:
        """Announcements are text; what `send` and `group_send` carry is a msgpack map (first byte ≥ 0x80)."""
        if message[0] >= 0x80:
            return super().deserialize(message)  # type: ignore[no-any-return]
        site, after, number, text = message.decode().split(" ", 3)
        self._saw(site, int(number))
        return {"type": FRAME, "frame": StreamFrame(site, int(after), int(number), text)}

    async def replay(self, site: str, after: int) -> list[StreamFrame]:
        since = max(after + 1, oldest_kept())
        entries: Any = await self._reader().xrange(self._backlog_key(site), min=f"{since}-0", max="+")
        frames: list[StreamFrame] = []
        for entry, fields in entries:
            before = frames[-1].id if frames else after
            frames.append(StreamFrame(site, before, int(entry.split(b"-")[0]), fields[b"f"].decode()))
        return frames

    async def last_ids(self, sites: list[str]) -> list[int]:
        async with self._reader().pipeline(transaction=False) as pipe:
            for site in sites:
                pipe.xrevrange(self._backlog_key(site), max="+", min="-", count=1)
            newest = await pipe.execute()
        return [int(entries[0][0].split(b"-")[0]) if entries else 0 for entries in newest]

    def _backlog_key(self, site: str) -> str:
        return f"{self.prefix}:{site}"

    async def release(self) -> None:
        """Close this event loop's connections, as a server does when it stops."""
        reader = self.readers.pop(asyncio.get_running_loop(), None)
        if reader is not None:
            await reader.aclose()

    def _saw(self, site: str, number: int) -> None:
        if len(self.newest) >= 10_000:
            self.newest.clear()
        self.newest[site] = max(number, self.newest.get(site, 0))

    def _reader(self) -> redis.asyncio.Redis:
        loop = asyncio.get_running_loop()
        for gone in [known for known in self.readers if known.is_closed()]:
            del self.readers[gone]
        if loop not in self.readers:
            timeouts: Any = {"socket_timeout": 5, "socket_connect_timeout": 2}
            self.readers[loop] = redis.asyncio.Redis.from_url(self.url, **timeouts)
        return self.readers[loop]
