"""Frames that Redis did not take: they wait here, in their order, until it does.

What they tell is saved, so a page that saw nothing of it would show what is not true any more. They live as
long as the process, an hour at most (nobody could ask for them afterwards), and within bounds.
"""

import logging
import threading
import time
from collections import deque
from typing import Any, NamedTuple

from django.conf import settings

from streams.layers import NotSent
from streams.metrics import metrics

log = logging.getLogger(__name__)

MAX_FRAMES = 10_000
MAX_BYTES = 32 * 1024 * 1024
AGAIN_S = 1.0


class WaitingFrame(NamedTuple):
    """`token` makes it the same frame however often it is sent: an answer that did not come says nothing."""

    site: str
    body: bytes
    token: str
    since: float


class RetryQueue:
    """The frames of this process that wait, and the thread that sends them while there are some."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.frames: deque[WaitingFrame] = deque()
        self.bytes = 0
        self.over = threading.Event()

    def add(self, layer: Any, site: str, body: bytes, token: str = "", *, behind: bool = False) -> bool:
        """Keep a frame; with `behind` only when others wait already, which it must not overtake."""
        with self.lock:
            if behind and not self.frames:
                return False
            first = not self.frames
            self.frames.append(WaitingFrame(site, body, token, time.monotonic()))
            self.bytes += len(body)
            metrics.unsent += 1
            while len(self.frames) > MAX_FRAMES or (self.bytes > MAX_BYTES and len(self.frames) > 1):
                self._drop()
            if first:
                self.over = threading.Event()
                threading.Thread(
                    target=self._send_all, args=(layer, self.over), name="retry-queue", daemon=True
                ).start()
        return True

    def clear(self) -> None:
        """Give up what waits."""
        with self.lock:
            self.frames.clear()
            self.bytes = 0
            self.over.set()

    def _drop(self) -> None:
        metrics.lost += 1
        self.bytes -= len(self.frames.popleft().body)

    def _send_all(self, layer: Any, over: threading.Event) -> None:
        sent = 0
        while not over.wait(0 if sent else AGAIN_S):
            with self.lock:
                while self.frames and time.monotonic() - self.frames[0].since > settings.STREAM_BACKLOG_S:
                    self._drop()
                frame = self.frames[0] if self.frames else None
            if frame is None:
                break
            try:
                layer.publish(frame.site, frame.body, frame.token)
            except NotSent:
                sent = 0
                continue
            sent += 1
            metrics.published += 1
            if self._is_done_with(frame):
                log.info("Redis answers again; what waited is sent")
                break

    def _is_done_with(self, frame: WaitingFrame) -> bool:
        """Forget a frame that was sent; whether it was the last."""
        with self.lock:
            # While it was sent, it may have been dropped, or everything given up.
            if self.frames and self.frames[0] is frame:
                self.bytes -= len(frame.body)
                self.frames.popleft()
            return not self.frames


retry_queue = RetryQueue()
