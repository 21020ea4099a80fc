"""How a server and a worker fare meanwhile: how long /healthz takes, how much memory they hold."""

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from testing.parts import StackPart, family
from testing.stack import ServerPart

EVERY_S = 0.05


class Sampler:
    """Calls `look` again and again in a thread of its own, while the body runs."""

    def __init__(self, look: Callable[[], None]) -> None:
        self.look = look
        self.ended = threading.Event()
        self.looks = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.thread.join(60)

    def _run(self) -> None:
        while not self.ended.wait(EVERY_S):
            self.look()
            self.looks += 1


class Pulse(Sampler):
    """The waits for /healthz of one server, each on a connection of its own, as process managers ask."""

    def __init__(self, server: ServerPart) -> None:
        super().__init__(self._ask)
        self.server = server
        self.waits: list[float] = []

    def at_most_ms(self, part: float) -> int:
        """Within how many milliseconds that part of them were answered."""
        return round(sorted(self.waits)[math.ceil(len(self.waits) * part) - 1] * 1000)

    def _ask(self) -> None:
        start = time.monotonic()
        try:
            assert httpx.get(f"{self.server.url}/healthz", timeout=60, trust_env=False).status_code == 200
            self.waits.append(time.monotonic() - start)
        except httpx.TransportError:
            self.waits.append(60.0)


class Memory(Sampler):
    """What a part and its children hold, in MiB: all of them together, and the largest one."""

    def __init__(self, part: StackPart) -> None:
        super().__init__(self._weigh)
        self.part = part
        self.together = self.largest = 0

    def _weigh(self) -> None:
        held = [_proportional_mib(pid) for pid in family(self.part.pid)]
        self.together = max(self.together, sum(held))
        self.largest = max(self.largest, *held)


def _proportional_mib(pid: int) -> int:
    """Memory that processes share counts in parts."""
    with suppress(OSError, IndexError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(rollup.split("\nPss:")[1].split()[0]) // 1024
    return 0
