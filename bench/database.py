"""A database of its own for a benchmark, thrown away afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import django


@contextmanager
def prepared_database() -> Iterator[None]:
    """Set Django up with an empty, migrated database: SQLite in a file, or where DATABASE_URL points."""
    with tempfile.TemporaryDirectory(prefix="photonranch-bench-") as folder:
        os.environ["VAR_DIR"] = folder
        os.environ["DEMO"] = "0"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        django.setup()
        from django.db import connection

        name = connection.settings_dict["NAME"]
        # Opening a connection per call would cost all that is compared the same, and hide the rest.
        connection.settings_dict["CONN_MAX_AGE"] = None if connection.vendor == "sqlite" else 0
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
