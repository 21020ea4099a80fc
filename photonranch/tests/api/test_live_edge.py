"""The rules of the edge on the servers that installations run: each hands requests on in its own way.

Spoken with http.client, which sends what it is told and nothing else.
"""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

import pytest

from testing.live import ROOT, Process, fresh_state, running

pytestmark = pytest.mark.live

LOG = json.dumps({"site": "saf", "log_message": "hello \U0001f52d"}).encode()
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    headers: dict[str, str]


class Client:
    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)

    def __call__(self, method: str, path: str, body: Any = b"", **headers: str) -> Answer:
        """`body`: bytes, or a list of chunks to send without a Content-Length."""
        line = HTTPConnection(*self.address, timeout=30)
        try:
            line.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                line.putheader(name.replace("_", "-"), value)
            if isinstance(body, bytes):
                line.putheader("Content-Length", str(len(body)))
                line.endheaders(body)
            else:
                line.putheader("Transfer-Encoding", "chunked")
                line.endheaders(iter(body), encode_chunked=True)
            answer = line.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found.get("content-type", ""), answer.read(), found)
        finally:
            line.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until_it_listens(port: int) -> None:
    """Granian says that it has started a moment before it has."""
    deadline, pause = time.monotonic() + 30, threading.Event()
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.02)
    raise AssertionError("granian does not listen")


@contextmanager
def granian() -> Iterator[Client]:
    """The WSGI server that production runs REST on."""
    port = free_port()
    where = ["--interface", "wsgi", "--port", str(port), "photonranch.wsgi:application"]
    command = [sys.executable, "-m", "granian", *where]
    with fresh_state() as folder:
        env = {**os.environ, "VAR_DIR": str(folder), "DEMO": "0", "PYTHONPATH": str(ROOT)}
        if (folder / "database_url").exists():
            env["DATABASE_URL"] = (folder / "database_url").read_text()
        process = Process(command, env)
        try:
            process.wait_for("(?i)started worker")
            until_it_listens(port)
            yield Client("127.0.0.1", port)
        finally:
            process.stop()


@contextmanager
def asgi(kind: Any) -> Iterator[Client]:
    with running(kind) as server:
        yield Client(*server.address)


TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
JSON = "application/json"
SERVERS: dict[str, Any] = {
    "daphne": lambda: asgi("daphne"),
    "uvicorn": lambda: asgi("uvicorn"),
    "granian": granian,
}


@pytest.fixture(scope="module", params=SERVERS)
def call(request: pytest.FixtureRequest) -> Iterator[Client]:
    with SERVERS[request.param]() as client:
        yield client


def test_it_works(call: Client) -> None:
    """As a telescope posts: no Content-Type, a double slash, a slash at the end."""
    answer = call("POST", "/logs//newlog/", LOG)

    assert (answer.status, answer.content_type) == (200, JSON)
    assert json.loads(answer.body)["message"] == "hello \U0001f52d"


@pytest.mark.parametrize("content_type", TYPES)
def test_the_type_of_a_body_means_nothing(call: Client, content_type: str) -> None:
    assert call("POST", "/logs/newlog", LOG, Content_Type=content_type).status == 200
    assert call("POST", "/logs/newlog", b"", Content_Type=content_type).body == b"site: this key is missing."


@pytest.mark.parametrize("path", ["/logs/newlog", "//logs/newlog", "/logs/newlog/", "//logs//newlog//"])
def test_slashes(call: Client, path: str) -> None:
    assert call("POST", path, LOG).status == 200


def test_a_body_in_chunks_is_read(call: Client) -> None:
    answer = call("POST", "/logs/newlog", [LOG[:9], LOG[9:]])

    assert answer.status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "content_type", "says"),
    [
        ("POST", "/logs/newlog", b"{", {}, 400, TEXT, b"The body is not JSON."),
        ("POST", "/logs/newlog", b"\xff", {}, 400, TEXT, b"The body is not JSON."),
        ("POST", "/logs/newlog", b"[" * 100_000, {}, 400, TEXT, b"The body is not JSON."),
        ("POST", "/jobs/getnewjobs", b"", {}, 400, TEXT, b"site: this key is missing."),
        (
            "POST",
            "/jobs/newjob",
            b"",
            {"Authorization": "Bearer undefined"},
            401,
            "application/json",
            b"Unauth",
        ),
        ("GET", "/nothing/", b"", {}, 404, JSON, b'{"message": "Not Found"}'),
        ("GET", "/logs/%00", b"", {}, 400, "", b""),
        ("GET", "/logs/newlog", b"", {}, 405, TEXT, b"GET is not served here."),
        ("POST", "/logs/newlog", b" " * 6_000_000, {}, 413, TEXT, b"The body is larger than"),
        ("POST", "/logs/newlog", LOG, {"Host": "evil.example"}, 400, JSON, b"ALLOWED_HOSTS"),
    ],
)
def test_errors(
    call: Client,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    status: int,
    content_type: str,
    says: bytes,
) -> None:
    answer = call(method, path, body, Origin="https://www.photonranch.org", **headers)

    assert answer.status == status
    assert says in answer.body
    assert b"<" not in answer.body
    if content_type:
        assert answer.content_type == content_type
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight(call: Client) -> None:
    answer = call("OPTIONS", "/jobs/newjob", Origin="https://x.org", Access_Control_Request_Method="POST")

    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_204_has_no_body_and_the_line_stays_usable(call: Client) -> None:
    answer = call("OPTIONS", "/logs/newlog")

    assert (answer.status, answer.body) == (204, b"")


def test_head_has_the_headers_of_get_and_no_body(call: Client) -> None:
    answer = call("HEAD", "/logs/recent-logs?site=saf")

    assert (answer.status, answer.body) == (200, b"")
