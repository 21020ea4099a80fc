"""The disk is full: callers are told, nothing half is left, and all goes on when there is space."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from photonranch.auth.tokens import own_key
from photonranch.tests.drills.archive import BASE, ask_for_zip, drafts, fetch, frame, unread, upload
from testing.cast import ALICE, a_command
from testing.stack import Stack, eventually, stack

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(os.geteuid() != 0, reason="a small disk of its own takes root to mount"),
]

SIZE_MB = 160
SAYS = "The server has no space left for this; please try again later."


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Not a byte is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Stack]:
    disk = tmp_path / "disk"
    env = {"VAR_DIR": str(disk), "ZIP_WAIT_S": "5"}
    own_key()
    with small_disk(disk):
        shutil.copytree(Path(settings.AUTH_OWN_KEY).parent, disk / "keys")
        with stack("embedded", databases=False, env=env) as made:
            made.var = disk
            yield made


def test_it_fills_up_and_is_cleared(there: Stack) -> None:
    [server] = there.servers
    name = f"{BASE.format(0)}-EX00.fits"
    assert upload(server, name, frame(20)).status_code == 204
    eventually(lambda: unread(there) == [])
    before = {path.name for path in (there.var / "media").rglob("*")}

    # There is space for half of a second frame, and for half of a zip.
    ballast = there.var / "ballast"
    free = os.statvfs(there.var).f_bavail * os.statvfs(there.var).f_frsize
    ballast.write_bytes(b"\0" * (free - 10 * 1024 * 1024))
    refused = upload(server, f"{BASE.format(1)}-EX00.fits", frame(20))
    assert (refused.status_code, refused.text) == (507, SAYS)
    failed = ask_for_zip(server)
    assert failed.status_code == 503
    assert "please try again later" in failed.text
    assert drafts(there) == []
    assert {path.name for path in (there.var / "media").rglob("*")} == before

    filler = fill(there.var)
    with server.client() as client:
        headers = {"Authorization": f"Bearer {ALICE.token}"}
        command = client.post("/jobs/newjob", json=a_command(), headers=headers)
        assert (command.status_code, command.text) == (507, SAYS)
        assert client.get("/healthz").status_code == 200
        assert client.get("/logs/recent-logs?site=saf").status_code == 200

        filler.unlink()
        ballast.unlink()
        assert client.post("/jobs/newjob", json=a_command(), headers=headers).status_code == 200
    assert there.rows("SELECT count(*) FROM jobs_job") == [(1,)]
    assert upload(server, f"{BASE.format(1)}-EX00.fits", frame(20)).status_code == 204
    eventually(lambda: unread(there) == [])
    link = ask_for_zip(server).json()["message"]
    eventually(lambda: fetch(link, state=True).json()["state"] == "ready")
