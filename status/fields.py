"""A JSON object in a column of text."""

import json
from typing import Any

import orjson
from django.db import models

from photonranch.lenient_json import dumps

# In front of a document that orjson cannot write, for whole numbers beyond 64 bits: it could not read them
# either. To look for them when reading costs ten times the reading.
DELICATE = " "


class DocumentField(models.TextField[dict[str, Any], dict[str, Any]]):
    """A JSON object, read and written whole.

    The database never looks inside, so it need not parse it: a status of 12 kB is written several times a
    second while a telescope slews. As text it also comes back exactly as it went in; PostgreSQL's jsonb would
    sort the keys. What goes in must have been read by photonranch.lenient_json, which cleans it.
    """

    description = "A JSON object as text"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        return None if value is None else _read(value)

    def to_python(self, value: Any) -> Any:
        return _read(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or hasattr(value, "resolve_expression") else _written(value)

    def value_to_string(self, obj: models.Model) -> str:
        return _written(self.value_from_object(obj))


def _read(text: str) -> Any:
    return json.loads(text) if text.startswith(DELICATE) else orjson.loads(text)


def _written(document: Any) -> str:
    try:
        return orjson.dumps(document).decode()
    except TypeError:
        return DELICATE + dumps(document).decode()
