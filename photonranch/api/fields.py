"""Serializer fields that are as lenient as the clients are loose, and say plainly what is wrong."""

import re
from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photonranch.lenient_json import Json

SITE_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")

_MISSING = {"required": "this key is missing.", "null": "this key must not be null."}


@extend_schema_field(OpenApiTypes.STR)
class TextField(serializers.Field):  # type: ignore[type-arg]
    """Text, every character kept (`\\0` aside); a number is taken as its text."""

    default_error_messages = {
        **_MISSING,
        "invalid": "must be text.",
        "blank": "must not be empty.",
        "max_length": "is longer than {max_length} characters.",
    }

    def __init__(self, *, max_length: int = 10_000, allow_blank: bool = False, **kwargs: Any) -> None:
        self.max_length = max_length
        self.allow_blank = allow_blank
        super().__init__(**kwargs)

    def to_internal_value(self, data: Json) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            self.fail("invalid")
        # Bodies come without it; a query's `%00` is not JSON.
        text = str(data).replace("\x00", "")
        if not text and not self.allow_blank:
            self.fail("blank")
        if len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return text

    def to_representation(self, value: str) -> str:
        return value


class SiteField(TextField):
    """The code of a site, such as `saf`."""

    default_error_messages = {"site": "is not a site code."}

    def to_internal_value(self, data: Json) -> str:
        code = super().to_internal_value(data)
        if not SITE_CODE.fullmatch(code):
            self.fail("site")
        return code


@extend_schema_field(OpenApiTypes.NUMBER)
class NumberField(serializers.Field):  # type: ignore[type-arg]
    """A number, or a numeric text as some clients send it; whole floats become whole numbers."""

    default_error_messages = {**_MISSING, "invalid": "must be a number."}

    def to_internal_value(self, data: Json) -> int | float:
        return as_number(data, self.fail)

    def to_representation(self, value: float) -> float:
        return value


def as_number(data: Json, fail: Callable[[str], Any]) -> int | float:
    if isinstance(data, bool) or not isinstance(data, str | int | float):
        fail("invalid")
    try:
        number = float(data)
    except (ValueError, OverflowError):
        fail("invalid")
    if not abs(number) < 1e300:
        fail("invalid")
    if isinstance(data, int):
        return data
    return int(number) if number.is_integer() else number


@extend_schema_field(OpenApiTypes.OBJECT)
class ObjectField(serializers.Field):  # type: ignore[type-arg]
    """A JSON object, kept as it came."""

    default_error_messages = {**_MISSING, "invalid": "must be a JSON object."}

    def to_internal_value(self, data: Json) -> dict[str, Json]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return data

    def to_representation(self, value: Json) -> Json:
        return value


@extend_schema_field(OpenApiTypes.ANY)
class JsonField(serializers.Field):  # type: ignore[type-arg]
    """Any JSON value, kept as it came."""

    default_error_messages = {**_MISSING}

    def to_internal_value(self, data: Json) -> Json:
        return data

    def to_representation(self, value: Json) -> Json:
        return value
