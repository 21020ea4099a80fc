"""Backups: a folder with the database, the keys and the files, taken while everything runs; and back again.

The database comes first. A file that comes in meanwhile is in the files and not yet in the database: the
sweep finds it after a restore, as it finds what a lost notification left behind. In the other order a row
could be there without its file.

Redis is left out: what it holds (the last hour of frames, tasks on their way) is made anew or found again.
"""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# Written last: a folder without it is no backup.
MANIFEST = "backup.json"
SQLITE, POSTGRES = "database.sqlite3", "database.pgdump"


class BackupError(Exception):
    """The sentence that the operator reads."""


def take(folder: Path, *, files: bool) -> dict[str, Any]:
    """What the manifest says. The same folder again takes only the files that are new or changed."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # keys are in it
    (folder / MANIFEST).unlink(missing_ok=True)
    if connection.vendor == "postgresql":
        _dump_postgres(folder / POSTGRES)
    else:
        _copy_sqlite(_sqlite_file(), folder / SQLITE)
    _mirror(settings.VAR_DIR / "keys", folder / "keys", remove=True)
    copied = _mirror(settings.MEDIA_ROOT, folder / "media", remove=True) if files else 0
    manifest = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": settings.SPECTACULAR_SETTINGS["VERSION"],
        "engine": connection.vendor,
        "files": files,
        "migrations": sorted(".".join(each) for each in MigrationRecorder(connection).applied_migrations()),
    }
    draft = folder / f"{MANIFEST}.draft"
    draft.write_text(json.dumps(manifest, indent=1) + "\n")
    os.replace(draft, folder / MANIFEST)
    return {**manifest, "copied": copied}


def bring_back(folder: Path) -> dict[str, Any]:
    """Into an empty database; raises BackupError when there is anything in it. Migrations come after."""
    manifest = read_manifest(folder)
    if manifest["engine"] != connection.vendor:
        raise BackupError(
            f"This backup is of {manifest['engine']}, and the database here is {connection.vendor}."
        )
    if connection.introspection.table_names():
        raise BackupError("The database is not empty. Restore into a new one, or empty it first.")
    if manifest["engine"] == "postgresql":
        _restore_postgres(folder / POSTGRES)
    else:
        connection.close()
        _copy_sqlite(folder / SQLITE, _sqlite_file())
    _mirror(folder / "keys", settings.VAR_DIR / "keys")
    if manifest["files"]:
        _mirror(folder / "media", settings.MEDIA_ROOT)
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except FileNotFoundError:
        raise BackupError(
            f"{folder} has no {MANIFEST}: it is no backup, or one that was not finished."
        ) from None
    return manifest


# --- Databases ---------------------------------------------------------------------------------------------


def _sqlite_file() -> Path:
    return Path(str(settings.DATABASES["default"]["NAME"]))


def _copy_sqlite(source: Path, target: Path) -> None:
    """Page by page while others read and write: what comes out is the database at one moment."""
    draft = target.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(draft)) as new,
    ):
        old.backup(new)
        # One file, without the log that a database in use has beside it.
        new.execute("PRAGMA journal_mode=DELETE")
        [verdict] = new.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}.")
    for log in ("-wal", "-shm"):
        target.with_name(target.name + log).unlink(missing_ok=True)
    os.replace(draft, target)


def _dump_postgres(target: Path) -> None:
    draft = target.with_name(f"{target.name}.draft")
    _postgres_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
    os.replace(draft, target)


def _restore_postgres(source: Path) -> None:
    """All of it, or nothing."""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _postgres_tool("pg_restore", *options, f"--dbname={_postgres()['PGDATABASE']}", str(source))


def _postgres_tool(program: str, *arguments: str) -> None:
    if not shutil.which(program):
        raise BackupError(f"{program} is not installed: it comes with PostgreSQL's client programs.")
    done = subprocess.run(  # noqa: S603
        [program, *arguments], env={**os.environ, **_postgres()}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()}")


def _postgres() -> Mapping[str, str]:
    """Where the database is, as libpq's programs read it: a password must not stand in a command line."""
    parameters = connection.get_connection_params()
    names = {
        "dbname": "PGDATABASE",
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
    }
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    return {variable: str(parameters[name]) for name, variable in names.items() if parameters.get(name)}


# --- Files -------------------------------------------------------------------------------------------------


def _mirror(source: Path, target: Path, *, remove: bool = False) -> int:
    """Makes `target` hold what `source` holds; how many files were copied.

    Left out are files on their way in (.incoming), and those that expire while this runs.
    """
    copied = 0
    wanted = set()
    for path in _files(source):
        place = target / path.relative_to(source)
        wanted.add(place)
        try:
            about = path.stat()
            if not _same(place, about):
                place.parent.mkdir(parents=True, exist_ok=True)
                draft = place.with_name(f".{place.name}.draft")
                shutil.copy2(path, draft)
                os.replace(draft, place)
                copied += 1
        except FileNotFoundError:
            wanted.discard(place)
    if remove:
        for place in [each for each in _files(target) if each not in wanted]:
            place.unlink()
    return copied


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(parent, name) for name in names)


def _same(place: Path, about: os.stat_result) -> bool:
    try:
        there = place.stat()
    except FileNotFoundError:
        return False
    return (there.st_size, there.st_mtime_ns) == (about.st_size, about.st_mtime_ns)
