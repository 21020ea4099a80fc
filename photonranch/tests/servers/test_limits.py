"""Clients that send a little at a time, or without end, are let go; who is merely slow is not."""

import asyncio
import io
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from photonranch.servers import limits
from photonranch.servers.limits import (
    MAX_BODY_BYTES,
    BodyTooLarge,
    BodyTooSlow,
    announces_too_large,
    body_deadline,
    max_body_bytes,
    receive_within_limits,
)
from photonranch.wsgi import application
from testing.live import KINDS, ROOT, Server, running

LOG = b'{"site": "saf", "log_message": "hello"}'


def test_it_works() -> None:
    assert body_deadline(100.0, 0) == 130.0
    assert body_deadline(100.0, 10 * 1024) == 140.0


def test_only_the_path_of_files_takes_files(settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 3 * 1024**3

    assert (
        max_body_bytes("/api/upload/file") == max_body_bytes("//api/upload//file/") == 3 * 1024**3 + 64 * 1024
    )
    assert max_body_bytes("/api/upload") == max_body_bytes("/") == MAX_BODY_BYTES


class Sender:
    """An ASGI `receive` that gives these messages, and then nothing."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)

    async def __call__(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


def part(size: int, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def test_a_body_passes_and_what_follows_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_S", 0.05)
    receive = receive_within_limits(Sender(part(10), part(5, more=False)), "/")

    assert [len((await receive())["body"]) for _ in range(2)] == [10, 5]
    with pytest.raises(TimeoutError):  # the test's own: nobody is waited for any more
        async with asyncio.timeout(0.2):
            await receive()


async def test_one_that_stops_in_the_middle_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GRACE_S", 0.05)
    receive = receive_within_limits(Sender(part(10)), "/")
    await receive()

    with pytest.raises(BodyTooSlow):
        async with asyncio.timeout(10):
            await receive()


async def test_one_that_never_ends_is_let_go() -> None:
    receive = receive_within_limits(Sender(part(MAX_BODY_BYTES), part(1)), "/logs/newlog")
    await receive()

    with pytest.raises(BodyTooLarge):
        await receive()


# --- Under WSGI --------------------------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """A body in chunks that never ends."""

    given = 0

    def read(self, size: int = -1) -> bytes:
        self.given += size
        return b" " * size


def test_a_body_in_chunks_without_end() -> None:
    body, told = Endless(), []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/logs/newlog",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": body,
    }
    answer = application(environ, lambda status, headers: told.append(status))

    assert b"".join(answer) == b"The body is too large."
    assert told == ["413 Content Too Large"]
    assert MAX_BODY_BYTES < body.given <= MAX_BODY_BYTES + 128 * 1024


@pytest.mark.parametrize(
    ("length", "is_too_much"),
    [("", False), (None, False), ("1", False), (str(MAX_BODY_BYTES), False),
     (str(MAX_BODY_BYTES + 1), True), ("9" * 5000, True), ("-1", False), ("1e99", False), ("١٢", False)],
)  # fmt: skip
def test_a_length_is_read_whatever_it_is(length: str | None, is_too_much: bool) -> None:
    told: list[str] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/logs/newlog", "CONTENT_LENGTH": length}

    assert announces_too_large("/logs/newlog", length) is is_too_much
    if is_too_much:
        answer = application(environ, lambda status, headers: told.append(status))
        assert (told, b"".join(answer)) == (["413 Content Too Large"], b"The body is too large.")


# --- The servers -------------------------------------------------------------------------------------------

# Really half a minute is waited; in the processes that these tests start it is a second. Python imports a
# module of this name at its start.
SHORT_TIMES = """
from photonranch.servers import limits
limits.HEAD_S, limits.GRACE_S, limits.MAX_BODY_BYTES = 1.0, 1.0, 8 * 1024 * 1024
"""


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("short-times")
    (folder / "sitecustomize.py").write_text(SHORT_TIMES)
    with running(request.param, env={"PYTHONPATH": f"{folder}:{ROOT}"}) as made:
        yield made


def said_to(
    server: Server, first: bytes, then: bytes = b"", every_s: float = 0.2, for_s: float = 20.0
) -> bytes:
    """What comes back, until the server closes, from a client that goes on saying `then`."""
    pause = threading.Event()
    with socket.create_connection(server.address, timeout=for_s) as line:
        line.sendall(first)
        line.settimeout(every_s)
        heard, deadline = b"", time.monotonic() + for_s
        while time.monotonic() < deadline:
            try:
                piece = line.recv(65536)
                if not piece:
                    return heard
                heard += piece
            except TimeoutError:
                try:
                    line.sendall(then)
                except OSError:
                    return heard
            except OSError:
                return heard
            pause.wait(0.01)
    raise AssertionError(f"it was not let go in {for_s} s; it heard {heard[:200]!r}")


# uvicorn stands behind nginx, which lets these go: photonranch/tests/deployment/test_heads.py.
by_daphne = pytest.mark.parametrize("server", ["daphne"], indirect=True)
HEAD = b"POST /logs/newlog HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.live
@by_daphne
def test_a_head_that_comes_bit_by_bit(server: Server) -> None:
    assert b" 200 " not in said_to(server, HEAD, b"X-A: b\r\n")


@pytest.mark.live
@by_daphne
def test_a_second_head_that_comes_bit_by_bit(server: Server) -> None:
    whole = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(LOG), LOG)

    assert said_to(server, whole + HEAD, b"X-A: b\r\n").count(b" 200 ") == 1


@pytest.mark.live
def test_a_body_that_comes_bit_by_bit(server: Server) -> None:
    heard = said_to(server, HEAD + b"Content-Length: 100000\r\n\r\n{", b" ")

    assert b" 200 " not in heard
    if server.kind == "uvicorn":
        assert b" 408 " in heard
        assert b"The body did not come fast enough." in heard


@pytest.mark.live
def test_a_body_without_end(server: Server) -> None:
    chunk = b"%x\r\n%s\r\n" % (65536, b" " * 65536)
    began = time.monotonic()
    heard = said_to(
        server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 64, chunk * 64, every_s=0.02
    )

    assert b" 200 " not in heard
    assert time.monotonic() - began < 15


@pytest.mark.live
def test_a_length_beyond_all_limits_is_refused_before_any_of_it_comes(server: Server) -> None:
    heard = said_to(server, HEAD + b"Content-Length: 99999999999\r\n\r\n")

    assert b" 413 " in heard
    assert b"The body is too large." in heard


def taken_of(line: socket.socket, piece: bytes, most: int) -> int:
    """How many bytes the other end took before it closed; `most` when it took all."""
    taken = 0
    while taken < most:
        try:
            taken += line.send(piece)
        except ConnectionError:
            break
    return taken


@pytest.mark.live
@by_daphne
def test_a_head_without_end(server: Server) -> None:
    """Let go for its size, long before its time is up: what is taken meanwhile lies in memory."""
    with socket.create_connection(server.address, timeout=20) as line:
        line.sendall(HEAD + b"X-A: ")
        taken = taken_of(line, b"a" * 65536, most=256 * 1024 * 1024)

    assert taken < 32 * 1024 * 1024


@pytest.mark.live
def test_who_is_quick_is_served_all_the_while(server: Server) -> None:
    for _ in range(3):
        assert server.http.post("/logs/newlog", content=LOG).status_code == 200
    assert server.http.get("/healthz").text == "ok"
