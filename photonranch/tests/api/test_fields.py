"""The fields of bodies and queries: as lenient as the clients are loose."""

from typing import Any

import pytest
from rest_framework import serializers

from photonranch.api.fields import JsonField, NumberField, ObjectField, SiteField, TextField
from photonranch.api.validation import validated
from photonranch.errors import BadRequest


class Body(serializers.Serializer[Any]):
    site = SiteField(required=False)
    text = TextField(required=False, max_length=10)
    line = TextField(required=False, allow_blank=True, default="-")
    number = NumberField(required=False)
    params = ObjectField(required=False)
    anything = JsonField(required=False, allow_null=True)


class Needs(serializers.Serializer[Any]):
    site = SiteField()


def test_it_works() -> None:
    body = {
        "site": "saf",
        "text": " π ",
        "line": "",
        "number": 1.5,
        "params": {"a": [1, 1.0]},
        "anything": None,
    }

    assert validated(Body, body) == body


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (1, 1),
        (1.0, 1),
        (1.5, 1.5),
        ("1", 1),
        (" 1.50 ", 1.5),
        ("1e3", 1000),
        (-0.0, 0),
        (2**53 + 1, 2**53 + 1),
    ],
)
def test_numbers(sent: Any, read: float) -> None:
    number = validated(Body, {"number": sent})["number"]

    assert number == read
    assert type(number) is type(read)


@pytest.mark.parametrize("sent", [10**400, 1e301, "1e999", "NaN", "-inf", "", "one", "0x10", True, [], {}])
def test_what_is_no_number(sent: Any) -> None:
    with pytest.raises(BadRequest, match=r"^number: must be a number\.$"):
        validated(Body, {"number": sent})


@pytest.mark.parametrize(
    ("sent", "read"), [(1, "1"), (1.0, "1.0"), ("1", "1"), ("a\x00b", "ab"), ("\n", "\n")]
)
def test_texts(sent: Any, read: str) -> None:
    assert validated(Body, {"text": sent})["text"] == read


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ("", "text: must not be empty."),
        ("\x00", "text: must not be empty."),
        ("12345678901", "text: is longer than 10 characters."),
        (True, "text: must be text."),
        ([], "text: must be text."),
        ({}, "text: must be text."),
    ],
)
def test_what_is_no_text(sent: Any, says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        validated(Body, {"text": sent})

    assert refused.value.sentence == says


@pytest.mark.parametrize("code", ["saf", "MRC1", "a", "0m4-a.b_c", 12])
def test_sites(code: Any) -> None:
    assert validated(Body, {"site": code})["site"] == str(code)


@pytest.mark.parametrize("code", ["../x", "a/b", "a b", "saf\n", ".", "", "é", "a" * 41, "#", "%00"])
def test_what_is_no_site(code: str) -> None:
    with pytest.raises(BadRequest, match=r"^site: "):
        validated(Needs, {"site": code})


@pytest.mark.parametrize("sent", [[], "{}", 1, True])
def test_what_is_no_object(sent: Any) -> None:
    with pytest.raises(BadRequest, match=r"^params: must be a JSON object\.$"):
        validated(Body, {"params": sent})


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadRequest, match=r"^site: this key is missing\.$"):
        validated(Needs, {})
    with pytest.raises(BadRequest, match=r"^site: this key must not be null\.$"):
        validated(Needs, {"site": None})


def test_null_in_a_key_that_may_be_left_out_is_leaving_it_out() -> None:
    body = {
        "site": None,
        "text": None,
        "line": None,
        "number": None,
        "params": None,
        "anything": None,
        "x": None,
    }

    assert validated(Body, body) == {"line": "-", "anything": None}


def test_unknown_keys_are_no_mistake() -> None:
    assert validated(Needs, {"site": "saf", "colour": "red"}) == {"site": "saf"}
