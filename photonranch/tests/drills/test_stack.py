"""The harness itself: an installation starts, its parts die and come back, nothing of it outlives a test."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
import pytest
from django.conf import settings

from testing.cast import ALICE, a_command
from testing.stack import eventually, stack

pytestmark = [pytest.mark.drill]


def test_it_works() -> None:
    headers = {"Authorization": f"Bearer {ALICE.token}"}
    with stack("uvicorn", "granian", workers=1, beat=True) as there:
        assert settings.DATABASES["default"]["NAME"] not in there.postgres.url
        for server in there.servers:
            with server.client() as client:
                assert client.post("/jobs/newjob", json=a_command(), headers=headers).status_code == 200
        assert there.rows("SELECT count(*) FROM jobs_job") == [(2,)]

        for part in (there.postgres, there.redis, *there.servers, *there.workers, there.beat):
            part.kill()
            part.start()
        assert there.rows("SELECT count(*) FROM jobs_job") == [(2,)]

        there.postgres.freeze()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(there.postgres.url, connect_timeout=2)
        there.postgres.thaw()
        assert there.rows("SELECT count(*) FROM jobs_job") == [(2,)]


STARTS_AND_DIES = """
import os, signal
import django; django.setup()
from testing.stack import stack
with stack("granian") as there:
    print(there.folder, *(part.pid for part in there.started), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_outlives_a_test_that_is_killed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS_AND_DIES],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "photonranch.settings"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    folder, *pids = done.stdout.split()
    assert len(pids) == 3
    eventually(lambda: not Path(folder).exists() and not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_the_embedded_server_is_one_of_them() -> None:
    with stack("embedded", databases=False) as there:
        [server] = there.servers
        headers = {"Authorization": f"Bearer {ALICE.token}"}
        assert httpx.post(f"{server.url}/jobs/newjob", json=a_command(), headers=headers).status_code == 200
        server.kill()
        server.start()
        assert there.rows("SELECT count(*) FROM jobs_job") == [(1,)]
