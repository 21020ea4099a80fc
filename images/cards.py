"""FITS cards as programs write them: whole or damaged, into keywords, values and comments.

A card is 80 characters (FITS standard 4.0, section 4): the keyword in the first 8, `= ` in the next two when
a value follows, strings between single quotes with `''` for a quote, a comment after `/`. Regular expressions
read the cards that keep to that; the others are left to astropy, which takes 0.1 ms for each card. What
neither understands is kept as text. An odd card costs that card and never the header. Pure: no disk.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from images.values import LONGEST_NUMBER, NUMBER, Value

CARD = 80
# A header of more cards is no camera's: it costs time to keep and to give out.
MOST_CARDS = 20_000
MOST_SENTENCES = 20
# The name of the table that a packed picture stands in; the picture's own may stand behind it.
NAME_OF_PACKED = "COMPRESSED_IMAGE"
LONGEST_SENTENCE = 200

_VALUED = re.compile(r"(\S[^=']{0,7}?) {0,8}=(.*)", re.DOTALL)
_QUOTED = re.compile(r"\s*'([^']*(?:''[^']*)*)'\s*(?:/(.*))?", re.DOTALL)
_PLAIN = re.compile(r"\s*([^\s'(/]*)\s*(?:/(.*))?", re.DOTALL)
_COMMENTARY = {"COMMENT", "HISTORY"}
# Nearly every card of a camera, in one go: keyword; a string without quotes in it, an integer, a decimal or a
# logical; comment. What follows reads it as the other expressions do, in half the time.
_USUAL = re.compile(
    r"([A-Z0-9_-]{1,8}) {0,8}= *"
    r"(?:'([^']*)'|([+-]?\d{1,18})|([+-]?\d{1,20}\.\d{0,20}(?:E[+-]?\d{1,2})?)|([TF])) *(?:/(.*))?",
    re.DOTALL | re.ASCII,
)
_NEVER_USUAL = {*_COMMENTARY, "END", "CONTINUE", "HIERARCH"}
# A record in one card (FITS WCS paper IV): DP1 = 'AXIS.1: 1' is the field AXIS.1 of DP1, with the value 1.
_RECORD = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*): +([^\s]+)")
_RECORD_KEYWORD = re.compile(r"[A-Z][A-Z0-9]*\d[A-Z]?")


class Mended:
    """What was odd in a header and how it was read, in sentences; a bounded number of them."""

    def __init__(self) -> None:
        self._sentences: list[str] = []
        self._more = 0

    def add(self, sentence: str) -> None:
        if len(self._sentences) < MOST_SENTENCES:
            self._sentences.append(sentence[:LONGEST_SENTENCE])
        else:
            self._more += 1

    def sentences(self) -> list[str]:
        return [*self._sentences, f"and {self._more} more"] if self._more else list(self._sentences)


class Header(dict[str, Value]):
    """Keyword → value, with the cards' comments and what was mended beside it."""

    def __init__(self, values: Mapping[str, Value] | None = None, mended: Mended | None = None) -> None:
        super().__init__(values or {})
        self.comments: dict[str, str] = {}
        self.mended = mended or Mended()


# --- Bytes to cards ----------------------------------------------------------------------------------------

_NEWLINE = re.compile(rb"[\r\n]")
_BLANK_LINES = re.compile(rb"(?:[ \t]{0,80}+[\r\n])*+")
_SPECIAL = rb"(?:COMMENT|HISTORY|CONTINUE|HIERARCH)[ \r\n]|END *(?:[\r\n]|$)"
# Where a card begins among cards of 80 columns, and at the begin of a line.
_COLUMNS_BEGIN = re.compile(rb"(?=.{8}=)[A-Za-z0-9_-]+ *=|" + _SPECIAL + rb"| {8}|\0{8}|$", re.DOTALL)
_LINE_BEGINS = re.compile(rb"[A-Za-z0-9_-]{1,8} *=|" + _SPECIAL + rb"|$")
_WITHOUT_VALUE = {"COMMENT", "HISTORY", "CONTINUE", "HIERARCH", "END", ""}
_NEXT_CARD = re.compile(rb"(?<![A-Za-z0-9_-])(?=[A-Z0-9_ -]{8}= )[A-Z0-9_-]+ *= ")
# How far to look for the next card where one has another length.
_WINDOW = 3 * CARD
# Of a header with one card to a line.
LONGEST_LINE = 50 * CARD


def whole_columns(data: bytes) -> list[str]:
    """The cards of a header that keeps to the standard, 80 columns of ASCII each: a quarter of the time that
    `split` takes. None of them when it does not."""
    text = data.decode("ascii") if data.isascii() else "\n"
    if not text.isprintable():
        return []
    cards = [text[at : at + CARD] for at in range(0, len(text), CARD)]
    usual = all(card[8:9] == "=" or card[:8].rstrip() in _WITHOUT_VALUE for card in cards)
    return cards if usual else []


