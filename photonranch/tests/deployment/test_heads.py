"""nginx lets go who sends the head of a request slowly, or without end: uvicorn behind it never sees them.

uvicorn itself limits neither (https://github.com/Kludex/uvicorn/issues/157); daphne, which strangers reach
where no nginx is, does (photonranch.servers.daphne).
"""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from testing.nginx import HOST, NginxPart
from testing.stack import stack

pytestmark = pytest.mark.live

HEAD = f"POST /logs/newlog HTTP/1.1\r\nHost: {HOST}\r\n".encode()


@pytest.fixture(scope="module")
def behind() -> Iterator[socket.socket]:
    """What nginx would pass requests on to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture(scope="module")
def nginx(behind: socket.socket) -> Iterator[NginxPart]:
    """nginx alone, with 1 s for a head instead of 15."""
    server = f"server 127.0.0.1:{behind.getsockname()[1]};"
    with stack(databases=False) as there:
        media = str(there.folder)
        settings = {"NGINX_WEB_SERVERS": server, "NGINX_LIVE_SERVERS": server, "NGINX_MEDIA": media}
        made = NginxPart(there.guard, there.folder / "nginx", "behind-proxy", settings)
        shorten(made, "client_header_timeout 15s;", "client_header_timeout 1s;")
        there.started.append(made)
        made.start()
        yield made


def shorten(nginx: NginxPart, as_it_is: str, shorter: str) -> None:
    [path] = [path for path in nginx.folder.rglob("*.inc") if as_it_is in path.read_text()]
    path.write_text(path.read_text().replace(as_it_is, shorter))


def passed_on(behind: socket.socket) -> bool:
    try:
        behind.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def heard_until_closed(line: socket.socket, first: bytes, then: bytes, every_s: float) -> tuple[bytes, int]:
    """What comes back to a client that goes on sending `then`, and how many bytes of it were taken."""
    line.sendall(first)
    line.settimeout(every_s)
    heard, taken, deadline = b"", 0, time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            taken += line.send(then)
            piece = line.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return heard, taken
        if not piece:
            return heard, taken
        heard += piece
        threading.Event().wait(0.01)
    raise AssertionError(f"it was not let go; it heard {heard[:200]!r}")


def test_it_works(nginx: NginxPart, behind: socket.socket) -> None:
    """A head that comes at once is passed on."""
    with socket.create_connection(("127.0.0.1", nginx.http_port), timeout=20) as line:
        line.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
        behind.settimeout(20)
        behind.accept()[0].close()
        behind.setblocking(False)
        # Whoever stood there has gone: nginx asks the other one of the two, and answers that nobody is there.
        assert line.recv(100)
    while passed_on(behind):
        pass


def test_a_head_that_comes_bit_by_bit(nginx: NginxPart, behind: socket.socket) -> None:
    with socket.create_connection(("127.0.0.1", nginx.http_port)) as line:
        heard, _ = heard_until_closed(line, HEAD, b"X-A: b\r\n", every_s=0.1)

    assert b" 200 " not in heard
    assert not passed_on(behind)


def test_a_head_without_end(nginx: NginxPart, behind: socket.socket) -> None:
    with socket.create_connection(("127.0.0.1", nginx.http_port)) as line:
        heard, taken = heard_until_closed(line, HEAD + b"X-A: ", b"a" * 65536, every_s=0.02)

    assert b" 200 " not in heard
    assert taken < 16 * 1024 * 1024
    assert not passed_on(behind)
