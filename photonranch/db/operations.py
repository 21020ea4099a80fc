"""Changes of the schema that a running installation does not notice; for migrations after the first release.

On PostgreSQL a plain CREATE INDEX or ADD CONSTRAINT stops all writing to its table until the last row was
looked at. These do not; on SQLite, where one process is all there is, they are the plain ones. A migration
with one of them says `atomic = False`. The rules: docs/upgrading.md, held by photonranch/tests/upgrades.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations.operations import AddConstraint, AddIndex, RemoveIndex


def _on_postgresql(schema_editor: Any) -> bool:
    return bool(schema_editor.connection.vendor == "postgresql")


class AddIndexOnline(AddIndexConcurrently):
    """CREATE INDEX CONCURRENTLY; what a try that was cut off left behind is removed first."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _on_postgresql(schema_editor):
            AddIndex.database_forwards(self, app_label, schema_editor, from_state, to_state)
            return
        self._ensure_not_in_transaction(schema_editor)
        # It waits for every transaction that began before it, however long that takes; nobody waits for it.
        schema_editor.execute("SET lock_timeout = 0")
        try:
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.execute("RESET lock_timeout")

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        plain = AddIndexConcurrently if _on_postgresql(schema_editor) else AddIndex
        plain.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndexOnline(RemoveIndexConcurrently):
    """DROP INDEX CONCURRENTLY."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        plain = RemoveIndexConcurrently if _on_postgresql(schema_editor) else RemoveIndex
        plain.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        plain = RemoveIndexConcurrently if _on_postgresql(schema_editor) else RemoveIndex
        plain.database_backwards(self, app_label, schema_editor, from_state, to_state)


class AddCheckOnline(AddConstraint):
    """A CHECK that holds for new rows at once (NOT VALID); the old are then looked through without a lock."""

    def database_forwards(self, app_label: Any, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not _on_postgresql(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.constraint.name)
        made = str(self.constraint.create_sql(model, schema_editor))
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        schema_editor.execute(f"{made} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
