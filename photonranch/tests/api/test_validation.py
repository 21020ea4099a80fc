"""Serializers read fields one after the other, or as DRF does where they check more than their fields."""

from typing import Any

import pytest
from rest_framework import serializers

from photonranch.api.fields import NumberField, SiteField, TextField
from photonranch.api.validation import _reader, validated
from photonranch.errors import BadRequest


class Plain(serializers.Serializer[Any]):
    site = SiteField()
    text = TextField(required=False, default="-")
    number = NumberField(required=False)
    made_here = TextField(read_only=True, default="by us")


class WithMethod(Plain):
    def validate_text(self, text: str) -> str:
        return text.upper()


class WithCheck(Plain):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["text"] == attrs["site"]:
            raise serializers.ValidationError("the text must not be the site.")
        return attrs


class WithConversion(Plain):
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return {"text": "converted"}


class WithSource(Plain):
    words = TextField(source="text_of_words")


def refuse_saf(attrs: dict[str, Any]) -> None:
    if attrs["site"] == "saf":
        raise serializers.ValidationError("saf is taken.")


class WithValidator(Plain):
    class Meta:
        validators = [refuse_saf]


class Inner(serializers.Serializer[Any]):
    numbers = serializers.ListField(child=NumberField())


class Outer(serializers.Serializer[Any]):
    site = SiteField()
    inner = Inner()


def test_it_works() -> None:
    assert validated(Plain, {"site": "saf", "number": "2", "else": 1, "made_here": "by you"}) == {
        "site": "saf",
        "text": "-",
        "number": 2,
    }


def test_what_goes_around_drf_is_what_drf_would_say() -> None:
    for body in ({"site": "saf"}, {"site": "saf", "text": "t", "number": 1.5}):
        assert _reader(Plain).only_fields
        assert validated(Plain, body) == dict(Plain().run_validation(body))


@pytest.mark.parametrize(
    ("serializer", "found"),
    [
        (WithMethod, {"site": "saf", "text": "T"}),
        (WithCheck, {"site": "saf", "text": "t"}),
        (WithConversion, {"text": "converted"}),
        (WithSource, {"site": "saf", "text": "t", "text_of_words": "w"}),
    ],
)
def test_what_checks_more_than_its_fields_is_left_to_drf(
    serializer: type[serializers.Serializer[Any]], found: dict[str, Any]
) -> None:
    assert not _reader(serializer).only_fields
    assert validated(serializer, {"site": "saf", "text": "t", "words": "w"}) == found


@pytest.mark.parametrize(
    ("serializer", "body", "says"),
    [
        (Plain, {"text": 1}, "site: this key is missing."),
        (Plain, {"site": None}, "site: this key must not be null."),
        (Plain, {"number": "one", "text": [], "site": "saf"}, "text: must be text."),
        (WithCheck, {"site": "saf", "text": "saf"}, "the text must not be the site."),
        (WithCheck, {"site": "saf", "text": []}, "text: must be text."),
        (WithValidator, {"site": "saf"}, "saf is taken."),
        (Outer, {"site": "saf", "inner": {"numbers": [1, "two"]}}, "inner.numbers.1: must be a number."),
        (Outer, {"site": "saf"}, "inner: This field is required."),
    ],
)
def test_the_first_that_is_wrong_is_named(
    serializer: type[serializers.Serializer[Any]], body: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        validated(serializer, body)

    assert refused.value.sentence == says
