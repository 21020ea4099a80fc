"""Migrations since the first release run while people work: nothing in them stops a table for long.

What may not be in one, and what to write instead, stands with each rule below and in docs/upgrading.md. The
first release's own migrations make the tables, in a database that nobody uses yet.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from photonranch.db.operations import AddCheckOnline, AddIndexOnline, RemoveIndexOnline
from photonranch.tests.upgrades import releases
from testing.live import ROOT

OURS = {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}
ONLINE = (AddIndexOnline, RemoveIndexOnline, AddCheckOnline)
PLAIN = "wrong: on SQLite it fails; use photonranch.db.operations"


def problems(migration: Migration, state: ProjectState) -> Iterator[str]:
    """What would stop a running installation. `state` is that before the migration; it is moved on."""
    made: set[str] = set()
    for operation in migration.operations:
        before = state.clone()
        operation.state_forwards(migration.app_label, state)
        if isinstance(operation, operations.CreateModel):
            made.add(operation.name_lower)
        if getattr(operation, "model_name_lower", None) in made:
            continue  # its table is empty, and nobody knows it yet
        if isinstance(operation, ONLINE) and migration.atomic:
            yield f"{operation.describe()}: the migration must say atomic = False"
        elif not isinstance(operation, ONLINE):
            yield from (
                f"{operation.describe()}: {why}" for why in problem(operation, migration, before, state)
            )


def problem(operation: Any, migration: Migration, before: ProjectState, after: ProjectState) -> Iterator[str]:
    match operation:
        case AddIndexConcurrently() | RemoveIndexConcurrently():
            yield PLAIN
        case operations.AddIndex() | operations.RemoveIndex():
            yield "stops all writing to the table; use AddIndexOnline, RemoveIndexOnline"
        case operations.AddConstraint():
            yield "looks through the table under a lock; use AddCheckOnline"
        case operations.AddField():
            yield from problem_of_new(operation.field)
        case operations.AlterField():
            app, model, name = migration.app_label, operation.model_name_lower, operation.name
            old = before.models[app, model].fields[name]
            yield from problem_of_altered(old, after.models[app, model].fields[name])
        case operations.RenameField() | operations.RenameModel() | operations.AlterModelTable():
            yield "the running version looks for the old name; add the new, remove the old a release later"
        case operations.RemoveField() | operations.DeleteModel():
            yield (
                "the version that still runs asks for it; take it out of the models first "
                "(SeparateDatabaseAndState), and out of the database a release later"
            )
        case operations.RunPython() | operations.RunSQL() if migration.atomic:
            yield "holds its locks until the last row; work in batches, with atomic = False"
        case operations.AlterUniqueTogether() | operations.AlterIndexTogether():
            yield "makes an index under a lock"


def problem_of_new(field: Any) -> Iterator[str]:
    if not field.null and not field.has_db_default():
        yield "the version that still runs writes rows without it; null=True, or db_default"
    if field.unique or field.db_index:
        yield "makes an index under a lock; add the field bare, the index by AddIndexOnline"


def problem_of_altered(old: Any, new: Any) -> Iterator[str]:
    types = [field.db_parameters(connection).get("type") for field in (old, new)]
    longer = isinstance(new, models.CharField) and (new.max_length or 0) >= (
        getattr(old, "max_length", 0) or 0
    )
    if types[0] != types[1] and not (type(old) is type(new) and longer):
        yield "writes the whole table anew; add a field, copy in batches, remove the old one a release later"
    if old.null and not new.null:
        yield "looks through the table under a lock; AddCheckOnline for IS NOT NULL"
    if (new.unique, new.db_index) != (old.unique, old.db_index):
        yield "makes or removes an index under a lock"


def since_the_first_release() -> list[tuple[Migration, ProjectState]]:
    """Our migrations that it does not know, each with the state before it."""
    loader = MigrationLoader(None)
    known = releases.migrations()
    found = []
    for app, name in [node for node in loader.graph.nodes if node[0] in OURS and node not in known]:
        migration = loader.get_migration(app, name)
        found.append((migration, loader.project_state((app, name), at_end=False)))
    return found


def test_migrations_since_the_first_release_stop_nobody() -> None:
    found = [
        f"{migration.app_label}.{migration.name}: {why}"
        for migration, state in since_the_first_release()
        for why in problems(migration, state)
    ]

    assert found == []


def test_the_first_release_s_migrations_are_still_there() -> None:
    """A database knows them by name. Squashed ones would stand beside them."""
    there = set(MigrationLoader(None).disk_migrations)

    assert {each for each in releases.migrations() if each[0] in OURS} - there == set()


# --- The rules themselves ----------------------------------------------------------------------------------


def state() -> ProjectState:
    one = ProjectState()
    fields: Any = [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("size", models.IntegerField(null=True)),
    ]
    one.add_model(ModelState("logs", "Thing", fields))
    return one


def a_migration(*steps: Any, atomic: bool = True) -> Migration:
    migration = Migration("0002_test", "logs")
    setattr(migration, "operations", list(steps))  # noqa: B010  (the types have them on the class)
    setattr(migration, "atomic", atomic)  # noqa: B010
    return migration


INDEX = models.Index(fields=["name"], name="thing_name")
CHECK: Any = models.CheckConstraint(condition=models.Q(size__gt=0), name="thing_size")
UNSAFE = {
    "index": operations.AddIndex("thing", INDEX),
    "concurrent index": AddIndexConcurrently("thing", INDEX),
    "online index in a transaction": AddIndexOnline("thing", INDEX),
    "constraint": operations.AddConstraint("thing", CHECK),
    "not null": operations.AddField("thing", "more", models.IntegerField(default=0)),
    "unique": operations.AddField("thing", "more", models.IntegerField(null=True, unique=True)),
    "foreign key": operations.AddField(
        "thing", "more", models.ForeignKey("logs.Thing", models.CASCADE, null=True)
    ),
    "type": operations.AlterField("thing", "size", models.TextField(null=True)),
    "shorter": operations.AlterField("thing", "name", models.CharField(max_length=10)),
    "becomes not null": operations.AlterField("thing", "size", models.IntegerField(default=0)),
    "becomes indexed": operations.AlterField("thing", "name", models.CharField(max_length=20, db_index=True)),
    "rename": operations.RenameField("thing", "name", "title"),
    "remove": operations.RemoveField("thing", "name"),
    "delete": operations.DeleteModel("Thing"),
    "rename model": operations.RenameModel("Thing", "Other"),
    "all rows at once": operations.RunPython(operations.RunPython.noop),
    "sql": operations.RunSQL("UPDATE logs_thing SET size = 1"),
}
SAFE = {
    "nullable": operations.AddField("thing", "more", models.IntegerField(null=True)),
    "default in the database": operations.AddField("thing", "more", models.IntegerField(db_default=0)),
    "longer": operations.AlterField("thing", "name", models.CharField(max_length=40)),
    "words": operations.AlterField("thing", "name", models.CharField(max_length=20, help_text="x")),
    "new table": operations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))]),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_what_stops_an_installation_is_found(name: str) -> None:
    assert len(list(problems(a_migration(UNSAFE[name]), state()))) == 1


@pytest.mark.parametrize("name", SAFE)
def test_what_does_not_is_not(name: str) -> None:
    assert list(problems(a_migration(SAFE[name]), state())) == []


def test_online_operations_outside_of_a_transaction() -> None:
    steps = (AddIndexOnline("thing", INDEX), AddCheckOnline("thing", CHECK))

    assert list(problems(a_migration(*steps, atomic=False), state())) == []
    assert (
        list(problems(a_migration(operations.RunPython(operations.RunPython.noop), atomic=False), state()))
        == []
    )


def test_a_table_that_is_made_here_may_have_anything() -> None:
    made = operations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))])

    assert list(problems(a_migration(made, operations.AddIndex("new", INDEX)), state())) == []


# --- The online operations, on this run's database ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_online_operations_do_what_plain_ones_do() -> None:
    before = state()
    table = operations.CreateModel("Thing", list(before.models["logs", "thing"].fields.items()))
    with connection.schema_editor() as editor:
        table.database_forwards("logs", editor, ProjectState(), before)
    try:
        for operation, name in (
            (AddIndexOnline("thing", INDEX), "thing_name"),
            (AddCheckOnline("thing", CHECK), "thing_size"),
        ):
            after = before.clone()
            operation.state_forwards("logs", after)
            for _ in range(2 if connection.vendor == "postgresql" else 1):  # as after a try that was cut off
                with connection.schema_editor(atomic=False) as editor:
                    operation.database_forwards("logs", editor, before, after)
            assert name in constraints()
            with connection.schema_editor(atomic=False) as editor:
                operation.database_backwards("logs", editor, after, before)
            assert name not in constraints()
    finally:
        with connection.schema_editor() as editor:
            table.database_backwards("logs", editor, before, ProjectState())


def constraints() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, "logs_thing"))
