"""A column for JSON that must come back as it went in."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from photonranch.lenient_json import Json, dumps, loads


class JsonTextField(models.TextField):  # type: ignore[type-arg]
    """Any JSON value, kept as text.

    PostgreSQL's jsonb keeps numbers as decimals: 1e300 would come back as a whole number of 301 digits and
    -0.0 without its sign. Nothing is searched inside these values, so text loses nothing.
    """

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> Json:
        return None if value is None else loads(value.encode())

    def to_python(self, value: Any) -> Json:
        return value

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else dumps(value).decode()

    def value_to_string(self, obj: models.Model) -> str:
        return dumps(self.value_from_object(obj)).decode()
