"""What holds only over TCP: large bodies in little memory, calls that wait without a thread, the push."""

import hashlib
import json
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from images.tests.frames import BASE, header_text, jpg, packed_fits
from testing.live import KINDS, Kind, Server, fresh_state, running, running_redis

pytestmark = pytest.mark.live

FZ = f"{BASE}-EX00.fits.fz"
# Without Redis the server has a worker in its own process.
WITH_WORKER = {"REDIS_URL": ""}
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def daphne() -> Iterator[Server]:
    with running("daphne", env=WITH_WORKER) as server:
        yield server


def upload(server: Server, name: str, content: bytes) -> httpx.Response:
    form = server.http.post("/api//upload/", content=json.dumps({"object_name": name})).json()
    return httpx.post(
        form["url"], data=form["fields"], files={"file": (f"F:/to_AWS/{name}", content)}, timeout=60
    )


def eventually(server: Server, path: str) -> Any:
    """The answer of a GET once it is 200: pushes say when; here there is no socket."""
    for _ in range(200):
        answer = server.http.get(path)
        if answer.status_code == 200:
            return answer
        threading.Event().wait(0.05)
    raise AssertionError(f"{path}: {answer.status_code} {answer.text}")


def test_it_works(daphne: Server) -> None:
    """A frame as a telescope sends it, the push, and everything read back."""
    with connect(f"{daphne.ws}/datastream?site=saf") as stream:
        assert upload(daphne, f"{BASE}-EX00.txt", header_text()).status_code == 204
        assert upload(daphne, FZ, packed_fits()).status_code == 204
        posted = upload(daphne, f"{BASE}-EX10.jpg", jpg())
        assert (posted.status_code, posted.content) == (204, b"")
        # The first push comes when the picture was read: a page that asks at once is answered.
        frame = json.loads(stream.recv(timeout=10))
        package = daphne.http.get(f"/api/image/{BASE}").json()
    assert frame["topic"] == "imagedata"
    assert frame["data"] == {"s3_directory": "data", "base_filename": BASE, "site": "saf"}

    assert httpx.get(package["jpg_url"]).content == jpg()
    assert package["right_ascension"] == 83.82
    link = daphne.http.post("/api/download", json={"object_name": FZ, "image_type": "fits"}).text
    plain = httpx.get(link)
    assert (plain.status_code, plain.content[:6]) == (200, b"SIMPLE")
    part = httpx.get(link, headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, b"SIMPLE")
    times = {"start_timestamp_s": "2026-07-11", "end_timestamp_s": "2026-07-12", "fits_size": "best"}
    zipped = daphne.http.post("/api/downloadzip", json={"site": "saf", **times}).json()["message"]
    archive = httpx.get(zipped)
    assert (archive.status_code, archive.content[:2]) == (200, b"PK")


def test_a_large_upload_and_its_download_take_little_memory(daphne: Server) -> None:
    """400 MB in and out, to a client that reads slowly at first; the server grows by far less."""
    name, block = "saf-sq003ms-20260711-00000099-EX99.bin", os.urandom(MEGABYTE)
    before, top = daphne.memory_kb(), Peak(daphne)
    form = daphne.http.post("/api/upload", json={"object_name": name}).json()
    assert post_large(form, block, 400).status_code == 204

    link = daphne.http.post("/api/download", json={"object_name": name}).text
    digest, count = hashlib.sha256(), 0
    with httpx.stream("GET", link, timeout=120) as answer:
        for chunk in answer.iter_bytes(MEGABYTE):
            digest.update(chunk)
            count += len(chunk)
            if count == MEGABYTE:
                top.while_the_client_does_not_read()

    assert count == 400 * MEGABYTE
    assert digest.digest() == hashlib.sha256(block * 400).digest()
    assert top.stop() - before < 100 * 1024, "KiB"


def post_large(form: dict[str, Any], block: bytes, times: int) -> httpx.Response:
    """Post a file of so many times `block`, which is never in memory as a whole."""
    # As long as real ones: random bytes hold a short one now and then.
    boundary = "3bd1f0c6a9e24f5cb7f1e6a0"
    part = "--" + boundary + '\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    head = "".join(part.format(name, value) for name, value in form["fields"].items())
    head += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    tail = f"\r\n--{boundary}--\r\n"
    length = len(head) + times * len(block) + len(tail)

    def body() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(times):
            yield block
        yield tail.encode()

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}
    return httpx.post(form["url"], content=body(), headers=headers, timeout=120)


class Peak:
    """The largest memory of a server while something is done to it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.most = server.memory_kb()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.ended.wait(0.02):
            self.most = max(self.most, self.server.memory_kb())

    def while_the_client_does_not_read(self) -> None:
        """Long enough for a server that does not wait to read the file into its buffers."""
        threading.Event().wait(1.0)

    def stop(self) -> int:
        self.ended.set()
        self.thread.join()
        return self.most


def test_an_upload_that_ends_half_way_leaves_nothing(daphne: Server) -> None:
    form = daphne.http.post("/api/upload", json={"object_name": f"{BASE}-EX20.jpg"}).json()
    with socket.create_connection(daphne.address) as half:
        half.sendall(
            b"POST /api/upload/file HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + b"a" * 500_000
        )
    assert form["fields"]["key"].endswith("EX20.jpg")
    assert daphne.http.get("/healthz").status_code == 200


@pytest.mark.redis_server
@pytest.mark.parametrize("kind", KINDS)
def test_waiting_calls_hold_no_thread_and_no_connection(kind: Kind) -> None:
    """40 calls wait for zips, more than there are connections in the pool, and with no worker to make them;
    the server answers others meanwhile, and in the end says so.
    """
    with ExitStack() as stack:
        redis, state = stack.enter_context(running_redis()), stack.enter_context(fresh_state())
        with running("daphne", env=WITH_WORKER, state=state) as server:
            upload(server, FZ, packed_fits())
            upload(server, f"{BASE}-EX10.jpg", jpg())
            eventually(server, f"/api/image/{BASE}")
        env = {"REDIS_URL": redis.url, "REQUEST_THREADS": "4"}
        server = stack.enter_context(running(kind, env=env, state=state))
        with ThreadPoolExecutor(40) as callers:
            waiting = [callers.submit(ask_for_zip, server, number) for number in range(40)]
            threads, answered_meanwhile = [], 0
            while not any(call.done() for call in waiting):
                assert server.http.get("/api/saf/latest_images/1").status_code == 200
                threads.append(threads_of(server))
                answered_meanwhile += not any(call.done() for call in waiting)
            assert {call.result() for call in waiting} == {503}
    # Did they hold the four threads, nobody else would be answered before the first of them ended.
    assert answered_meanwhile
    assert min(threads) < 25


def threads_of(server: Server) -> int:
    found = re.search(r"Threads:\s+(\d+)", Path(f"/proc/{server.pid}/status").read_text())
    assert found
    return int(found[1])


@pytest.mark.parametrize("kind", KINDS)
def test_static_files_are_served_in_an_async_chain(kind: Kind) -> None:
    with running(kind) as server:
        answer = server.http.get("/static/admin/css/base.css")
        assert (answer.status_code, answer.headers["content-type"]) == (200, 'text/css; charset="utf-8"')
        assert server.http.get("/static/none.css").status_code == 404


def ask_for_zip(server: Server, number: int) -> int:
    times = {"start_timestamp_s": number, "end_timestamp_s": time.time(), "fits_size": "best"}
    with httpx.Client(base_url=server.url, timeout=60) as client:
        return client.post("/api/downloadzip", json={"site": "saf", **times}).status_code
