"""Server processes for the benchmarks: pinned to a core, on a free port, gone when the body ends."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

SERVER_CORE, CLIENT_CORE = 0, 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def commands(kind: str, port: int) -> list[str]:
    python = [sys.executable, "-m"]
    return {
        "daphne": [*python, "daphne", "-v0", "-p", str(port), "photonranch.asgi:application"],
        "uvicorn": [
            *python, "uvicorn", "--port", str(port), "--log-level", "error", "--no-access-log",
            "--ws-per-message-deflate", "false", "photonranch.asgi:application",
        ],
        "granian": [
            *python, "granian", "--interface", "wsgi", "--port", str(port), "--log-level", "error",
            "--blocking-threads", "4", "photonranch.wsgi:application",
        ],
    }[kind]  # fmt: skip


def pin(core: int) -> None:
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {core})


@contextmanager
def server(kind: str, **environment: str) -> Iterator[tuple[int, int]]:
    """A server of the kind daphne, uvicorn or granian; gives its port and process id."""
    folder = tempfile.mkdtemp(prefix="photonranch-bench-")
    port = free_port()
    defaults = {"DJANGO_SETTINGS_MODULE": "bench.settings", "VAR_DIR": folder}
    variables = {**os.environ, **defaults, **environment}
    process = subprocess.Popen(
        commands(kind, port), env=variables, preexec_fn=lambda: pin(SERVER_CORE), stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(port: int, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the server does not listen")
