"""SIGKILL of the worker in the middle of a zip and of an ingest: it is all done in the end, by itself."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from images.tests.frames import header_text, jpg
from photonranch.tests.drills.archive import (
    BASE,
    ask_for_zip,
    drafts,
    fetch,
    frame,
    states,
    unread,
    upload,
)
from testing.stack import Stack, StackPart, eventually, stack

pytestmark = [pytest.mark.drill]

FRAMES = 4
# How long nobody takes over what was left, and some time to do it.
RECOVERED_WITHIN_S = 150.0
# Nobody waits for a zip here.
ENV = {"ZIP_WAIT_S": "0"}


def send_frames(there: Stack) -> None:
    """With their jpgs, as telescopes do: for a frame without one the archive would make a picture."""
    for number in range(FRAMES):
        assert upload(there.servers[0], f"{BASE.format(number)}-EX10.jpg", jpg()).status_code == 204
        name = f"{BASE.format(number)}-EX00.fits"
        assert upload(there.servers[0], name, frame(100)).status_code == 204
    eventually(lambda: unread(there) == [])


def stops_in_the_middle(there: Stack, part: StackPart) -> None:
    """The part stands still while it makes the zip."""
    eventually(lambda: drafts(there) and states(there) == [("building", "")])
    part.freeze()
    assert states(there) == [("building", "")], "it was too fast: make the frames larger"


def is_whole(url: str) -> None:
    eventually(lambda: fetch(url, state=True).json()["state"] == "ready", RECOVERED_WITHIN_S)
    with zipfile.ZipFile(io.BytesIO(fetch(url).content)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == FRAMES


@contextmanager
def held(there: Stack, base: str) -> Iterator[None]:
    """Somebody holds the frame's row: whoever reads a file of it waits in the middle of that."""
    with psycopg.connect(there.postgres.url) as holder:
        holder.execute("SELECT 1 FROM images_image WHERE base_filename = %s FOR UPDATE", [base])
        yield


def waits_for_the_row(there: Stack) -> bool:
    waiting = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%images_image%%'"
    )
    return there.rows(waiting) != []


def test_killed_twice_in_the_middle_of_both() -> None:
    with stack("uvicorn", workers=1, beat=True, env=ENV) as there:
        [worker] = there.workers
        send_frames(there)
        with held(there, BASE.format(0)):
            upload(there.servers[0], f"{BASE.format(0)}-EX00.txt", header_text())
            eventually(lambda: waits_for_the_row(there))
            link = ask_for_zip(there.servers[0]).json()["message"]
            stops_in_the_middle(there, worker)
            worker.kill()
        worker.start()
        stops_in_the_middle(there, worker)
        worker.kill()
        worker.start()

        is_whole(link)
        eventually(lambda: unread(there) == [], RECOVERED_WITHIN_S)
        assert there.rows("SELECT count(*) FROM images_image") == [(FRAMES,)]
        assert there.rows("SELECT count(*) FROM images_imageheader WHERE from_text") == [(1,)]


def test_two_at_the_same_zip_do_no_harm() -> None:
    """The first stood still for so long that the second took over; then it goes on."""
    with stack("uvicorn", workers=1, beat=True, env=ENV) as there:
        [first] = there.workers
        send_frames(there)
        link = ask_for_zip(there.servers[0]).json()["message"]
        stops_in_the_middle(there, first)
        there.add_worker().start()

        is_whole(link)
        first.thaw()
        first.wait_for("is made by someone else now")
        is_whole(link)
        eventually(lambda: drafts(there) == [])


def test_the_embedded_server_killed_in_the_middle() -> None:
    """Its broker gives a task out once: what was being done is found by its state."""
    with stack("embedded", databases=False, env=ENV) as there:
        [server] = there.servers
        send_frames(there)
        link = ask_for_zip(server).json()["message"]
        stops_in_the_middle(there, server)
        server.kill()
        # As if it had been killed while it read one as well.
        there.rows(f"UPDATE images_upload SET state = 'waiting' WHERE filename LIKE '{BASE.format(0)}%'")
        server.start()

        is_whole(link)
        eventually(lambda: unread(there) == [], RECOVERED_WITHIN_S)
