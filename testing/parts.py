"""A process that a drill kills, freezes and starts again, with everything that it started itself.

Parts end with the test, and also when the test is killed: a guard in a process of its own sees to that.
"""

import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from testing.live import STOP_TIMEOUT_S, Process

T = TypeVar("T")

# What a loaded machine may take for anything that is waited for.
EVENTUALLY_S = 90.0
# Below the ports that the system gives to outgoing connections: one of those could take the address of a
# server that is just being started again.
PORTS = range(20_000, 32_000)
# Reads "+pid", "-pid" and "/folder"; when its input ends, kills those groups and removes the folders.
_GUARD = """
import os, shutil, signal, sys
groups, folders = set(), set()
for line in sys.stdin:
    sign, rest = line[0], line.strip()
    if sign == "/": folders.add(rest)
    elif sign == "+": groups.add(int(rest))
    else: groups.discard(-int(rest))
for group in groups:
    try: os.killpg(group, signal.SIGKILL)
    except ProcessLookupError: pass
for folder in folders: shutil.rmtree(folder, ignore_errors=True)
"""


def eventually(ask: Callable[[], T], within_s: float = EVENTUALLY_S) -> T:
    """The first true answer of `ask`, asked again and again; fails with the last one after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come about within {within_s} s; the last answer was {answer!r}")
        threading.Event().wait(0.05)
    return answer


def free_port() -> int:
    while True:
        port = random.choice(PORTS)
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def family(pid: int) -> list[int]:
    """A process and all that descend from it, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                # The name, in parentheses, may hold anything; state and parent follow it.
                about = (entry / "stat").read_text().rpartition(")")[2].split()
                children.setdefault(int(about[1]), []).append(int(entry.name))
    pids = [pid]
    for each in pids:
        pids += children.get(each, ())
    return pids


def clean_environment() -> dict[str, str]:
    """The test's own environment without what belongs to it alone; empty is unset."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "S3_"))}
    for name in ("DJANGO_SETTINGS_MODULE", "HOST", "PORT", "DATABASE_URL", "REDIS_URL", "DATABASE_POOL"):
        mine.pop(name, None)
    own = {"DEMO": "0", "PYTHONUNBUFFERED": "1", "REDIS_PREFIX": f"drill-{secrets.token_hex(4)}"}
    return {**mine, **own}


class Guard:
    """Ends what was started and removes its folders, even when the test dies without a word."""

    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", _GUARD], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def tell(self, line: str) -> None:
        assert self.popen.stdin
        self.popen.stdin.write(f"{line}\n")
        self.popen.stdin.flush()

    def close(self) -> None:
        assert self.popen.stdin
        self.popen.stdin.close()
        self.popen.wait(STOP_TIMEOUT_S)


class StackPart:
    """One process of the installation, with the children it makes; it can die and be started again."""

    def __init__(
        self, guard: Guard, name: str, command: list[str], env: Mapping[str, str], user: str | None = None
    ) -> None:
        self.guard = guard
        self.name = name
        self.command = command
        self.env = dict(env)
        self.user = user
        self.process: Process | None = None
        self.before = ""

    @property
    def pid(self) -> int:
        assert self.process, f"{self.name} does not run"
        return self.process.pid

    @property
    def output(self) -> str:
        """What it said in all its lives."""
        return self.before + (self.process.output if self.process else "")

    def launch(self) -> None:
        """Begin to start it; `start` waits until it is ready as well."""
        assert self.process is None, f"{self.name} runs"
        self.process = Process(self.command, self.env, start_new_session=True, user=self.user)
        self.guard.tell(f"+{self.process.pid}")

    def wait_until_ready(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def kill(self) -> None:
        """SIGKILL for it and all its children at once, as when a machine or container dies."""
        self._end()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end, and wait for that; its exit code."""
        assert self.process
        self.process.popen.send_signal(how)
        try:
            return self.process.popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not stop:\n{self.output}") from None
        finally:
            self._end()

    def freeze(self) -> None:
        """It stands still, with its connections open: as behind a broken line, or on a machine that swaps."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def wait_for(self, pattern: str, *, times: int = 1, within_s: float = EVENTUALLY_S) -> None:
        """Until it said something, in this life of it."""
        assert self.process
        self.process.wait_for(pattern, times=times, timeout_s=within_s)

    def _end(self) -> None:
        if self.process is None:
            return
        pid = self.process.pid
        self._signal(signal.SIGKILL)
        self.process.stop(signal.SIGKILL)
        self.before = self.output + f"--- {self.name} ended\n"
        self.process = None
        self.guard.tell(f"-{pid}")

    def _signal(self, how: signal.Signals) -> None:
        """To the whole family at once. Not to its process group: PostgreSQL's children have groups of their
        own."""
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, how)
