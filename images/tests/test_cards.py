"""Cards as programs write them, whole or damaged, in header text and in FITS files."""

import io
import re
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from images import cards, headers
from images.cards import MOST_CARDS, MOST_SENTENCES, Mended, parsed, split
from images.tests.frames import header, header_text


def columns80(*cards: str | bytes) -> bytes:
    """Cards of 80 bytes."""
    return b"".join((card if isinstance(card, bytes) else card.encode()).ljust(80) for card in cards)


def fits_file(*cards: str | bytes) -> bytes:
    size = [
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
    ]
    written = columns80(*size, *cards, "END")
    return written + b" " * (-len(written) % 2880)


def both(*cards: str | bytes) -> tuple[headers.Header, headers.Header]:
    """As header text, and as a file's header."""
    return headers.from_text(columns80(*cards)), headers.from_fits(io.BytesIO(fits_file(*cards)))


def test_it_works() -> None:
    text, file = both(
        "OBJECT  = 'M 42    '           / what we look at", "EXPTIME =                 30.0 / [s]"
    )

    assert (text["OBJECT"], text["EXPTIME"]) == ("M 42", "30.0")
    assert (file["OBJECT"], file["EXPTIME"]) == ("M 42", 30.0)
    assert file.comments["OBJECT"] == "what we look at"
    assert text.mended.sentences() == file.mended.sentences() == []


@pytest.mark.parametrize(
    ("card", "text", "typed"),
    [
        ("X       =                  1.5D+01", "1.5D+01", 15.0),
        ("X       = -1.e-3 / small", "-1.e-3", -0.001),
        ("X       =", "", ""),
        ("X       =                    T", "T", True),
        ("X       = 'it''s'", "it's", "it's"),
        ("X       = ''", "", ""),
        ("X       = 'a/b' / c", "a/b", "a/b"),
        ("X       = '  lead  '", "  lead", "  lead"),
        ("X       = (1.0, -2.5) / complex", "(1.0, -2.5)", "(1.0, -2.5)"),
        ("X       = 1.0E+400", "1.0E+400", "1.0E+400"),
        ("X       = 123456789012345678901", "123456789012345678901", "123456789012345678901"),
        ("X       = NaN", "NaN", "NaN"),
        ("X       = 'open", "open", "open"),
        ("X=5", "5", 5),
        ("x       = 5", "5", 5),
        ("X       =5", "5", 5),
        ("X       = 12:30:00 / time", "12:30:00", "12:30:00"),
    ],
)
def test_values(card: str, text: str, typed: Any) -> None:
    as_text, as_file = both(card)

    assert as_text["X"] == text
    assert as_file["X"] == typed
    assert type(as_file["X"]) is type(typed)


def test_a_keyword_that_stands_twice_counts_once() -> None:
    for found in both("FILTER  = 'rp'", "FILTER  = 'up'"):
        assert found["FILTER"] == "rp"
        assert found.mended.sentences() == ["FILTER: stands more than once; the first counts"]


def test_records_are_all_kept() -> None:
    text, file = both(
        "DP1     = 'EXTVER: 1'", "DP1     = 'NAXES: 2'", "DP1     = 'AXIS.1: 1.5'", "NOTE1   = 'a: b'"
    )

    assert (file["DP1.EXTVER"], file["DP1.NAXES"], file["DP1.AXIS.1"], file["NOTE1"]) == (1, 2, 1.5, "a: b")
    assert text["DP1.AXIS.1"] == "1.5"
    assert file.mended.sentences() == []


def test_long_strings_and_long_keywords() -> None:
    long = "it's / long, " * 30 + "end"
    made = fits.Header([("LONG", long, "of many cards"), ("HIERARCH ESO TEL AIRM", 1.25), ("LAST", 1)])
    cards = str(made).encode()

    found = headers.from_text(cards)

    assert found["LONG"] == long
    assert (found["ESO TEL AIRM"], found["LAST"]) == ("1.25", "1")


def test_a_string_of_very_many_pieces_takes_little_time() -> None:
    pieces = 15_000
    cards = [b"LONG    = 'x&'", *[b"CONTINUE  '" + b"y" * 60 + b"&'"] * pieces]

    assert len(str(headers.from_text(columns80(*cards))["LONG"])) == 1 + 60 * pieces


# --- Where a card ends -------------------------------------------------------------------------------------

