"""Django's `migrate`, which on PostgreSQL never makes a running installation stand still.

A change of a table waits for everybody who uses it, and everybody who comes after waits behind it: one long
query, and the whole network stands. So it waits a moment only, lets the others through, and tries again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

WAIT_MS = 3000
TRIES = 40
BETWEEN_S = 2.0


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for left in reversed(range(TRIES)):
            with waiting_a_moment(connection):
                try:
                    super().handle(*args, **options)
                    return
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                        raise
            self.stderr.write(f"A table is in use; trying again ({left} tries left).")
            sleep(BETWEEN_S)
        raise CommandError("A table was in use all the time. Nothing that was not finished was changed.")


@contextmanager
def waiting_a_moment(connection: Any) -> Iterator[None]:
    """Connections made in the body give up waiting for a lock; none of them is used afterwards."""
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options")
    _forget_connections(connection)
    options["options"] = f"{before or ''} -c lock_timeout={WAIT_MS}".strip()
    try:
        yield
    finally:
        _forget_connections(connection)
        if before is None:
            del options["options"]
        else:
            options["options"] = before


def _forget_connections(connection: Any) -> None:
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()
