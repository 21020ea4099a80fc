"""Django's PostgreSQL backend, for servers that outlive their database.

Django's pool hands out connections as they are. After a restart of PostgreSQL each of them is dead, and each
would cost one request; here a dead one is noticed before it is used. A PostgreSQL that stands still (a frozen
machine, a broken line) would hold its callers for good: a server's statements have a limit. And while it is
away, callers hear so at once instead of waiting in turn.

Gain: after a restart of PostgreSQL no request fails, where each connection of the pool cost one; the look
    takes a microsecond, the pool's own check a round trip.
Version: Django 5.2.19, psycopg 3.3.9
Upstream: https://github.com/psycopg/psycopg/issues/701 (dead connections in the pool),
    https://code.djangoproject.com/ticket/33497 (Django's pool)
Guarded by: photonranch/tests/drills/test_postgres.py
Way back: `django.db.backends.postgresql` for `photonranch.db.postgres` in photonranch/settings.py, with the
    pool's own check of each connection; delete the folder.
"""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.utils import OperationalError

from photonranch.db.postgres.connection import TimedConnection

# After a connection could not be had, the next who ask are told so at once, for this long.
SILENCE_S = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of the pool, or OperationalError soon."""

    # Shared by all threads of the process.
    silent_until = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if time.monotonic() < DatabaseWrapper.silent_until:
            raise OperationalError("the database did not answer a moment ago")
        try:
            return self._living(conn_params)
        except psycopg.OperationalError:
            DatabaseWrapper.silent_until = time.monotonic() + SILENCE_S
            raise

    def _living(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        while isinstance(connection, TimedConnection) and connection.is_dead():
            connection.close()
            self.pool.putconn(connection)
            # The others, as old or older, are dead as well.
            self.pool.drain()
            connection = super().get_new_connection(conn_params)
        return connection
