"""`manage.py migrate` on PostgreSQL lets others through while a table is in use."""

import subprocess
import sys

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from photonranch.tests.upgrades import releases
from testing.live import ROOT, Process

pytestmark = [pytest.mark.drill]


def test_a_long_query_delays_the_change_and_nobody_else() -> None:
    with releases.empty("postgres") as env:
        releases.run(env, "manage.py", "migrate", "--verbosity=0")
        with psycopg.connect(env["DATABASE_URL"]) as long:
            # A transaction that has looked at the table keeps its lock until it ends.
            long.execute("SELECT count(*) FROM reservations_reservation")
            command = [sys.executable, "manage.py", "migrate", "reservations", "0001", "--verbosity=0"]
            migrate = Process(command, env)
            try:
                migrate.wait_for("A table is in use; trying again")
                with psycopg.connect(env["DATABASE_URL"], autocommit=True) as other:
                    # Longer than the change waits, much shorter than the long query lasts.
                    other.execute("SET statement_timeout = '10s'")
                    migrate.wait_for("trying again", times=2)
                    other.execute("SELECT count(*) FROM reservations_reservation")
                long.rollback()
                assert migrate.popen.wait(60) == 0
            finally:
                migrate.stop()
        check = [sys.executable, "manage.py", "migrate", "--check"]
        done = subprocess.run(check, env=env, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 1


@pytest.mark.django_db(transaction=True)
def test_a_server_does_not_keep_the_impatience_of_its_migrations() -> None:
    """`manage.py serve` migrates, and then serves, in one process."""
    call_command("migrate", verbosity=0)

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
