"""FITS headers from text and files, checked against astropy."""

import io
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from images import headers
from images.tests.frames import header, header_text, packed_fits, plain_fits


def read(**changes: Any) -> headers.Header:
    return headers.from_text(header_text(**changes))


def test_it_works() -> None:
    found = read(OBJECT="M 42", COMMENT="one", T1=True)

    assert found["EXPTIME"] == "30.0"
    assert found["T1"] == "T"
    assert found["OBJECT"] == "M 42"
    assert found["CRVAL1"] == "83.82"
    assert "END" not in found


def test_strings_keep_quotes_slashes_and_length() -> None:
    long = "a/b' " * 40 + "end"
    found = read(NOTE="it's 5' / wide", LONG=long, QUOTED="'googleoauth21124'")

    assert found["NOTE"] == "it's 5' / wide"
    assert found["LONG"] == long
    assert found["QUOTED"] == "'googleoauth21124'"


def test_repeated_comments_are_all_kept() -> None:
    made = header()
    made.add_comment("first")
    made.add_comment("second")

    assert headers.from_text(str(made).encode())["COMMENT"] == "first\nsecond"


def test_one_card_to_a_line_and_other_alphabets() -> None:
    lines = header().tostring(sep="\n").replace("Alice", "Zoë  ").encode()
    assert headers.from_text(lines)["USERNAME"] == "Zoë"
    shifted = str(header()).replace("Alice ", "Zoë   ", 1)
    assert headers.from_text(shifted.encode())["DAY-OBS"] == "20260711"
    assert headers.from_text(shifted.encode("latin-1"))["USERNAME"] == "Zoë"


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff" * 100])
def test_what_is_no_header_says_so(data: bytes) -> None:
    with pytest.raises(headers.BadHeader):
        headers.from_text(data)


@given(st.binary(max_size=400))
def test_no_text_breaks_it(data: bytes) -> None:
    with suppress(headers.BadHeader):
        assert headers.from_text(data)


@pytest.mark.parametrize("make", [plain_fits, packed_fits])
def test_a_file_s_header_is_the_image_s(make: Any) -> None:
    data = make(LOGICAL=True, OBJECT="M 42", COUNT=-7, SMALL=1.5e-7)

    found = headers.from_fits(io.BytesIO(data))

    with fits.open(io.BytesIO(data)) as hdus:
        expected = hdus[-1].header
        for keyword in (
            "LOGICAL",
            "OBJECT",
            "COUNT",
            "SMALL",
            "EXPTIME",
            "CRVAL1",
            "BITPIX",
            "NAXIS1",
            "BZERO",
        ):
            assert found[keyword] == expected[keyword], keyword
            assert type(found[keyword]) is type(expected[keyword]) or keyword == "BZERO"
    assert not [keyword for keyword in found if keyword.startswith(("Z", "TFORM", "TTYPE"))]


@pytest.mark.parametrize("data", [b"", b"SIMPLE", b"\xff" * 5760, b"x" * 5760, plain_fits()[:1000]])
def test_a_file_that_is_no_fits_says_so(data: bytes) -> None:
    with pytest.raises(headers.BadHeader):
        headers.from_fits(io.BytesIO(data))


def columns(**changes: Any) -> headers.Columns:
    return headers.columns(read(**changes))


def test_columns() -> None:
    found = columns(SMARTSTK="110726051244", SSTKNUM="3")

    assert found.capture_date == datetime(2026, 7, 11, 5, 12, 44, 123000, UTC)
    assert (found.right_ascension, found.declination) == (83.82, -5.39)
    assert (found.exposure_time, found.filter_used, found.airmass) == (30.0, "rp", 1.138)
    assert (found.user_id, found.username) == ("google-oauth2|1124", "Alice")
    assert (found.smart_stack, found.stack_number) == ("110726051244", 3)
    assert found.fits_path == "saf/sq003ms/20260711/raw"


@pytest.mark.parametrize("written", [None, "yesterday", "", "2026-13-01T00:00:00"])
def test_a_header_without_a_date_says_none(written: str | None) -> None:
    assert columns(**{"DATE-OBS": written}).capture_date is None


def test_numbers_that_are_none_stay_out() -> None:
    assert (
        columns(EXPTIME="nan", AIRMASS="x", SSTKNUM="1e400")
        .known()
        .keys()
        .isdisjoint({"exposure_time", "airmass", "stack_number"})
    )
