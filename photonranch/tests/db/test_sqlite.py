"""Writers of one process queue up for SQLite; no turn is ever kept or lost.

On a database file of its own, whatever the tests run on.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.transaction import Atomic
from django.db.utils import ConnectionHandler

pytestmark = pytest.mark.django_db

OPTIONS = {"transaction_mode": "IMMEDIATE", "timeout": 20}


class File:
    """A SQLite file with one counter, and connections to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("CREATE TABLE counter (value INTEGER)")
            cursor.execute("INSERT INTO counter VALUES (0)")
        connection.close()

    def connect(self, **options: Any) -> Any:
        settings = {
            "ENGINE": "photonranch.db.sqlite",
            "NAME": str(self.path),
            "OPTIONS": {**OPTIONS, **options},
        }
        return ConnectionHandler({"default": settings})["default"]

    def value(self) -> int:
        connection = self.connect()
        with connection.cursor() as cursor:
            value: int = cursor.execute("SELECT value FROM counter").fetchone()[0]
        connection.close()
        return value

    def in_a_thread(self, work: Callable[[Any], Any], **options: Any) -> Any:
        def run() -> Any:
            connection = self.connect(**options)
            try:
                return work(connection)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(run).result(timeout=60)


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "counter.sqlite3")


def begin(connection: Any) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def count_up(connection: Any) -> bool:
    """Read and write in one transaction, as it must not be interleaved with another."""
    begin(connection)
    with connection.cursor() as cursor:
        value = cursor.execute("SELECT value FROM counter").fetchone()[0]
        cursor.execute("UPDATE counter SET value = %s", [value + 1])
    connection.commit()
    connection.set_autocommit(True)
    return True


def test_it_works(file: File) -> None:
    def ten_times(_: int) -> None:
        file.in_a_thread(lambda connection: [count_up(connection) for _ in range(10)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ten_times, range(8)))

    assert file.value() == 80


def test_a_rollback_passes_the_turn_on(file: File) -> None:
    connection = file.connect()
    begin(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE counter SET value = 99")
    connection.rollback()

    assert file.in_a_thread(count_up)
    assert file.value() == 1
    connection.close()


def test_a_closed_connection_passes_the_turn_on(file: File) -> None:
    connection = file.connect()
    begin(connection)
    connection.close()

    assert file.in_a_thread(count_up)


def test_a_transaction_that_cannot_begin_passes_the_turn_on(file: File) -> None:
    connection = file.connect()
    connection.ensure_connection()
    connection.transaction_mode = "NONSENSE"
    with pytest.raises(OperationalError):
        begin(connection)

    assert file.in_a_thread(count_up)
    connection.close()


def test_whoever_waits_too_long_is_told(file: File) -> None:
    holder = file.connect()
    begin(holder)

    with pytest.raises(OperationalError, match="locked"):
        file.in_a_thread(begin, timeout=0.05)

    holder.rollback()
    assert file.in_a_thread(count_up)
    holder.close()


def test_two_files_do_not_wait_for_each_other(file: File, tmp_path: Path) -> None:
    other = File(tmp_path / "other.sqlite3")
    holder = file.connect()
    begin(holder)

    assert other.in_a_thread(count_up)
    holder.close()


def test_it_is_what_atomic_uses(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = file.connect()
    monkeypatch.setattr("django.db.transaction.get_connection", lambda using: connection)

    with Atomic(None, savepoint=True, durable=False):
        with Atomic(None, savepoint=True, durable=False):
            assert connection.has_turn
        assert connection.has_turn
    assert not connection.has_turn
    connection.close()
