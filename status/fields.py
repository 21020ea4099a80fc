"""A JSON object in a column of text."""

from typing import Any

from django.db import models

from photonranch.jsontext import dumps, loads


class DocumentField(models.TextField[dict[str, Any], dict[str, Any]]):
    """A JSON object, read and written whole.

    The database never looks inside, so it need not parse it: a status of 12 kB is written several times a
    second while a telescope slews. As text it also comes back exactly as it went in; PostgreSQL's jsonb would
    sort the keys and refuse some numbers.
    """

    description = "A JSON object as text"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return value if value is None else loads(value.encode())

    def to_python(self, value: Any) -> Any:
        return loads(value.encode()) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or hasattr(value, "resolve_expression") else dumps(value).decode()

    def value_to_string(self, obj: models.Model) -> str:
        return dumps(self.value_from_object(obj)).decode()
