"""Dump, wipe, restore: the same answers, byte for byte."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from photonranch.tests.upgrades import releases
from testing.live import ROOT, Process
from testing.network import BASE
from testing.parts import clean_environment

pytestmark = [pytest.mark.drill]


def manage(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False)


def wipe(env: Mapping[str, str]) -> None:
    """As when the machine burnt down: neither database nor files nor keys are left."""
    shutil.rmtree(env["VAR_DIR"])
    if url := env.get("DATABASE_URL"):
        name = urlsplit(url).path[1:]
        with psycopg.connect(
            urlunsplit(urlsplit(url)._replace(path="/photonranch")), autocommit=True
        ) as server:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
            server.execute(f'CREATE DATABASE "{name}"'.encode())


@pytest.mark.parametrize("engine", releases.ENGINES)
def test_it_works(engine: str, tmp_path: Path) -> None:
    with releases.empty(engine) as env:
        releases.run(env, "manage.py", "migrate", "--verbosity=0")
        releases.network(env, "fill")
        before = releases.network(env, "answers")
        keys = {path.name: path.read_bytes() for path in Path(env["VAR_DIR"], "keys").iterdir()}
        said = releases.run(env, "manage.py", "backup", str(tmp_path / "backup"))
        assert "Backed up" in said
        wipe(env)

        said = releases.run(env, "manage.py", "restore", str(tmp_path / "backup"))

        assert "Restored" in said
        assert releases.network(env, "answers") == before
        assert BASE in before
        assert {path.name: path.read_bytes() for path in Path(env["VAR_DIR"], "keys").iterdir()} == keys
        releases.network(env, "use")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A small installation on SQLite."""
    var = tmp_path_factory.mktemp("filled")
    env = {**clean_environment(), "VAR_DIR": str(var), "REDIS_URL": "", "SECRET_KEY": "k"}
    releases.run(env, "manage.py", "migrate", "--verbosity=0")
    for number in range(3):
        path = var / "media" / "data" / f"saf-x-20260711-0000000{number}-EX10.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    return env


def test_the_same_folder_again_takes_what_is_new(filled: dict[str, str], tmp_path: Path) -> None:
    first = releases.run(filled, "manage.py", "backup", str(tmp_path))
    media = Path(filled["VAR_DIR"]) / "media" / "data"
    (media / "new.jpg").write_text("new")
    (media / "saf-x-20260711-00000000-EX10.jpg").unlink()
    again = releases.run(filled, "manage.py", "backup", str(tmp_path))

    assert ("3 files" in first, "1 files" in again) == (True, True)
    kept = {path.name for path in (tmp_path / "media" / "data").iterdir()}
    assert kept == {path.name for path in media.iterdir()}
    assert (tmp_path.stat().st_mode & 0o777) == 0o700


def test_a_database_with_something_in_it_is_not_written_over(filled: dict[str, str], tmp_path: Path) -> None:
    releases.run(filled, "manage.py", "backup", str(tmp_path), "--without-files")
    refused = manage(filled, "restore", str(tmp_path))

    assert refused.returncode == 1
    assert "The database is not empty." in refused.stderr


def test_a_backup_that_was_not_finished_is_none(filled: dict[str, str], tmp_path: Path) -> None:
    releases.run(filled, "manage.py", "backup", str(tmp_path), "--without-files")
    (tmp_path / "backup.json").unlink()
    refused = manage({**filled, "VAR_DIR": str(tmp_path / "var")}, "restore", str(tmp_path))

    assert refused.returncode == 1
    assert "it is no backup, or one that was not finished" in refused.stderr


def test_a_backup_of_the_other_engine_is_refused(filled: dict[str, str], tmp_path: Path) -> None:
    releases.run(filled, "manage.py", "backup", str(tmp_path), "--without-files")
    manifest = json.loads((tmp_path / "backup.json").read_text())
    (tmp_path / "backup.json").write_text(json.dumps({**manifest, "engine": "postgresql"}))
    refused = manage({**filled, "VAR_DIR": str(tmp_path / "var")}, "restore", str(tmp_path))

    assert "This backup is of postgresql, and the database here is sqlite." in refused.stderr


def test_it_is_taken_while_people_write(filled: dict[str, str], tmp_path: Path) -> None:
    """A backup is of one moment: two rows that were always written together are in it together."""
    database = Path(filled["VAR_DIR"]) / "photonranch.sqlite3"
    writer = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
file.execute("CREATE TABLE IF NOT EXISTS pair (side TEXT, n INTEGER)")
n = 0
while True:
    n += 1
    file.execute("BEGIN IMMEDIATE")
    file.execute("INSERT INTO pair VALUES ('left', ?)", (n,))
    file.execute("INSERT INTO pair VALUES ('right', ?)", (n,))
    file.execute("COMMIT")
    if n == 50:
        print("writing", flush=True)
"""
    writing = Process([sys.executable, "-c", writer, str(database)], filled)
    try:
        writing.wait_for("writing")
        releases.run(filled, "manage.py", "backup", str(tmp_path), "--without-files")
    finally:
        writing.stop()

    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as copy:
        sides = dict(copy.execute("SELECT side, count(*) FROM pair GROUP BY side").fetchall())
    assert sides["left"] == sides["right"] >= 50
    with closing(sqlite3.connect(database)) as file:
        file.execute("DROP TABLE pair")
