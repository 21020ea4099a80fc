"""The few threads that wait for children, and how many calls may wait for one of them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Any

from photonranch.errors import Unavailable

AT_ONCE = 2
# Each takes at most services.TIME_S: whoever is let in is answered within a proxy's patience of 90 s.
WAITING = 4

_places = BoundedSemaphore(AT_ONCE + WAITING)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Made when first needed: a server that forks its processes must not have them before."""
    return ThreadPoolExecutor(AT_ONCE, "analysis")


def start(work: Callable[[], Any]) -> "Future[Any]":
    """`work` in another thread, when its turn comes. Raises Unavailable when too many wait already."""
    if not _places.acquire(blocking=False):
        raise Unavailable("Other frames are being analysed just now; please try again in a moment.")
    try:
        future = _threads().submit(work)
    except BaseException:
        _places.release()
        raise
    future.add_done_callback(lambda _: _places.release())
    return future
