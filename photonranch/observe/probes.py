"""Probes of something that may hang: asked in a thread, side by side, waited for so long and no longer.

However often a probe is asked, it runs once at a time: one that hangs holds one thread, not one for every
load balancer that looks. What it found counts for a moment.
"""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from django.db import connections

log = logging.getLogger(__name__)

T = TypeVar("T")

# As many threads as there are probes would ever need; each runs once at a time.
_threads = ThreadPoolExecutor(16, thread_name_prefix="probe")


class Unhealthy(Exception):
    """Raised by a probe's question; the text is told to everybody, so it names no host and no secret."""


@dataclass(frozen=True, slots=True)
class ProbeResult(Generic[T]):
    """`value`, or the `reason` why there is none; `seconds` it took."""

    value: T | None
    reason: str
    seconds: float

    @property
    def well(self) -> bool:
        return not self.reason


class Probe(Generic[T]):
    def __init__(self, name: str, ask: Callable[[], T], *, timeout_s: float, keep_s: float) -> None:
        self.name = name
        self.ask = ask
        self.timeout_s = timeout_s
        self.keep_s = keep_s
        self.lock = Lock()
        self.running: Future[ProbeResult[T]] | None = None
        self.began = 0.0
        self.last: tuple[ProbeResult[T], float] | None = None
        self.was_well = True

    def start(self) -> "Future[ProbeResult[T]]":
        """The answer that is on its way, or was given a moment ago."""
        with self.lock:
            if self.last is not None and time.monotonic() - self.last[1] < self.keep_s:
                answered: Future[ProbeResult[T]] = Future()
                answered.set_result(self.last[0])
                return answered
            if self.running is None:
                self.began = time.monotonic()
                self.running = _threads.submit(self._run)
            return self.running

    def late(self) -> ProbeResult[T]:
        """What to say of an answer that has not come."""
        seconds = time.monotonic() - self.began
        return ProbeResult(None, f"has not answered within {self.timeout_s:g} s", seconds)

    def _run(self) -> ProbeResult[T]:
        began = time.monotonic()
        result: ProbeResult[T]
        try:
            try:
                value = self.ask()
            finally:
                connections.close_all()
            result = ProbeResult(value, "", time.monotonic() - began)
        except Unhealthy as problem:
            result = ProbeResult(None, str(problem), time.monotonic() - began)
        except Exception as error:
            # Whatever it is, whoever asks is told so; the rest is for the log.
            if self.was_well:
                log.warning("%s is not well", self.name, exc_info=True)
            result = ProbeResult(None, f"does not answer ({type(error).__name__})", time.monotonic() - began)
        with self.lock:
            self.was_well = result.well
            self.last = (result, time.monotonic())
            self.running = None
        return result


def ask_all(probes: Iterable[Probe[T]]) -> dict[str, ProbeResult[T]]:
    """What each of them finds, within the longest of their timeouts; never raises."""
    began, pending = time.monotonic(), {probe: probe.start() for probe in probes}
    results: dict[str, ProbeResult[T]] = {}
    for probe in sorted(pending, key=lambda probe: probe.timeout_s):
        done, _ = wait([pending[probe]], max(0.0, began + probe.timeout_s - time.monotonic()))
        results[probe.name] = pending[probe].result() if done else probe.late()
    return {probe.name: results[probe.name] for probe in pending}
