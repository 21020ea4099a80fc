"""Statements that the ORM makes once, for the few that run with nearly every request.

Building a query takes the ORM longer than the database takes to answer it. These keep what the ORM built (per
connection, so per thread), and put the values in. The models stay the one place that says what a row is;
nothing is written out by hand.

    of_site = PreparedQuery(lambda: LogMessage.objects.filter(site=Param("site", CharField())))
    of_site.all(site="saf")      # -> [LogMessage, …]

    insert(LogMessage(site="saf", …))

Gain: of the 0.8 ms of a command, 0.2 ms to ask for one site by its primary key; of an empty poll 0.2 ms.
Version: Django 5.2.19
Upstream: none that we know; Django makes each query anew, by design
Guarded by: photonranch/tests/db/test_prepared.py
Way back: `filter(…)` where `PreparedQuery` stands, `save(force_insert=True)` for `insert`; delete this file.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.sql import InsertQuery
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=models.Model)


class Param(Expression):
    """The place of a value that is known when the question is asked."""

    def __init__(self, name: str, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return "%s", (self,)

    def value(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        return self.output_field.get_db_prep_value(values[self.name], connection)


class PreparedQuery(Generic[Row]):
    """A query set whose SQL is made once; `Param` stands where its values go.

    `only`, `defer` and `values_list` work; `select_related` and annotations do not.
    """

    def __init__(self, query_set: "Callable[[], models.QuerySet[Row]]") -> None:
        self.query_set = query_set

    def all(self, **values: Any) -> list[Row]:
        """The rows that answer it; KeyError when a value that it needs is not given."""
        made = _made(connections[DEFAULT_DB_ALIAS], self, self._make)
        return [made.model.from_db(made.connection.alias, made.names, row) for row in made.rows(values)]

    def rows(self, **values: Any) -> list[Sequence[Any]]:
        """The same as plain rows, in the order of `values_list`."""
        return _made(connections[DEFAULT_DB_ALIAS], self, self._make).rows(values)

    def first(self, **values: Any) -> Row | None:
        return next(iter(self.all(**values)), None)

    def _make(self, connection: BaseDatabaseWrapper) -> "_Made":
        return _Made(self.query_set(), connection)


class _Made:
    """What the ORM made of a query set for one connection."""

    def __init__(self, query_set: "models.QuerySet[Any]", connection: BaseDatabaseWrapper) -> None:
        self.model = query_set.model
        self.connection = connection
        self.compiler: Any = query_set.query.get_compiler(connection=connection)
        sql, parameters = self.compiler.as_sql()
        self.sql, self.parameters = _with_literals(sql, parameters, connection)
        assert not query_set.query.annotations, "annotations are not supported"
        assert not query_set.query.select_related, "select_related is not supported"
        columns = [column for column, _, _ in self.compiler.select]
        self.names = [column.target.attname for column in columns]
        self.converters = self.compiler.get_converters(columns)

    def rows(self, values: dict[str, Any]) -> list[Sequence[Any]]:
        parameters = [
            each.value(values, self.connection) if isinstance(each, Param) else each
            for each in self.parameters
        ]
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows: list[Sequence[Any]] = cursor.fetchall()
        return list(self.compiler.apply_converters(rows, self.converters)) if self.converters else rows


def _with_literals(
    sql: str, parameters: Sequence[Any], connection: BaseDatabaseWrapper
) -> tuple[str, list[Any]]:
    """The same statement, with texts and numbers that never change written into it; and what is left to bind.

    SQLite would plan anew at each execution, to see whether a bound value is the one that a partial index
    is about: for an empty poll of a site 9 µs of 18.
    """
    connection.ensure_connection()
    quote = connection.schema_editor().quote_value
    fixed = [type(each) in (str, int) for each in parameters]
    # Of what stands there the percent signs stay doubled, as they are for `execute`.
    written = [
        quote(each).replace("%", "%%") if is_fixed else "%s"
        for each, is_fixed in zip(parameters, fixed, strict=True)
    ]
    bound = [each for each, is_fixed in zip(parameters, fixed, strict=True) if not is_fixed]
    return sql.replace("%%", "%%%%") % tuple(written), bound


def insert(instance: models.Model) -> None:
    """Insert a row as `save(force_insert=True)` would, its generated key included; no signals are sent.

    Raises what `save` raises, IntegrityError for a key that is there already.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    model = type(instance)
    made = _made(connection, model, lambda connection: _MadeInsert(instance, connection))
    with transaction.mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(made.sql, made.parameters(instance))
        for field, value in zip(made.returned, cursor.fetchone() if made.returned else (), strict=True):
            setattr(instance, field.attname, value)
    instance._state.adding = False
    instance._state.db = connection.alias


class _MadeInsert:
    """The INSERT of one model for one connection; the key is left to the database where it makes it."""

    def __init__(self, instance: models.Model, connection: BaseDatabaseWrapper) -> None:
        meta = instance._meta
        self.connection = connection
        self.returned: Sequence[Any] = meta.db_returning_fields
        self.fields = [field for field in meta.concrete_fields if field not in self.returned]
        query = InsertQuery(type(instance))
        query.insert_values(self.fields, [instance])
        compiler: Any = query.get_compiler(connection=connection)
        compiler.returning_fields = self.returned
        [(self.sql, parameters)] = compiler.as_sql()
        assert len(parameters) == len(self.fields) + len(compiler.returning_params)
        self.readers = [self._reader(field) for field in self.fields]

    def parameters(self, instance: models.Model) -> list[Any]:
        return [read(instance) for read in self.readers]

    def _reader(self, field: "models.Field[Any, Any]") -> Callable[[models.Model], Any]:
        """How the field's value gets into a parameter."""
        if any(getattr(type(field), name) is not getattr(models.Field, name) for name in _STEPS):
            return lambda instance: field.get_db_prep_save(field.pre_save(instance, True), self.connection)
        # The usual case, without the three calls in between: for the five columns of a log message 6 µs.
        value_of, prepare = attrgetter(field.attname), field.get_prep_value
        return lambda instance: prepare(value_of(instance))


# What a field may do by itself on a value's way into the database; most only say `get_prep_value`.
_STEPS = ("pre_save", "get_db_prep_save", "get_db_prep_value")

Made = TypeVar("Made")


def _made(connection: Any, key: Any, make: Callable[[Any], Made]) -> Made:
    """What was made for `key`: kept with the connection, whose converters it uses, while there is the key."""
    kept = connection.__dict__.get("_photonranch_prepared")
    if kept is None:
        kept = connection.__dict__["_photonranch_prepared"] = WeakKeyDictionary()
    made: Made | None = kept.get(key)
    if made is None:
        made = kept[key] = make(connection)
    return made
