"""A process that belongs to the server: started with it, started again when it ends, gone when the server is.

It is told of the server's end by its standard input, a pipe that the kernel closes however the server ends,
SIGKILL included; so it has to watch that. What it prints goes to the server's log, line by line.
"""

import logging
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Self

log = logging.getLogger(__name__)

# Seconds until it is started again: doubled with every early end, back to the first after a long life.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
LONG_LIFE_S = 60.0
STOP_TIMEOUT_S = 10.0


class SupervisedProcess:
    """Keeps `command` running, from `start` to the end of a `with` statement; its lines in the log begin with
    `name`."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.name = name
        self.command = list(command)
        self.env = dict(env)
        self.stopping = threading.Event()
        self.process: subprocess.Popen[str] | None = None
        # No process is started once `stop` has looked for one to end.
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._keep_running, name=f"supervised-{name}", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *arguments: str) -> None:
        """With these arguments besides."""
        self.command += arguments
        self.thread.start()

    def stop(self) -> None:
        """End it, by force if it does not go by itself; also when it never started."""
        with self.lock:
            self.stopping.set()
            process = self.process
        if process is not None:
            _end(process)
        if self.thread.is_alive():
            self.thread.join(STOP_TIMEOUT_S)

    def _keep_running(self) -> None:
        wait = FIRST_WAIT_S
        while not self.stopping.is_set():
            lived = self._live()
            wait = FIRST_WAIT_S if lived > LONG_LIFE_S else wait
            if self.stopping.is_set():
                return
            log.warning("%s ended by itself; it is started again in %g s", self.name, wait)
            self.stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _live(self) -> float:
        """One life of the process; how many seconds it lasted."""
        with self.lock:
            if self.stopping.is_set():
                return 0.0
            began = time.monotonic()
            process = self.process = self._spawn()
        assert process.stdout
        for line in process.stdout:
            log.info("%s: %s", self.name, line.rstrip())
        code = process.wait()
        _close_pipes(process)
        if code and not self.stopping.is_set():
            log.warning("%s ended with %d", self.name, code)
        return time.monotonic() - began

    def _spawn(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603  # the server's own command
            self.command,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C in a terminal goes to the server, which ends this one in its turn.
            start_new_session=True,
        )


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.close()
    for stronger in (process.terminate, process.kill):
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            stronger()
    process.wait()


def _close_pipes(process: "subprocess.Popen[str]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe and not pipe.closed:
            pipe.close()
