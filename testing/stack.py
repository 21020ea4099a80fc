"""A whole installation of its own for the failure drills (marker `drill`): databases, servers, workers, beat.

    with stack("uvicorn", "granian", workers=1, beat=True) as there:
        there.servers[0].kill()
        there.servers[0].start()
        there.redis.freeze()
        eventually(lambda: there.rows("SELECT count(*) FROM jobs_job") == [(1,)])

Every part can be killed, stopped, frozen and started again at the same address. PostgreSQL and Redis are
started for it on free ports, as production runs them; what ran before is never touched. What each part said
is printed at the end, so that pytest shows it with a failure.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import psycopg
import redis
from django.conf import settings

from photonranch.auth.tokens import own_key
from testing.parts import Guard, StackPart, clean_environment, eventually, free_port
from testing.postgres import PostgresPart, postgres_programs

__all__ = ["Stack", "StackPart", "eventually", "missing_programs", "stack"]

# `embedded` is `make run`: everything in one process, on SQLite. The others share PostgreSQL and Redis.
StackKind = Literal["uvicorn", "daphne", "granian", "embedded"]

# What is shown of each part when a drill fails.
LAST_LINES = 150

_PYTHON = [sys.executable, "-m"]


class ServerPart(StackPart):
    """A server process. `url` and `ws` are its addresses without a slash at the end."""

    def __init__(self, guard: Guard, kind: StackKind, env: Mapping[str, str]) -> None:
        self.kind = kind
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"
        super().__init__(guard, f"{kind}:{self.port}", _server(kind, self.port), env)

    def wait_until_ready(self) -> None:
        eventually(self._serves)

    def client(self, timeout_s: float = 30.0) -> httpx.Client:
        """A client of this server; whoever takes it closes it."""
        return httpx.Client(base_url=self.url, timeout=timeout_s, trust_env=False)

    def _serves(self) -> bool:
        assert self.process
        assert not self.process.ended, self.output
        try:
            return httpx.get(f"{self.url}/healthz", timeout=10, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


class BackgroundPart(StackPart):
    """A Celery process: a worker, or the beat."""

    def __init__(self, guard: Guard, name: str, arguments: list[str], ready: str, env: Mapping[str, str]):
        self.ready = ready
        super().__init__(guard, name, [*_PYTHON, "celery", "-A", "photonranch", *arguments], env)

    def wait_until_ready(self) -> None:
        self.wait_for(self.ready)


class RedisPart(StackPart):
    """A redis-server on a port of its own, that keeps its data."""

    def __init__(self, guard: Guard, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        where = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        super().__init__(guard, "redis", ["redis-server", *where, "--appendonly", "yes"], os.environ)

    def wait_until_ready(self) -> None:
        # It accepts connections before it has read what it kept, and refuses whatever is asked of it.
        eventually(self._answers)

    def forget(self) -> None:
        """Remove what it kept, while it does not run."""
        assert self.process is None
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def client(self) -> Any:
        return redis.Redis.from_url(self.url, socket_timeout=10)

    def _answers(self) -> bool:
        try:
            with closing(self.client()) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class Stack:
    """The parts of one installation. `env` is what its processes run with."""

    def __init__(self, guard: Guard, folder: Path, env: Mapping[str, str]) -> None:
        self.guard = guard
        self.folder = folder
        self.var = folder / "var"
        self.env = {**clean_environment(), "VAR_DIR": str(self.var), **env}
        self.servers: list[ServerPart] = []
        self.workers: list[BackgroundPart] = []
        self.started: list[StackPart] = []
        self._postgres: PostgresPart | None = None
        self._redis: RedisPart | None = None
        self._beat: BackgroundPart | None = None
        # The cast of testing/cast.py is known to it: its issuer's key is the test's own.
        own_key()
        shutil.copytree(Path(settings.AUTH_OWN_KEY).parent, self.var / "keys")

    @property
    def postgres(self) -> PostgresPart:
        assert self._postgres
        return self._postgres

    @property
    def redis(self) -> RedisPart:
        assert self._redis
        return self._redis

    @property
    def beat(self) -> BackgroundPart:
        assert self._beat
        return self._beat

    def add_databases(self) -> None:
        self._postgres = PostgresPart(self.guard, self.folder / "postgres")
        self._redis = RedisPart(self.guard, self.folder / "redis")
        self.started += [self._postgres, self._redis]
        for part in (self._postgres, self._redis):
            part.launch()
        for part in (self._postgres, self._redis):
            part.wait_until_ready()
        self.env |= {"DATABASE_URL": self._postgres.url, "REDIS_URL": self._redis.url}

    def add_server(self, kind: StackKind, **env: str) -> ServerPart:
        """A server that is not started yet; `env` adds to or replaces what all have."""
        server = ServerPart(self.guard, kind, {**self.env, **env})
        self.servers.append(server)
        self.started.append(server)
        return server

    def add_worker(self, **env: str) -> BackgroundPart:
        name = f"worker{len(self.workers)}"
        arguments = ["worker", "--loglevel=INFO", "--concurrency=2", "--hostname", f"{name}@%h"]
        worker = BackgroundPart(self.guard, name, arguments, r"@\S+ ready", {**self.env, **env})
        self.workers.append(worker)
        self.started.append(worker)
        return worker

    def add_beat(self, **env: str) -> BackgroundPart:
        arguments = ["beat", "--loglevel=INFO", "--schedule", str(self.folder / "beat"), "--pidfile="]
        self._beat = BackgroundPart(self.guard, "beat", arguments, "beat: Starting", {**self.env, **env})
        self.started.append(self._beat)
        return self._beat

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What its database answers; parameters are `%s` on PostgreSQL, `?` on the embedded SQLite."""
        if self._postgres:
            with psycopg.connect(self._postgres.url, autocommit=True) as database:
                cursor = database.execute(sql.encode(), parameters)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.var / "photonranch.sqlite3", timeout=30)) as file, file:
            return file.execute(sql, parameters).fetchall()

    def close(self) -> None:
        for part in reversed(self.started):
            part.kill()
        for part in self.started:
            print(f"=== {part.name}")
            print("".join(part.output.splitlines(keepends=True)[-LAST_LINES:]))