def split(data: bytes) -> Iterator[bytes]:
    """The cards of a header sent as text: of 80 bytes or 80 characters each, or one to a line.

    Each card ends where another begins, so a line end inside a value, or a letter of two bytes in a card of
    80 characters, shifts nothing.
    """
    at, line_end, a_line_follows = _after(data, 0), -1, False
    while at < len(data):
        if line_end < at:
            newline = _NEWLINE.search(data, at)
            line_end = newline.start() if newline else len(data)
            a_line_follows = _LINE_BEGINS.match(data, _after(data, line_end)) is not None
        end = max(_end_of_card(data, at, line_end, a_line_follows), at + 1)
        yield data[at:end]
        at = _after(data, end)


def _after(data: bytes, end: int) -> int:
    """Where the next card begins after one that ends there: behind the line's end and lines without text."""
    blank = _BLANK_LINES.match(data, end)
    return blank.end() if blank else end


def _end_of_card(data: bytes, at: int, line_end: int, a_line_follows: bool) -> int:
    wide = _wide_end(data, at)
    short_line = line_end <= wide
    if short_line and a_line_follows:
        return line_end
    for end in (at + CARD, wide):
        if end == len(data) or (end < len(data) and _COLUMNS_BEGIN.match(data, _after(data, end))):
            return end
    if short_line:
        return line_end
    if at + CARD >= len(data) or _LINE_BEGINS.match(data, at + CARD):
        return min(at + CARD, len(data))
    if a_line_follows and line_end - at <= LONGEST_LINE:
        return line_end
    found = _NEXT_CARD.search(data, at + 1, at + _WINDOW)
    return found.start() if found else at + CARD


def _wide_end(data: bytes, at: int) -> int:
    """Where 80 characters end, were it UTF-8."""
    card = data[at : at + CARD]
    if card.isascii():
        return at + CARD
    characters = data[at : at + 4 * CARD].decode("utf-8", "ignore")[:CARD]
    return at + len(characters.encode())


def decoded(card: bytes, mended: Mended, *, ascii_only: bool) -> str:
    """A card as text: UTF-8 where it is, else Latin-1; without what does not print.

    `ascii_only`: as cards of a FITS file must be; others are told.
    """
    if card.isascii():
        text = card.decode("ascii")
    else:
        text, alphabet = _letters(card)
        if ascii_only:
            mended.add(f"{_name(text)}: letters outside ASCII, read as {alphabet}")
    return text if text.isprintable() else _printable(text, mended)


def _letters(card: bytes) -> tuple[str, str]:
    try:
        return card.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return card.decode("latin-1"), "Latin-1"


def _printable(text: str, mended: Mended) -> str:
    """Without NUL in values, where it stands for nothing, and a space for all else that does not print."""
    padded = text.rstrip("\0 \t\r\n")
    clean = padded[:10].replace("\0", " ") + padded[10:].replace("\0", "")
    clean = "".join(character if character.isprintable() else " " for character in clean)
    if padded != clean or "\0" in text:
        mended.add(f"{_name(clean)}: characters that do not print were taken out")
    return clean


def _name(card: str) -> str:
    return card[:8].strip() or "a card without a keyword"


# --- Cards to values ---------------------------------------------------------------------------------------


def parsed(cards: Iterable[str], mended: Mended, *, typed: bool) -> Header:
    """Keyword → value; of a keyword that stands twice the first counts. Comments are one to a line.

    `typed`: with the types that values have in FITS; else as they are written.
    """
    header = Header(mended=mended)
    lines: dict[str, list[str]] = {}
    for card in _joined(cards, mended):
        usual = None if card.more else _USUAL.fullmatch(card.text)
        if usual and _keep_usual(header, usual, typed):
            continue
        keyword = card.text[:8].strip().upper()
        if keyword == "END" and not card.text[8:].strip():
            break
        if keyword in _COMMENTARY:
            lines.setdefault(keyword, []).append(card.text[8:].rstrip())
        elif keyword:
            _keep(header, card, typed)
    header.update({keyword: "\n".join(filter(None, texts)) for keyword, texts in lines.items() if any(texts)})
    return header


