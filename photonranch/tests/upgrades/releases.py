"""A filled database of the first release, as it was: to upgrade from, whatever comes later.

    python manage.py shell -c "from photonranch.tests.upgrades import releases; releases.make()"

makes it anew, which only that release itself ever does.

For each engine: what pg_dump and SQLite write, the files, and what every call that only asks answered.
"""

import gzip
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from testing.live import ROOT
from testing.parts import Guard, clean_environment
from testing.postgres import PostgresPart

FIRST = Path(__file__).parent / "release_0_1_0"
ENGINES = ("sqlite", "postgres")
# Its links are signed with this; a secret of nothing but these files.
SECRET_KEY = "for-the-answers-of-a-release-and-nothing-else"


def run(env: Mapping[str, str], *arguments: str) -> str:
    """Python with `arguments`, in that installation; what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=dict(env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def network(env: Mapping[str, str], task: str) -> str:
    return run(env, "-m", "testing.network", task)


@contextmanager
def empty(engine: str) -> Iterator[dict[str, str]]:
    """The environment of an installation without a database; PostgreSQL's is there, with nothing in it."""
    folder = Path(tempfile.mkdtemp(prefix="photonranch-release-"))
    folder.chmod(0o755)
    env = {**clean_environment(), "VAR_DIR": str(folder / "var"), "SECRET_KEY": SECRET_KEY, "REDIS_URL": ""}
    guard = Guard()
    guard.tell(str(folder))
    try:
        if engine == "sqlite":
            yield env
            return
        postgres = PostgresPart(guard, folder / "postgres")
        try:
            postgres.start()
            with psycopg.connect(postgres.url, autocommit=True) as server:
                server.execute("CREATE DATABASE release")
            yield {**env, "DATABASE_URL": urlunsplit(urlsplit(postgres.url)._replace(path="/release"))}
        finally:
            postgres.kill()
    finally:
        guard.close()


def restore(engine: str, env: Mapping[str, str]) -> None:
    """The first release's database and files, into an empty installation."""
    var = Path(env["VAR_DIR"])
    var.mkdir(parents=True, exist_ok=True)
    with tarfile.open(FIRST / f"media-{engine}.tar.gz") as archive:
        # Pythons before 3.11.4, such as Debian 12's, have none.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(var)
    dump = gzip.decompress((FIRST / f"{engine}.sql.gz").read_bytes())
    if engine == "sqlite":
        with closing(sqlite3.connect(var / "photonranch.sqlite3")) as file:
            file.executescript(dump.decode())
    else:
        quiet = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", env["DATABASE_URL"]]
        subprocess.run(quiet, input=dump, check=True, stdout=subprocess.DEVNULL)


def answers(engine: str) -> dict[str, Any]:
    """What the first release answered."""
    said: dict[str, Any] = json.loads(gzip.decompress((FIRST / f"answers-{engine}.json.gz").read_bytes()))
    return said


def migrations() -> set[tuple[str, str]]:
    """Those that the first release knows."""
    return {(app, name) for app, name in json.loads((FIRST / "migrations.json").read_text())}


def _make(engine: str) -> None:
    with empty(engine) as env:
        run(env, "manage.py", "migrate", "--verbosity=0")
        network(env, "fill")
        said = network(env, "answers")
        var = Path(env["VAR_DIR"])
        if engine == "sqlite":
            with closing(sqlite3.connect(var / "photonranch.sqlite3")) as file:
                dump = "\n".join(file.iterdump()).encode()
        else:
            plain = ["pg_dump", "--no-owner", "--no-privileges", "--dbname", env["DATABASE_URL"]]
            dump = subprocess.run(plain, check=True, capture_output=True).stdout
        (FIRST / f"{engine}.sql.gz").write_bytes(gzip.compress(dump, mtime=0))
        (FIRST / f"answers-{engine}.json.gz").write_bytes(gzip.compress(said.encode(), mtime=0))
        with tarfile.open(FIRST / f"media-{engine}.tar.gz", "w:gz") as archive:
            archive.add(var / "media", "media")
        known = run(env, "manage.py", "showmigrations", "--plan").splitlines()
        names = [line.split()[-1].split(".", 1) for line in known]
        (FIRST / "migrations.json").write_text(json.dumps(names, indent=1) + "\n")


def make() -> None:
    shutil.rmtree(FIRST, ignore_errors=True)
    FIRST.mkdir()
    for engine in ENGINES:
        _make(engine)
