"""`manage.py serve`: the server, its worker and its beat in one process. `manage.py token`."""

import json
import os
import re
import shelve
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from photonranch.auth.tokens import verify
from photonranch.management.commands.serve import address, as_typed, demo_person
from testing.cast import ALICE, a_command
from testing.live import Process, fresh_state, running

pytestmark = pytest.mark.live

# Everything in one process, whatever the tests around this one use.
ALONE = {"REDIS_URL": ""}
MANAGE = [sys.executable, "manage.py"]


@pytest.fixture
def state() -> Iterator[Path]:
    with fresh_state() as folder:
        yield folder


def change(state: Path, sql: str) -> None:
    """What is in the database of a server that is stopped."""
    if (state / "database_url").exists():
        with psycopg.connect((state / "database_url").read_text(), autocommit=True) as connection:
            connection.execute(sql.encode())
    else:
        file = sqlite3.connect(state / "photonranch.sqlite3")
        with file:
            file.execute(sql)
        file.close()


def long_ago(state: Path) -> None:
    """As if the server had been off for two days: beat keeps in a file when it last did what."""
    with shelve.open(str(state / "broker" / "beat"), writeback=True) as kept:
        for entry in kept["entries"].values():
            entry.last_run_at -= timedelta(days=2)


def test_what_came_due_is_done_by_beat_and_worker_and_seen_on_the_socket(state: Path) -> None:
    headers = {"Authorization": f"Bearer {ALICE.token}"}
    with running("daphne", env=ALONE, state=state) as server:
        ulid = server.http.post("/jobs/newjob", json=a_command(), headers=headers).json()["ulid"]
        assert server.stop() == 0
    change(state, "UPDATE jobs_job SET timestamp_ms = 1")
    long_ago(state)

    with (
        running("daphne", env=ALONE, state=state) as server,
        connect(f"{server.ws}/datastream?site=saf&since=0") as socket,
    ):
        frame = json.loads(socket.recv(timeout=60))

    assert frame["topic"] == "jobs"
    assert frame["data"]["statusId"] == f"EXPIRED#{ulid}"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_to(how: signal.Signals) -> None:
    with running("daphne", env=ALONE) as server, connect(f"{server.ws}/datastream?site=saf") as socket:
        started = time.monotonic()
        code = server.stop(how)

        assert code == 0
        assert time.monotonic() - started < 15
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    assert "Traceback" not in server.output
    assert "the embedded worker stopped" not in server.output


def test_its_start_says_where_to_look_and_warns_of_nothing() -> None:
    with running("daphne", env=ALONE) as server:
        for path in ("/", "/api/docs", "/admin/"):
            assert f"{server.url}{path}" in server.output
        assert f"{server.ws}/datastream?site=saf" in server.output
        assert f"{as_typed(sys.executable)} manage.py token" in server.output
    assert "WARNING" not in server.output


def test_programs_are_named_as_one_would_type_them_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert as_typed(str(tmp_path / ".venv" / "bin" / "python")) == ".venv/bin/python"
    assert as_typed("/usr/bin/python3") == "/usr/bin/python3"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_an_address_is_one_that_a_browser_here_understands(host: str, url: str) -> None:
    assert address(host, 8000) == url


def refused(*arguments: str) -> str:
    """What a server says that cannot listen; it must end by itself and say that it failed."""
    with fresh_state() as folder:
        other = Process([*MANAGE, "serve", *arguments], {**os.environ, **ALONE, "VAR_DIR": str(folder)})
        try:
            assert other.popen.wait(60) == 1
        finally:
            other.stop()
    return other.output


def test_an_address_in_use_is_said_and_fails() -> None:
    with running("daphne", env=ALONE) as server:
        said = refused("--port", str(server.address[1]))

        assert server.http.get("/healthz").text == "ok"
    assert re.search(r"CommandError: .*Address already in use.*PORT, HOST", said)


def test_an_address_that_is_none_is_said_and_fails() -> None:
    assert re.search(r"CommandError: .*port must be 0-65535", refused("--port", "99999"))


# --- token -------------------------------------------------------------------------------------------------


def run_token(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    line = [*MANAGE, "token", *arguments]
    environment = {**os.environ, **env}
    return subprocess.run(
        line, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )


def test_token_prints_a_token_and_nothing_else() -> None:
    done = run_token("alice", "--role", "admin", "--role", "x", "--name", "Alice A.", "--days", "0.5")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    claims = verify(done.stdout.strip())
    assert (claims["sub"], claims["nickname"]) == ("alice", "Alice A.")
    assert claims["https://photonranch.org/user_metadata"] == {"roles": ["admin", "x"]}
    assert claims["exp"] - claims["iat"] == 12 * 3600


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        (["alice", "--days", "0"], {}, "--days"),
        (["alice", "--days", "nan"], {}, "--days"),
        (["alice", "--days", "1e300"], {}, "--days"),
        (["alice"], {"AUTH_ISSUER": "https://tenant.example"}, "another issuer"),
        ([], {}, "user_id"),
    ],
)
def test_token_says_what_is_wrong(arguments: list[str], env: dict[str, str], says: str) -> None:
    done = run_token(*arguments, **env)

    assert done.returncode != 0
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_who_writes_the_demos_night_log_has_no_role(settings: Any) -> None:
    claims = verify(demo_person())

    assert claims["sub"] == "demo|observer"
    assert claims[settings.AUTH_ROLES_CLAIM] == {"roles": []}


def test_nobody_writes_it_where_others_sign_tokens(settings: Any) -> None:
    settings.AUTH_ISSUER = "https://example.auth0.com/"

    assert demo_person() == ""
