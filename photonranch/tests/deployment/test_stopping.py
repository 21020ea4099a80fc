"""SIGTERM: what was begun is finished, sockets are told to come back, tasks are not lost."""

import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection
from typing import Any

import pytest
from celery import Celery
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from images.tests import frames
from testing.cast import ADMIN
from testing.nginx import HOST, Production, ServicePart
from testing.parts import StackPart
from testing.stack import eventually, stack

pytestmark = [pytest.mark.drill]

RESTARTS = 1012
# uvicorn ends with the signal that it was told to stop with, once it is done.
GRACEFUL = (0, -signal.SIGTERM)
CONTENT = os.urandom(2_000_000)
PICTURE = "saf-sq003ms-20260711-00000012-EX10.jpg"


class Line(HTTPConnection):
    """To the socket file of a server process."""

    def __init__(self, part: ServicePart) -> None:
        super().__init__(HOST, timeout=60)
        self.path = str(part.socket)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def form_of(answer: bytes) -> tuple[bytes, str]:
    """The body of the post that an upload form asks for, and its type."""
    fields = json.loads(answer)["fields"]
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{PICTURE}"\r\n\r\n'.encode()
    return b"".join(parts) + file + CONTENT + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def begin_upload(line: HTTPConnection) -> bytes:
    """Sends the first half of an upload; returns the rest."""
    line.request("POST", "/api/upload", json.dumps({"object_name": PICTURE}))
    body, content_type = form_of(line.getresponse().read())
    line.putrequest("POST", "/api/upload/file")
    line.putheader("Content-Type", content_type)
    line.putheader("Content-Length", str(len(body)))
    line.endheaders()
    line.send(body[: len(body) // 2])
    return body[len(body) // 2 :]


def told_to_stop(part: StackPart) -> None:
    assert part.process
    part.process.popen.send_signal(signal.SIGTERM)


def ended(part: StackPart) -> int:
    """Its exit code, when it ended by itself."""
    assert part.process
    return part.process.popen.wait(60)


# --- Servers behind nginx ----------------------------------------------------------------------------------


@pytest.fixture
def restored(there: Production) -> Iterator[Production]:
    """Whatever a test stopped runs again afterwards."""
    yield there
    for part in there.parts:
        if part.process and part.process.popen.poll() is not None:
            part.kill()
        if part.process is None:
            part.start()


def test_web_finishes_an_upload(restored: Production) -> None:
    part = restored.web[0]
    with closing(Line(part)) as line:
        rest = begin_upload(line)
        told_to_stop(part)
        eventually(lambda: refuses(part))
        line.send(rest)
        answer = line.getresponse()
        assert (answer.status, answer.read()) == (204, b"")

    assert ended(part) == 0
    assert (restored.stack.var / "media" / "data" / PICTURE).read_bytes() == CONTENT


def refuses(part: ServicePart) -> bool:
    """New connections go elsewhere."""
    with closing(socket.socket(socket.AF_UNIX)) as probe:
        return probe.connect_ex(str(part.socket)) != 0


def test_live_answers_who_waits_and_tells_sockets_to_come_back(restored: Production) -> None:
    part = restored.live[0]
    restored.http.post("/api/pipe/queue", json={"queue_name": "stopping"})
    with ExitStack() as open_ones:
        sockets = [open_ones.enter_context(a_socket(part)) for _ in range(20)]
        line = open_ones.enter_context(closing(Line(part)))
        line.request("POST", "/api/pipe/queue/stopping/dequeue", '{"wait_s": 30}')
        told_to_stop(part)
        for each in sockets:
            with pytest.raises(ConnectionClosed) as closed:
                each.recv(timeout=20)
            assert closed.value.rcvd
            assert closed.value.rcvd.code == RESTARTS
        item = {"queue_name": "stopping", "payload": "late", "sender": "t"}
        assert restored.http.post("/api/pipe/enqueue", json=item).status_code == 200
        assert json.loads(line.getresponse().read())["payload"] == "late"

    assert ended(part) in GRACEFUL
    assert "Traceback" not in part.output


def a_socket(part: ServicePart) -> Any:
    tcp = socket.socket(socket.AF_UNIX)
    tcp.connect(str(part.socket))
    return connect(f"ws://{HOST}/datastream?site=saf", sock=tcp)


def test_a_socket_that_reads_nothing_does_not_hold_up_the_stop(restored: Production) -> None:
    part = restored.live[1]
    with closing(socket.socket(socket.AF_UNIX)) as deaf:
        deaf.connect(str(part.socket))
        deaf.sendall(
            f"GET /datastream?site=saf HTTP/1.1\r\nHost: {HOST}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert b" 101 " in deaf.recv(1000)
        told_to_stop(part)
        assert ended(part) in GRACEFUL


def test_a_rolling_restart_loses_nothing(restored: Production) -> None:
    """Every server process is restarted in turn. Programs go on sending and none is refused; whoever watches
    comes back with `since` and sees every frame once, in order."""
    traffic = Traffic(restored)
    with ThreadPoolExecutor(3) as threads:
        doing = [threads.submit(each) for each in (traffic.send, traffic.ask, traffic.watch)]
        try:
            for part in (*restored.live, *restored.web):
                traffic.goes_on()
                assert part.stop() in GRACEFUL
                part.start()
            traffic.goes_on()
        finally:
            traffic.stop.set()
        refused_sends, refused_asks, seen = [each.result(90) for each in doing]

    assert (refused_sends, refused_asks) == ([], [])
    assert seen == list(range(traffic.sent))


class Traffic:
    """What a network does all the time, with what it was refused and what it saw."""

    def __init__(self, there: Production) -> None:
        self.there = there
        self.headers = there.as_(ADMIN)
        self.stop = threading.Event()
        self.sent = 0
        there.http.post("/api/pipe/queue", json={"queue_name": "nothing"})

    def goes_on(self) -> None:
        more = self.sent + 20
        eventually(lambda: self.sent > more)

    def send(self) -> list[int]:
        """Frames numbered from 0; at the end one that says so."""
        refused = []
        with self.there.client() as client:
            while not self.stop.wait(0.01):  # below what nginx lets one address ask for
                frame = {"site": "roll", "topic": "t", "data": self.sent}
                answer = client.post("/datastream/send", json=frame, headers=self.headers)
                if answer.status_code == 200:
                    self.sent += 1
                else:
                    refused.append(answer.status_code)
            client.post("/datastream/send", json={**frame, "data": "the end"}, headers=self.headers)
        return refused

    def ask(self) -> list[int]:
        """Long polls, one after the other."""
        refused = []
        with self.there.client() as client:
            while not self.stop.is_set():
                answer = client.post("/api/pipe/queue/nothing/dequeue", json={"wait_s": 1})
                if answer.status_code != 404:
                    refused.append(answer.status_code)
        return refused

    def watch(self) -> list[int]:
        seen: list[int] = []
        since = 0
        while True:
            with watching(self.there, since) as watcher, suppress(ConnectionClosed):
                while True:
                    frame = json.loads(watcher.recv(timeout=60))
                    if frame["data"] == "the end":
                        return seen
                    since = frame["id"]
                    seen.append(frame["data"])


def watching(there: Production, since: int) -> Any:
    tcp = socket.create_connection(("127.0.0.1", there.port), timeout=30)
    url = f"wss://{HOST}/datastream?site=roll&since={since}"
    return connect(url, sock=tcp, ssl=there.nginx.trust, open_timeout=30)


# --- Workers -----------------------------------------------------------------------------------------------


def order(there: Production, name: str) -> None:
    """As the servers of this installation would."""
    env = there.stack.env
    client = Celery(broker=env["REDIS_URL"])
    client.conf.broker_transport_options = {"global_keyprefix": f"{env['REDIS_PREFIX']}:celery:"}
    with client.connection_for_write() as connection:
        client.send_task(
            "testing.tasks.held",
            (str(there.run), name),
            connection=connection,
            ignore_result=True,
        )


def test_a_worker_finishes_its_task_and_leaves_the_others_to_its_successor(there: Production) -> None:
    def has(what: str) -> bool:
        return (there.run / what).exists()

    worker = there.add_worker()
    worker.command += ["--include", "testing.tasks", "--concurrency", "1"]
    worker.start()
    for name in ("first", "second"):
        order(there, name)
    eventually(lambda: has("first.begun"))
    told_to_stop(worker)
    worker.wait_for("Warm shutdown")
    assert not has("first.done")
    (there.run / "first.go").touch()
    (there.run / "second.go").touch()

    assert ended(worker) == 0
    assert has("first.done")
    assert not has("second.begun")
    worker.kill()
    worker.start()
    eventually(lambda: has("second.done"))
    told_to_stop(worker)
    assert ended(worker) == 0
    # Each once: what was finished had been acknowledged.
    assert [(there.run / f"{name}.done").read_text() for name in ("first", "second")] == ["done\n"] * 2


# --- make run ----------------------------------------------------------------------------------------------


def test_serve_finishes_what_was_begun_and_tells_sockets_to_come_back() -> None:
    with stack("embedded", databases=False) as there, ExitStack() as open_ones:
        [server] = there.servers
        sockets = [open_ones.enter_context(connect(f"{server.ws}/datastream?site=saf")) for _ in range(20)]
        line = open_ones.enter_context(closing(HTTPConnection("127.0.0.1", server.port, timeout=60)))
        rest = begin_upload(line)
        told_to_stop(server)
        for each in sockets:
            with pytest.raises(ConnectionClosed) as closed:
                each.recv(timeout=20)
            assert closed.value.rcvd
            assert closed.value.rcvd.code == RESTARTS
        line.send(rest)
        answer = line.getresponse()

        assert (answer.status, answer.read()) == (204, b"")
        assert ended(server) == 0
        assert (there.var / "media" / "data" / PICTURE).read_bytes() == CONTENT
        assert "Traceback" not in server.output


def test_serve_loses_no_task() -> None:
    """A picture comes in and the server is told to stop: this life of the server shows it, or the next."""
    picture = frames.jpg()
    with stack("embedded", databases=False) as there:
        [server] = there.servers
        with server.client() as client:
            form = client.post("/api/upload", json={"object_name": PICTURE}).json()
            sent = client.post("/api/upload/file", data=form["fields"], files={"file": (PICTURE, picture)})
            assert sent.status_code == 204
        assert server.stop() == 0
        server.start()
        with server.client() as client:
            eventually(lambda: client.get(f"/api/image/{frames.BASE}").status_code == 200)


def test_serve_ends_at_once_when_nothing_is_going_on() -> None:
    with stack("embedded", databases=False) as there:
        [server] = there.servers
        told_to_stop(server)
        assert server.process
        assert server.process.popen.wait(10) == 0