class _Card:
    """A card, with the cards that continue its string."""

    __slots__ = ("more", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.more: list[str] = []


def _joined(cards: Iterable[str], mended: Mended) -> Iterator[_Card]:
    last: _Card | None = None
    for count, text in enumerate(cards):
        if count == MOST_CARDS:
            mended.add(f"only the first {MOST_CARDS} cards were read")
            break
        if last and text.startswith("CONTINUE") and text[8:9] != "=":
            last.more.append(text[8:])
            continue
        if last:
            yield last
        last = _Card(text)
    if last:
        yield last


def _keep_usual(header: Header, card: re.Match[str], typed: bool) -> bool:
    """Whether it was kept: not a keyword that is there already, nor what may be a record."""
    keyword, string, whole, decimal, logical, comment = card.groups()
    if keyword in header or keyword in _NEVER_USUAL or (string and ": " in string):
        return False
    if string is not None:
        header[keyword] = string.rstrip()
    elif typed:
        header[keyword] = int(whole) if whole else float(decimal) if decimal else logical == "T"
    else:
        header[keyword] = whole or decimal or logical
    if comment:
        header.comments[keyword] = comment.strip()
    return True


def _keep(header: Header, card: _Card, typed: bool) -> None:
    keyword, field = _keyword(card.text)
    if not keyword:
        header.mended.add(f"no card: {card.text.strip()[:60]}")
        return
    value, comment = _value(keyword, field, card, header.mended, typed=typed)
    record = _RECORD.fullmatch(value) if isinstance(value, str) and ": " in value else None
    if record and _RECORD_KEYWORD.fullmatch(keyword) and NUMBER.fullmatch(record[2]):
        keyword = f"{keyword}.{record[1]}"
        value = _typed_number(record[2], decimal=True) if typed else record[2]
    if keyword in header and not (keyword == "EXTNAME" and header[keyword] == NAME_OF_PACKED):
        header.mended.add(f"{keyword}: stands more than once; the first counts")
        return
    header[keyword] = value
    if comment:
        header.comments[keyword] = comment.strip()


def _keyword(card: str) -> tuple[str, str]:
    """The keyword and the field of its value; no keyword when this is no card with a value."""
    if card[:9].upper() == "HIERARCH " and "=" in card:
        keyword, _, field = card[9:].partition("=")
        return " ".join(keyword.split()), field
    found = _VALUED.match(card)
    return (found[1].upper(), found[2]) if found else ("", "")


def _value(keyword: str, field: str, card: _Card, mended: Mended, *, typed: bool) -> tuple[Value, str | None]:
    if quoted := _QUOTED.fullmatch(field):
        return _string(quoted, card.more)
    if (plain := _PLAIN.fullmatch(field)) and (not typed or _is_plain(plain[1])):
        return (_typed(keyword, plain[1], mended) if typed else plain[1]), plain[2]
    if not typed:
        return _as_written(field), None
    return _by_astropy(keyword, field, mended), None


def _string(quoted: re.Match[str], more: list[str]) -> tuple[str, str | None]:
    """A string, with its continuations; `&` at the end of a piece says that another follows."""
    if not more:
        return quoted[1].replace("''", "'").rstrip(), quoted[2]
    pieces, comments = [quoted[1].rstrip().removesuffix("&")], [quoted[2]]
    for text in more:
        if found := _QUOTED.fullmatch(text):
            pieces.append(found[1].rstrip().removesuffix("&"))
            comments.append(found[2])
    return "".join(pieces).replace("''", "'").rstrip(), " ".join(filter(None, comments)) or None


def _is_plain(written: str) -> bool:
    return written in ("", "T", "F") or (len(written) <= LONGEST_NUMBER and bool(NUMBER.fullmatch(written)))


def _typed(keyword: str, written: str, mended: Mended) -> Value:
    if written in ("T", "F"):
        return written == "T"
    if not written:
        return ""
    found = _typed_number(written)
    if isinstance(found, str):
        mended.add(f"{keyword}: {written[:40]} is beyond what a number holds, and kept as text")
    return found


def _typed_number(written: str, *, decimal: bool = False) -> Value:
    """A number as a double or a 64-bit integer holds it; beyond that, as it is written."""
    if not decimal and re.fullmatch(r"[+-]?\d+", written):
        return whole if abs(whole := int(written)) < 2**63 else written
    found = float(written.upper().replace("D", "E"))
    return found if abs(found) < float("inf") else written


def _by_astropy(keyword: str, field: str, mended: Mended) -> Value:
    """What stands in a card outside the plain forms: complex numbers, spaces inside numbers, and worse."""
    from images.astropy_offline import card_value

    value: Any = card_value(f"{'X':8}={field[: CARD - 9]}")
    if isinstance(value, complex):
        return f"({value.real}, {value.imag})"
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _typed_number(str(value))
    mended.add(f"{keyword}: the value is none that FITS knows, and kept as text")
    return _as_written(field)


def _as_written(field: str) -> str:
    """A value that keeps to no form: what stands before the comment; of an open string what is there."""
    written = field.strip()
    if written.startswith("'"):
        return written[1:].replace("''", "'").rstrip()
    return written.partition(" /")[0].strip()
