"""The real server in a process of its own, for tests that speak to it over TCP (marker `live`).

    with running("uvicorn") as server:
        server.http.post("/logs/newlog", json={...})
        with connect(f"{server.ws}/datastream?site=saf") as socket:  # websockets.sync.client
            ...

Each server has its own VAR_DIR and, on PostgreSQL, its own database, made for it and removed afterwards.
It knows the cast of testing/cast.py: the test's issuer key is its own. Nothing here sleeps: what a
server has to say is waited for in what it prints.
"""

import atexit
import base64
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import redis
from django.conf import settings
from psycopg import sql

from photonranch.auth.tokens import own_key

Kind = Literal["daphne", "uvicorn"]
KINDS: tuple[Kind, ...] = ("daphne", "uvicorn")

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
# Each server's own word that it serves, with the address it took.
READY = re.compile(r"(?:explained +|running on )(http://[\w.:\[\]]+\d)")


class Process:
    """A process whose output is kept, so that a test can wait for what it says."""

    def __init__(self, command: list[str], env: Mapping[str, str], **options: Any) -> None:
        """`options` go to Popen."""
        self.lines: list[str] = []
        self.said = threading.Condition()
        self.ended = False
        self.popen = subprocess.Popen(
            command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def output(self) -> str:
        with self.said:
            return "".join(self.lines)

    def wait_for(
        self, pattern: str | re.Pattern[str], *, times: int = 1, timeout_s: float = START_TIMEOUT_S
    ) -> re.Match[str]:
        """The match number `times` in what it printed so far or prints within `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        with self.said:
            while True:
                matches = list(re.finditer(pattern, "".join(self.lines)))
                if len(matches) >= times:
                    return matches[times - 1]
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError(f"it did not say {pattern!r}, but:\n{''.join(self.lines)}")
                self.said.wait(left)

    def memory_kb(self) -> int:
        """Its resident memory in KiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, by force if it does not go; its exit code."""
        if self.popen.poll() is None:
            self.popen.send_signal(how)
        try:
            code = self.popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            code = self.popen.wait()
        self.reader.join(STOP_TIMEOUT_S)
        if self.popen.stdout:
            self.popen.stdout.close()
        return code

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            with self.said:
                self.lines.append(line)
                self.said.notify_all()
        with self.said:
            self.ended = True
            self.said.notify_all()


def has_ended(pid: int, timeout_s: float = STOP_TIMEOUT_S) -> bool:
    """Whether a process that is not ours ends within that time; waits for it."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], timeout_s)[0])
    finally:
        os.close(watched)


class Server(Process):
    """A server that serves. `url` and `ws` are its addresses without a slash at the end."""

    def __init__(self, kind: Kind, env: Mapping[str, str], arguments: list[str]) -> None:
        super().__init__([*_command(kind), *arguments], env)
        self.kind = kind
        try:
            self.url = self.wait_for(READY)[1]
        except AssertionError:
            self.stop(signal.SIGKILL)
            raise
        self.ws = self.url.replace("http", "ws", 1)
        address = urlsplit(self.url)
        self.address = (str(address.hostname), int(address.port or 0))
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if hasattr(self, "http"):
            self.http.close()
        return super().stop(how)


@contextmanager
def running(
    kind: Kind = "daphne", *arguments: str, env: Mapping[str, str] | None = None, state: Path | None = None
) -> Iterator[Server]:
    """A server of that kind on a free port while the body runs.

    `env` adds to or replaces its environment; `arguments` go to its command line. Servers that are to share
    a database get the same `state`, a folder made by `fresh_state()`.
    """
    with ExitStack() as stack:
        folder = state or stack.enter_context(fresh_state())
        server = Server(kind, {**environment(folder), **(env or {})}, list(arguments))
        stack.callback(server.stop)
        yield server


@contextmanager
def fresh_state() -> Iterator[Path]:
    """A VAR_DIR with an empty, migrated database and the test's issuer key."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="photonranch-live-")))
        shutil.copytree(_prepared(), folder, dirs_exist_ok=True)
        if url := os.environ.get("DATABASE_URL", ""):
            (folder / "database_url").write_text(stack.enter_context(_own_database(url)))
        yield folder


@lru_cache(maxsize=1)
def _prepared() -> Path:
    """State to copy from: migrating once for all servers saves two seconds for each."""
    folder = Path(tempfile.mkdtemp(prefix="photonranch-live-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    own_key()
    shutil.copytree(Path(settings.AUTH_OWN_KEY).parent, folder / "keys")
    if not os.environ.get("DATABASE_URL"):
        _migrate(environment(folder))
    return folder


def _migrate(env: Mapping[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    subprocess.run(command, env=env, cwd=ROOT, check=True)


def environment(folder: Path) -> dict[str, str]:
    """What a server of this state runs with; a `manage.py` command beside it, too."""
    env = {**os.environ, "VAR_DIR": str(folder), "DEMO": "0", "PYTHONUNBUFFERED": "1"}
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_CURRENT_TEST", "HOST", "PORT"):
        env.pop(name, None)
    if (folder / "database_url").exists():
        env["DATABASE_URL"] = (folder / "database_url").read_text()
    return env


def _command(kind: Kind) -> list[str]:
    if kind == "daphne":
        return [sys.executable, "manage.py", "serve", "--port=0"]
    return [sys.executable, "-m", "uvicorn", "photonranch.asgi:application", "--port=0"]


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    """A PostgreSQL database beside the one of `url`, migrated; removed at the end."""
    name = f"live_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            own = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            _migrate({**os.environ, "DATABASE_URL": own})
            yield own
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class RawSocket:
    """A websocket client that does nothing by itself: it reads and answers only when the test says so."""

    def __init__(self, server: Server, path: str, receive_buffer: int = 4096) -> None:
        self.tcp = socket.socket()
        self.tcp.settimeout(STOP_TIMEOUT_S)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.tcp.connect(server.address)
        key = base64.b64encode(os.urandom(16)).decode()
        self.tcp.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            self.head += self.tcp.recv(1)
        assert b" 101 " in self.head, self.head

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.tcp.close()

    def read_to_the_end(self) -> bytes:
        """All that was sent until the server closed the connection, or cut it off."""
        received = bytearray()
        try:
            while chunk := self.tcp.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return bytes(received)


class RedisServer:
    """A redis-server of its own, which a test may stop, start and freeze. It listens on a socket file."""

    def __init__(self, folder: Path, *, keeps: bool) -> None:
        self.folder = folder
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        self.persistence = ["--appendonly", "yes", "--appendfsync", "always"] if keeps else ["--save", ""]
        self.process: Process | None = None
        self.start()

    def start(self) -> None:
        where = ["--port", "0", "--unixsocket", str(self.path), "--dir", str(self.folder)]
        self.process = Process(["redis-server", *where, *self.persistence], os.environ)
        self.process.wait_for("(?i)ready to accept connections")

    def stop(self) -> None:
        if self.process:
            self.process.stop(signal.SIGKILL)
            self.process = None

    def client(self) -> Any:
        return redis.Redis.from_url(self.url)


@contextmanager
def running_redis(*, keeps: bool = False) -> Iterator[RedisServer]:
    """`keeps`: whether what it holds outlives it. A machine without redis-server fails the test."""
    with tempfile.TemporaryDirectory(prefix="photonranch-redis-") as folder:
        server = RedisServer(Path(folder), keeps=keeps)
        try:
            yield server
        finally:
            server.stop()
