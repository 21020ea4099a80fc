"""The server dies in the middle of everything: what was acknowledged is there after the next start."""

import http.client
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

pytestmark = pytest.mark.live

ITEMS = 10_000
WORKERS = 4
# When so many were acknowledged, the server is killed.
ENOUGH = 700


class Server:
    """`manage.py serve` in a process of its own, with a database of its own that outlives it."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "VAR_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""}
        command = [sys.executable, "manage.py", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        said = (re.search(r"http://([\w.]+):(\d+)/api/docs", line) for line in self.process.stdout)
        found = next(match for match in said if match)
        self.host, self.port = found[1], int(found[2])

    def connect(self) -> closing[http.client.HTTPConnection]:
        return closing(http.client.HTTPConnection(self.host, self.port, timeout=30))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        server.kill()


def call(to: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    to.request(method, f"/api/pipe/{path}", json.dumps(body) if body is not None else None)
    answer = to.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if answer.status == 200 else text


class Told:
    """What the clients were told until the server died."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent: list[set[int]] = [set() for _ in range(WORKERS)]
        self.leased: dict[int, str] = {}
        self.done: set[int] = set()
        self.doing: set[int] = set()
        self.enough = threading.Event()

    def produce(self, worker: int) -> None:
        with self.server.connect() as door, suppress(OSError, http.client.HTTPException):
            for number in range(worker, ITEMS, WORKERS):
                status, _ = call(door, "POST", "enqueue", {"queue_name": "work", "payload": number})
                assert status == 200
                self.sent[worker].add(number)
                if sum(map(len, self.sent)) >= ENOUGH:
                    self.enough.set()

    def consume(self) -> None:
        """Every other item is acknowledged; whether the last one was, nobody knows."""
        with self.server.connect() as door, suppress(OSError, http.client.HTTPException):
            while True:
                status, item = call(door, "POST", "queue/work/dequeue", {"lease_s": 3600})
                if status != 200:
                    continue
                self.leased[item["payload"]] = item["receipt"]
                if len(self.leased) % 2:
                    self.doing = {item["payload"]}
                    assert call(door, "POST", "ack", {"receipt": item["receipt"]})[0] == 200
                    self.done |= self.doing


def test_it_works(tmp_path: Path) -> None:
    """Four send 10,000 in all, one leases and acknowledges; in the middle of it the server is killed."""
    with running(tmp_path) as server:
        with server.connect() as door:
            assert call(door, "POST", "queue", {"queue_name": "work"})[0] == 200
        told = Told(server)
        threads = [threading.Thread(target=told.produce, args=(worker,)) for worker in range(WORKERS)]
        threads.append(threading.Thread(target=told.consume))
        for thread in threads:
            thread.start()
        assert told.enough.wait(120)
        server.kill()
        for thread in threads:
            thread.join(60)

    sent = set().union(*told.sent)
    held = told.leased.keys() - told.done - told.doing
    assert ENOUGH <= len(sent) < ITEMS
    assert held
    with running(tmp_path) as server, server.connect() as door:
        for number in held:
            assert call(door, "POST", "nack", {"receipt": told.leased[number]})[0] == 200
        found = everything(door)
    assert held <= found
    # One acknowledgement and one lease may have been on their way; what was leased is held on, not lost.
    lost = sent - found - told.done - told.doing
    assert len(lost) <= 1
    assert lost <= still_held(tmp_path)
    # What a producer was not told of may have come in, one of each at most.
    assert len(found - sent) <= WORKERS


def everything(door: http.client.HTTPConnection) -> set[int]:
    status, items = call(door, "GET", "queue/work?limit=1000")
    assert status == 200
    found = {item["payload"] for item in items}
    assert len(found) == len(items) < 1000
    return found


def still_held(folder: Path) -> set[int]:
    with closing(sqlite3.connect(folder / "photonranch.sqlite3")) as database:
        return {int(payload) for (payload,) in database.execute("SELECT payload FROM pipe_item")}
