"""A process beside the server: kept running, and gone when the server is, however that ends."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

import pytest

from photonranch.servers import supervised
from photonranch.servers.supervised import SupervisedProcess
from testing.live import Process, has_ended

# Says its number, then waits for its standard input to end, as a supervised process has to.
WAITS = "import os, sys; print('here', os.getpid(), flush=True); sys.stdin.read()"
DIES = "import os, sys; print('here', os.getpid(), flush=True); sys.exit(3)"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN); print('here', flush=True)\nwhile 1: signal.pause()"


class Lines(logging.Handler):
    """What the supervised process's logger was given, to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.came = threading.Condition()

    def emit(self, record: logging.LogRecord) -> None:
        with self.came:
            self.lines.append(record.getMessage())
            self.came.notify_all()

    def wait_for(self, wanted: Callable[[list[str]], bool]) -> None:
        with self.came:
            assert self.came.wait_for(lambda: wanted(self.lines), 30), self.lines


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    handler = Lines()
    monkeypatch.setattr(supervised.log, "handlers", [handler])
    monkeypatch.setattr(supervised.log, "level", logging.INFO)
    return handler


def run(code: str) -> SupervisedProcess:
    return SupervisedProcess("other", [sys.executable, "-c", code], os.environ)


def test_it_works(lines: Lines) -> None:
    with run(WAITS) as other:
        other.start()
        lines.wait_for(lambda said: any(line.startswith("other: here") for line in said))
        assert other.process
        assert other.process.poll() is None

    assert other.process.returncode == 0
    assert not other.thread.is_alive()


def test_it_is_started_again_when_it_ends_ever_later(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    other = run(DIES)
    monkeypatch.setattr(other.stopping, "wait", waits.append)

    other.start()
    lines.wait_for(lambda said: sum(line.startswith("other: here") for line in said) > 8)
    other.stop()

    assert waits[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert "other ended with 3" in lines.lines


def test_one_that_never_started_stops() -> None:
    with run(WAITS) as other:
        pass

    assert other.process is None


def test_one_that_does_not_listen_is_ended(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "STOP_TIMEOUT_S", 0.2)
    with run(DEAF) as other:
        other.start()
        lines.wait_for(lambda said: "other: here" in said)

    assert other.process
    assert other.process.wait(10) == -signal.SIGKILL


@pytest.mark.live
def test_it_goes_with_a_process_that_is_killed() -> None:
    source = f"""
import logging, os, sys, threading
logging.basicConfig(level=logging.INFO)
from photonranch.servers.supervised import SupervisedProcess
SupervisedProcess("other", [sys.executable, "-c", {WAITS!r}], os.environ).start()
threading.Event().wait()
"""
    parent = Process([sys.executable, "-c", source], {**os.environ, "PYTHONPATH": os.getcwd()})
    try:
        pid = int(parent.wait_for(r"other: here (\d+)")[1])
        os.kill(pid, 0)
    finally:
        parent.stop(signal.SIGKILL)

    assert has_ended(pid)