@contextmanager
def stack(
    *kinds: StackKind,
    workers: int = 0,
    beat: bool = False,
    databases: bool = True,
    env: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """An installation of these servers, all started, while the body runs.

    `databases`: PostgreSQL and Redis of its own; without them it is embedded, on SQLite. `env` adds to the
    environment of every process.
    """
    guard = Guard()
    folder = Path(tempfile.mkdtemp(prefix="photonranch-stack-"))
    guard.tell(str(folder))
    folder.chmod(0o755)  # PostgreSQL's user has its own folder in it
    try:
        there = Stack(guard, folder, env or {})
        try:
            if databases:
                there.add_databases()
            made: list[StackPart] = [there.add_server(kind) for kind in kinds]
            made += [there.add_worker() for _ in range(workers)]
            made += [there.add_beat()] if beat else []
            for part in made:
                part.launch()
            for part in made:
                part.wait_until_ready()
            yield there
        finally:
            there.close()
    finally:
        guard.close()


def _server(kind: StackKind, port: int) -> list[str]:
    asgi, wsgi = "photonranch.asgi:application", "photonranch.wsgi:application"
    at = ["--port", str(port)]
    return {
        "uvicorn": [*_PYTHON, "uvicorn", *at, "--no-access-log", "--ws-per-message-deflate", "false", asgi],
        "granian": [*_PYTHON, "granian", *at, "--interface", "wsgi", "--blocking-threads", "4", wsgi],
        "daphne": [sys.executable, "manage.py", "serve", *at],
        "embedded": [sys.executable, "manage.py", "serve", *at],
    }[kind]


def missing_programs() -> list[str]:
    """What a drill needs and this machine lacks."""
    lacks = [] if postgres_programs() else ["PostgreSQL's server programs"]
    # nginx lies where only root's PATH leads.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    programs = ("redis-server", "nginx", "envsubst", "psql", "pg_dump", "pg_restore")
    return [*lacks, *(name for name in programs if not shutil.which(name, path=path))]
