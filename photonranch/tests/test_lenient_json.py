"""JSON in and out: lenient in, strict out, nothing else ever raised."""

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonranch.lenient_json import MAX_DEPTH, Json, NotJson, clean_text, dumps, loads

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    # Around the bounds where orjson turns whole numbers into floats.
    | st.integers(2**63 - 3, 2**64 + 3) | st.text(characters),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(characters), inner, max_size=5),
    max_leaves=20,
)  # fmt: skip
# What Python programs hold, and JSON does not: NaN, infinities, NUL, half a surrogate pair.
anything_held = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters()), inner, max_size=5),
    max_leaves=20,
)


def same(one: Json, other: Json) -> bool:
    """Equal, with the types of numbers: 1 is not 1.0, and neither is true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def strictly(text: bytes) -> Json:
    """Parsed as the strictest of readers would."""

    def refuse(word: str) -> Any:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text.decode(), parse_constant=refuse)


def read_and_answered(text: bytes) -> None:
    """Whatever is read can be answered; what cannot be read is refused in the one way."""
    try:
        value = loads(text)
    except NotJson:
        return
    strictly(dumps(value))


@given(any_json)
@example([1, 1.0, -0.0, 2**63, 2**64, -(2**63) - 1, 10**40, 1e308, 5e-324])
@example({"a": "\U0001f52d \u2028 \\u0041 \x7f", "": {}})
def test_what_goes_out_comes_back_the_same(value: Json) -> None:
    assert same(loads(dumps(value)), value)
    assert same(strictly(dumps(value)), value)


@given(any_json, st.booleans())
def test_what_python_programs_send_comes_in_the_same(value: Json, ascii_only: bool) -> None:
    assert same(loads(json.dumps(value, ensure_ascii=ascii_only).encode()), value)


@given(anything_held)
def test_what_goes_out_is_always_strict_json(value: Json) -> None:
    strictly(dumps(value))


@given(anything_held)
def test_what_python_programs_send_always_comes_in_and_can_be_stored(value: Json) -> None:
    kept = loads(json.dumps(value).encode())

    # As PostgreSQL wants it: UTF-8 without NUL.
    assert "\\u0000" not in json.dumps(kept)
    json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"\xff\xfe1\x00")
@example(b'"\\ud83d"')
@example(b"9" * 5000)
def test_any_bytes_are_json_or_are_not(text: bytes) -> None:
    read_and_answered(text)


@given(st.text('[]{}",:\\u01de+-.NaInfity \x00\n\ufeff'))
def test_nearly_json_is_json_or_is_not(text: str) -> None:
    read_and_answered(text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": NaN, "b": [Infinity, {"c": -Infinity}]}', {"a": None, "b": [None, {"c": None}]}),
        (b"[1e999, -1e999, 1e308]", [None, None, 1e308]),
        (b"[1.0, 1, true]", [1.0, 1, True]),
        (b"[12345678901234567890123]", [12345678901234567890123]),
        (b'["9223372036854775808"]', ["9223372036854775808"]),
        (b'{"a\\u0000b": "c\\u0000"}', {"ab": "c"}),
        (b'["a\x00b\nc\td"]', ["ab\nc\td"]),
        (b'["\\ud83d\\udd2d", "\\ud83d", "\\udd2d x"]', ["\U0001f52d", "\ufffd", "\ufffd x"]),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b' \r\n\t"x" ', "x"),
        ("\"C:\\\\u0000 π\"".encode(), "C:\\u0000 π"),
    ],
)  # fmt: skip
def test_what_the_strict_would_refuse(text: bytes, value: Json) -> None:
    assert same(loads(text), value)


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{'a': 1}", b"a=1", b"undefined", b'{"a": 1} x', b'"\xff"', b"\xff\xfe{\x00}\x00", b"01"],
)
def test_what_is_no_json(text: bytes) -> None:
    with pytest.raises(NotJson):
        loads(text)


@pytest.mark.parametrize("leaf", [b"0", b"NaN", b'"\\u0000"', b"12345678901234567890123"])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_ends_at_a_bound_and_what_came_in_goes_out(
    leaf: bytes, opening: bytes, closing: bytes
) -> None:
    def nested(depth: int) -> bytes:
        return opening * depth + leaf + closing * depth

    deepest = loads(nested(MAX_DEPTH))

    # An answer or a frame puts it into objects of its own.
    assert strictly(dumps({"data": [{"inner": deepest}]}))["data"][0]["inner"] is not None
    with pytest.raises(NotJson):
        loads(nested(MAX_DEPTH + 1))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert loads(b"[" + b"[{}]," * 1000 + b"[]]") == [[{}]] * 1000 + [[]]


def test_values_of_python_look_the_same_beside_a_big_number() -> None:
    held = {"at": datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC), "d": Decimal("1.50"), "t": (1, 2)}

    plain = strictly(dumps(held))
    beside = strictly(dumps({**held, "big": 2**70}))

    assert plain == {"at": "2026-11-20T03:04:05+00:00", "d": "1.50", "t": [1, 2]}
    assert beside == {**plain, "big": 2**70}


@given(st.text(st.characters()))
def test_clean_text_can_be_stored_and_keeps_the_rest(text: str) -> None:
    clean = clean_text(text)

    clean.encode()
    assert "\x00" not in clean
    if "\x00" not in text and not any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        assert clean == text


def test_infinities_deep_inside_go_out_as_null() -> None:
    assert strictly(dumps({"a": [math.inf, {"b": -math.inf, "c": math.nan}], "big": 2**70})) == {
        "a": [None, {"b": None, "c": None}],
        "big": 2**70,
    }