CARDS = ["DATE-OBS= '2026-11-20T03:04:05'", "OBSERVER= 'Zoë Ünal'", "OBJECT  = 'M 42' / Orion", "LAST    = 1"]
EXPECTED = {"DATE-OBS": "2026-11-20T03:04:05", "OBSERVER": "Zoë Ünal", "OBJECT": "M 42", "LAST": "1"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", " \r\n"])
@pytest.mark.parametrize("width", [0, 80])
@pytest.mark.parametrize("alphabet", ["utf-8", "latin-1"])
def test_one_card_to_a_line(end: str, width: int, alphabet: str) -> None:
    data = "".join(card.ljust(width) + end for card in CARDS).encode(alphabet)

    assert headers.from_text(data) == EXPECTED
    assert headers.from_text(data.rstrip()) == EXPECTED


@pytest.mark.parametrize("alphabet", ["utf-8", "latin-1"])
@pytest.mark.parametrize("ending", ["", "END".ljust(80), "END".ljust(80) + " " * 700, "\n", "\0" * 100])
def test_cards_of_80_characters_and_of_80_bytes(alphabet: str, ending: str) -> None:
    characters = "".join(card.ljust(80) for card in CARDS) + ending
    octets = b"".join(card.encode(alphabet).ljust(80) for card in CARDS) + ending.encode()

    assert headers.from_text(characters.encode(alphabet)) == EXPECTED
    assert headers.from_text(octets) == EXPECTED


def test_both_in_one_header() -> None:
    full = "OWNER   = 'Ünal' / " + "ü" * 61
    data = (
        full.encode()
        + "SITE    = 'Süd'".encode().ljust(80)
        + "CITY    = 'Köln'".ljust(80).encode()
        + b"LAST    = 1"
    )

    assert headers.from_text(data) == {"OWNER": "Ünal", "SITE": "Süd", "CITY": "Köln", "LAST": "1"}


@pytest.mark.parametrize("inside", ["\n", "\r\n", "\t", "\x07", "\x85", "\u2028", "\x1c"])
def test_what_does_not_print_costs_no_other_card(inside: str) -> None:
    damaged = f"ORIGIN  = 'CASA{inside}4.7'"
    data = "".join(card.ljust(80) for card in [CARDS[0], damaged, *CARDS[1:]]).encode()

    found = headers.from_text(data)

    assert {key: found[key] for key in EXPECTED} == EXPECTED
    assert str(found["ORIGIN"]).split() == ["CASA", "4.7"]
    assert found.mended.sentences() == ["ORIGIN: characters that do not print were taken out"]


@pytest.mark.parametrize("card", [b"OBJECT\0\0= 'M\0 42'\0\0\0\0", b"OBJECT  = 'M 42'" + b"\0" * 64])
def test_nul_is_padding(card: bytes) -> None:
    for found in both(card, "LAST    = 1"):
        assert (found["OBJECT"], "LAST" in found) == ("M 42", True)
        assert len(found.mended.sentences()) == 1


def test_letters_outside_ascii_in_a_file_are_told() -> None:
    _, file = both("OBSERVER= 'Ünal'", "CITY    = 'Köln'".encode("latin-1"))

    assert (file["OBSERVER"], file["CITY"]) == ("Ünal", "Köln")
    assert file.mended.sentences() == [
        "OBSERVER: letters outside ASCII, read as UTF-8",
        "CITY: letters outside ASCII, read as Latin-1",
    ]


def test_cards_of_80_columns_may_have_their_sign_anywhere() -> None:
    assert headers.from_text(columns80("EXPTIME= 30.0", "FILTER = 'rp'")) == {
        "EXPTIME": "30.0",
        "FILTER": "rp",
    }


def test_lines_may_be_longer_than_a_card() -> None:
    long = "x" * 500
    data = f"EXPTIME = 30.0\nNOTE    = '{long}'\nFILTER  = 'rp'\nLAST    = '{long}'".encode()

    assert headers.from_text(data) == {"EXPTIME": "30.0", "NOTE": long, "FILTER": "rp", "LAST": long}


def test_lines_that_are_no_cards_are_passed_over() -> None:
    found = headers.from_text(b"EXPTIME = 30.0\nhello there\n\n   \nFILTER  = 'rp'\n")

    assert found == {"EXPTIME": "30.0", "FILTER": "rp"}
    assert found.mended.sentences() == ["no card: hello there"]


# --- Bounds ------------------------------------------------------------------------------------------------


def test_what_was_mended_is_bounded() -> None:
    found = headers.from_text(columns80(*[f"K{number:07}= 'a\tb'" for number in range(500)]))

    assert len(found) == 500
    assert len(found.mended.sentences()) == MOST_SENTENCES + 1
    assert found.mended.sentences()[-1] == f"and {500 - MOST_SENTENCES} more"


def test_cards_are_bounded() -> None:
    found = headers.from_text(columns80(*[f"K{number:07}= 1" for number in range(MOST_CARDS + 5)]))

    assert len(found) == MOST_CARDS
    assert found.mended.sentences() == [f"only the first {MOST_CARDS} cards were read"]


@pytest.mark.parametrize(
    "piece",
    [
        b" ",
        b"\0",
        b"\n",
        b"\n" + b" " * 50,
        b"A",
        b"'",
        b"= ",
        b"A = '",
        b"\xc3\xbc",
        b"CONTINUE  'a&'",
        b"\xff\n",
    ],
)
def test_no_large_text_takes_long(piece: bytes) -> None:
    """In what is quadratic 4 MB take hours."""
    data = piece * (headers.MOST_BYTES // len(piece))

    with suppress(headers.BadHeader):
        headers.from_text(data)
    assert sum(map(len, islice(split(data), MOST_CARDS))) <= len(data)


@given(st.binary(max_size=500))
def test_no_byte_is_in_two_cards(data: bytes) -> None:
    at = 0
    for card in split(data):
        assert card
        at = data.index(card, at) + len(card)


@given(
    st.lists(st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=68), max_size=6)
)
def test_no_card_of_a_file_breaks_it(values: list[str]) -> None:
    cards = [f"K{number:07}= {value}".encode()[:80] for number, value in enumerate(values)]

    found = headers.from_fits(io.BytesIO(fits_file(*cards)))

    assert found["NAXIS"] == 0
    assert all(str(value).isprintable() for value in found.values())


def test_what_astropy_writes_is_read_as_astropy_reads_it() -> None:
    made = header(
        COMPLEX=complex(1, 2), OBJECT="it's", LONG="x" * 200, T1=True, N=-3, BIG=1e300, SMALL=1e-300
    )
    file = io.BytesIO()
    fits.PrimaryHDU(header=made).writeto(file)
    file.seek(0)

    found = headers.from_fits(file)

    for card in made.cards:
        assert found[card.keyword] == (card.value if card.keyword != "COMPLEX" else "(1.0, 2.0)")
    assert set(headers.from_text(header_text())) == set(header())


CARDS_OF_ALL_KINDS = """
X       = 'M 42    '           / what we look at
X       = ''
X       = 'it''s'
X='a'/b
X  ='a'
X       = 'AXIS.1: 1'
X1      = 'AXIS.1: 1'
X       = 'open
X       = 'a' b
X       = 'a &'
X       =                   12 / [s]
X       = -0
X       = +07/
X       = 1234567890123456789
X       = 12345678901234567890
X       =                 30.0 / [s]
X       = -1.E-3 /
X       = 1.
X       = .5
X       = 1.5D+01
X       = 1.5E+400
X       = 1 2
X       =                    T
X       = F/
X       = TT
X       =
x       = 1
COMMENT = 'a'
HISTORY = 1
END     = 1
HIERARCH = 1
CONTINUE= 1
HIERARCH ESO A = 1.0
X Y     = 1
         = 1
X       = (1.0, 2.0)
"""


@pytest.mark.parametrize("card", CARDS_OF_ALL_KINDS.strip().splitlines())
@pytest.mark.parametrize("typed", [True, False])
def test_the_quick_way_reads_what_the_thorough_one_does(
    monkeypatch: pytest.MonkeyPatch, card: str, typed: bool
) -> None:
    def read() -> tuple[Any, ...]:
        mended = Mended()
        texts = [card, "X       = 'again'", "Y       = 1.0 / deg"]
        found = parsed([text.ljust(80) for text in texts], mended, typed=typed)
        values = [(keyword, type(value), value) for keyword, value in found.items()]
        return values, found.comments, mended.sentences()

    quick = read()
    monkeypatch.setattr(cards, "_USUAL", re.compile("(?!)"))
    assert quick == read()
