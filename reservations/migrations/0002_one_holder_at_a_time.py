"""PostgreSQL's own promise that two people never hold one site at the same time.

An exclusion constraint, which SQLite does not have: there the check runs in the transaction that writes, and
no other transaction writes meanwhile. Only exclusive rows count: admins and the scheduler may overlap.

It needs the extension btree_gist, for "the same site" and "another creator" in a GiST index. That is part of
PostgreSQL and trusted since version 13: the owner of the database may create it and need not be a superuser.
Ranges of hashes would do without the extension for the site, but nothing without it says "another creator".
"""

from django.db import DatabaseError, migrations

CONSTRAINT = """
ALTER TABLE reservations_reservation ADD CONSTRAINT reservation_one_holder
EXCLUDE USING gist (site WITH =, creator_id WITH <>, tstzrange("start", "end") WITH &&) WHERE (exclusive)
"""


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")
        if cursor.fetchone() is None:
            try:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
            except DatabaseError as error:
                raise RuntimeError(
                    "The calendar needs PostgreSQL's extension btree_gist, and this database user may not create it. "
                    "Have the database's owner or a superuser run CREATE EXTENSION btree_gist; in this database, "
                    "then migrate again."
                ) from error
    schema_editor.execute(CONSTRAINT)


def remove(apps, schema_editor):
    """The extension stays: others may use it by now."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE reservations_reservation DROP CONSTRAINT reservation_one_holder")


class Migration(migrations.Migration):
    dependencies = [("reservations", "0001_calendar")]

    operations = [migrations.RunPython(add, remove)]
