"""The bounded queue of frames that wait for one socket."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from django.conf import settings

from photonranch.servers.direct import Direct
from streams.frames import StreamFrame


class SendQueue:
    """Filled by the hub, which never waits; emptied by the socket's writer, which does.

    `missed` is what the socket asked to have repeated; it goes first and does not count against the bounds:
    its texts are shared by all who ask. When the socket falls too far behind, `full` is set, nothing is added
    any more, and `on_full` is called. One frame always fits, however large.
    """

    __slots__ = (
        "_arrived",
        "bytes",
        "direct",
        "frames",
        "full",
        "last_id",
        "missed",
        "on_arrival",
        "on_full",
        "site",
        "untaken_sweeps",
    )

    def __init__(self, on_full: Callable[[], None] = lambda: None) -> None:
        self.site = ""
        self.on_full = on_full
        # Called when there is something to take; see streams.writer.
        self.on_arrival: Callable[[], None] | None = None
        # The short way into the socket, while nothing is under way there; see photonranch.servers.direct.
        self.direct: Direct | None = None
        self.missed: deque[str] = deque()
        self.frames: deque[str] = deque()
        self.bytes = 0
        self.last_id = 0
        self.full = False
        self.untaken_sweeps = 0
        self._arrived = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many frames."""
        return len(self.missed) + len(self.frames)

    def start(self, site: str, last_id: int, missed: Iterable[str] = ()) -> None:
        """Begin with `site`: first what was missed, then what comes after `last_id`."""
        self._empty()
        self.site = site
        self.last_id = last_id
        self.missed.extend(missed)
        self._tell()

    def put(self, frame: StreamFrame, message: bytes | None = None) -> None:
        """Add a frame. `message` is what goes over the wire for it, the same for every socket."""
        if frame.id <= self.last_id or self.full:
            return
        self.last_id = frame.id
        direct = None if self.frames or self.missed else self.direct
        if direct is not None and message is not None and direct(message):
            return
        self.frames.append(frame.text)
        self.bytes += len(frame.text)
        too_many = len(self.frames) > settings.STREAM_SOCKET_FRAMES
        too_large = self.bytes > settings.STREAM_SOCKET_BYTES and len(self.frames) > 1
        if too_many or too_large:
            self.give_up()
        self._tell()

    def give_up(self) -> None:
        self.full = True
        self._empty()
        self.on_full()

    def next(self) -> str | None:
        """The next frame, if there is one."""
        if not (self.missed or self.frames):
            return None
        self.untaken_sweeps = 0
        if self.missed:
            return self.missed.popleft()
        text = self.frames.popleft()
        self.bytes -= len(text)
        return text

    async def take(self) -> str:
        """The next frame, waiting for one."""
        while (text := self.next()) is None:
            self._arrived.clear()
            await self._arrived.wait()
        return text

    def _tell(self) -> None:
        self._arrived.set()
        if self.on_arrival is not None:
            self.on_arrival()

    def _empty(self) -> None:
        self.missed.clear()
        self.frames.clear()
        self.bytes = 0
