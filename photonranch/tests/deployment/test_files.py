"""Files through nginx: it hands out what the server allowed (X-Accel-Redirect), and takes uploads whole."""

import hashlib
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from testing.nginx import HOST, Production
from testing.parts import family

pytestmark = [pytest.mark.drill]

JPG = "saf-sq003ms-20260711-00000012-EX10.jpg"
MIB = 1024 * 1024
# The same in every process: tests are named by parts of it.
CONTENT = random.Random(1).randbytes(300_000)


def upload(there: Production, name: str, content: bytes) -> httpx.Response:
    form = there.http.post("/api/upload", json={"object_name": name}).json()
    assert form["url"] == f"https://{HOST}/api/upload/file"
    return there.http.post("/api/upload/file", data=form["fields"], files={"file": (name, content)})


@pytest.fixture(scope="module")
def link(there: Production) -> str:
    """The path and query of a signed link to a file that was uploaded through nginx."""
    assert upload(there, JPG, CONTENT).status_code == 204
    asked = {"s3_directory": "data", "object_name": JPG, "image_type": "stored"}
    url = urlsplit(there.http.post("/api/download", json=asked).text)
    assert url.netloc == HOST
    return f"{url.path}?{url.query}"


def test_it_works(there: Production, link: str) -> None:
    answer = there.http.get(link)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == f"attachment; filename=\"{JPG}\"; filename*=UTF-8''{JPG}"
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["accept-ranges"] == "bytes"


def test_nginx_and_not_the_server_sends_the_bytes(there: Production, link: str) -> None:
    headers = {"Host": HOST, "X-Forwarded-Proto": "https"}
    with there.web[0].client() as behind:
        answer = behind.get(link, headers=headers)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["x-accel-redirect"] == f"/.media/data/{JPG}"
    assert "x-accel-redirect" not in there.http.get(link).headers


@pytest.mark.parametrize(
    ("asked", "status", "part", "content_range"),
    [
        ("bytes=0-99", 206, CONTENT[:100], "bytes 0-99/300000"),
        ("bytes=299990-", 206, CONTENT[299_990:], "bytes 299990-299999/300000"),
        ("bytes=-10", 206, CONTENT[-10:], "bytes 299990-299999/300000"),
        ("bytes=300000-", 416, b"The range that was asked for is not in the file.", "bytes */300000"),
    ],
)
def test_ranges(
    there: Production, link: str, asked: str, status: int, part: bytes, content_range: str
) -> None:
    answer = there.http.get(link, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (status, part)
    assert answer.headers["content-range"] == content_range


def test_conditional_requests(there: Production, link: str) -> None:
    whole = there.http.get(link)
    tag, modified = whole.headers["etag"], whole.headers["last-modified"]

    assert there.http.get(link, headers={"If-None-Match": tag}).status_code == 304
    assert there.http.get(link, headers={"If-Modified-Since": modified}).status_code == 304
    assert there.http.get(link, headers={"If-Match": '"other"'}).status_code == 412
    assert there.http.get(link, headers={"Range": "bytes=0-1", "If-Range": tag}).status_code == 206
    assert there.http.get(link, headers={"Range": "bytes=0-1", "If-Range": '"other"'}).status_code == 200


def test_head_has_no_body(there: Production, link: str) -> None:
    answer = there.http.head(link)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "300000"


@pytest.mark.parametrize(
    "path",
    [
        f"/.media/data/{JPG}",
        f"//.media/data/{JPG}",
        f"/%2emedia/data/{JPG}",
        f"/x/../.media/data/{JPG}",
        "/.media../keys/secret_key",
        "/.media/../keys/secret_key",
        f"/api/file/ptr-data/{JPG}",
        "/api/file/ptr-../keys/secret_key",
        "/api/file/ptr-..%2fkeys%2fsecret_key",
        "/api/file/ptr-/etc/passwd",
    ],
)
def test_nothing_is_handed_out_without_a_link(there: Production, link: str, path: str) -> None:
    """Sent byte for byte: other clients tidy dots and doubled slashes away."""
    for query in ("", "?" + link.partition("?")[2]):
        line = HTTPSConnection("127.0.0.1", there.port, timeout=30, context=there.nginx.trust)
        with closing(line):
            line.request("GET", path + query, headers={"Host": HOST})
            answer = line.getresponse()
            said = answer.read()
        # The one address that a link opens.
        if path == f"/api/file/ptr-data/{JPG}" and query:
            assert said == CONTENT
        else:
            assert answer.status in (400, 403, 404)
            assert len(said) < 200


def test_a_file_that_is_gone(there: Production, link: str) -> None:
    name = JPG.replace("12-EX10", "13-EX10")
    assert upload(there, name, b"x").status_code == 204
    asked = {"s3_directory": "data", "object_name": name, "image_type": "stored"}
    url = there.http.post("/api/download", json=asked).text.removeprefix(f"https://{HOST}")
    (there.stack.var / "media" / "data" / name).unlink()

    answer = there.http.get(url)

    assert (answer.status_code, answer.text) == (404, "The file is not there any more.")


# --- In ----------------------------------------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Path]:
    """200 MiB that no compression shortens."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(os.urandom(MIB))
    yield path
    path.unlink()


def memory_mib(there: Production) -> float:
    """What the servers and nginx hold, all together."""
    pages = 0
    for part in (*there.web, there.nginx):
        pages += sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in family(part.pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


def test_two_large_uploads_at_once(there: Production, large: Path) -> None:
    """Both arrive whole, nobody holds them in memory, and others are served meanwhile."""
    digest = hashlib.sha256(large.read_bytes()).hexdigest()
    before = memory_mib(there)
    highest = before

    def send(number: int) -> int:
        name = f"saf-sq003ms-20260711-0000002{number}-EX00.fits.fz"
        form = there.http.post("/api/upload", json={"object_name": name}).json()
        with large.open("rb") as file:
            return there.http.post(
                "/api/upload/file", data=form["fields"], files={"file": (name, file)}
            ).status_code

    with ThreadPoolExecutor(2) as threads:
        sending = [threads.submit(send, number) for number in (1, 2)]
        slowest = 0.0
        while not all(each.done() for each in sending):
            started = time.monotonic()
            assert there.http.get("/api/all/config").status_code == 200
            slowest = max(slowest, time.monotonic() - started)
            highest = max(highest, memory_mib(there))
        assert [each.result() for each in sending] == [204, 204]

    for number in (1, 2):
        stored = there.stack.var / "media" / "data" / f"saf-sq003ms-20260711-0000002{number}-EX00.fits.fz"
        assert hashlib.sha256(stored.read_bytes()).hexdigest() == digest
    assert highest - before < 100
    assert slowest < 5


def test_a_file_that_is_too_large(there: Production) -> None:
    """Refused by what it says of itself, before any of it was sent."""
    line = HTTPSConnection("127.0.0.1", there.port, timeout=30, context=there.nginx.trust)
    with closing(line):
        line.putrequest("POST", "/api/upload/file", skip_host=True)
        line.putheader("Host", HOST)
        line.putheader("Content-Length", str(3 * 1024 * MIB))
        line.endheaders()
        answer = line.getresponse()

        assert (answer.status, answer.read()) == (413, b"The body is larger than this server takes.")
