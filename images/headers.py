"""FITS headers: read out of header text and FITS files, and what the archive's columns take from them.

Cards follow the FITS standard 4.0 (section 4): 80 characters, the keyword in the first 8, `= ` in the next
two when a value follows, strings between single quotes with `''` for a quote, a comment after `/`. Pure: no
Django, no disk; only `from_fits` reads, from the open file it is given.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import IO, Any

from images.people import restored

Value = str | int | float | bool
Header = dict[str, Value]

CARD = 80
BLOCK = 2880
# The largest header seen is some 30 kB; what goes on longer is no header.
MOST_BYTES = 4 * 1024 * 1024

_STRING = re.compile(r"\s*'((?:[^']|'')*)'")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([EeDd][+-]?\d+)?")
_MULTILINE = {"COMMENT", "HISTORY", ""}
# What describes the table that a compressed image is stored in, and not the image.
_TABLE = re.compile(
    r"XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|T(TYPE|FORM|UNIT|DIM|NULL|SCAL|ZERO)\d+|THEAP|"
    r"Z(IMAGE|PCOUNT|GCOUNT|CMPTYPE|TILE\d+|NAME\d+|VAL\d+|QUANTIZ|DITHER0|MASKCMP|BLANK|SCALE|ZERO|HECKSUM|DATASUM)|"
    r"CHECKSUM|DATASUM"
)
_RENAMED = {"ZBITPIX": "BITPIX", "ZSIMPLE": "SIMPLE", "ZEXTEND": "EXTEND", "ZTENSION": "XTENSION"}


class BadHeader(ValueError):
    """What was read is no FITS header; the text says why."""


# --- Header text -------------------------------------------------------------------------------------------


def from_text(data: bytes) -> Header:
    """The header that a telescope sends as text beside its jpg; values are text, as they stand there.

    The cards come without line ends, 80 characters each, or one to a line. Raises BadHeader.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    cards = text.splitlines() if "\n" in text else [text[at : at + CARD] for at in range(0, len(text), CARD)]
    header = {key: str(value) for key, value in _joined(cards, typed=False).items()}
    if not header:
        raise BadHeader("the text holds no FITS header cards")
    return dict(header)


def _joined(cards: list[str], *, typed: bool) -> Header:
    """Keyword → value: long strings put together again, comments one to a line."""
    header: Header = {}
    last = ""
    for card in cards:
        keyword, text = card[:8].strip(), card[8:]
        if keyword == "END" and not text.strip():
            break
        if keyword == "CONTINUE":
            before = header.get(last)
            if isinstance(before, str) and before.endswith("&"):
                header[last] = before[:-1] + _string(text)
            continue
        if keyword in _MULTILINE:
            line = text.rstrip()
            if keyword and line.strip():
                header[keyword] = f"{header[keyword]}\n{line}" if keyword in header else line
            continue
        if keyword == "HIERARCH" and "=" in text:
            keyword, _, text = text.partition("=")
            keyword = keyword.strip()
        elif not text.startswith("="):
            continue
        else:
            text = text[1:]
        header[keyword] = _value(text) if typed else _as_written(text)
        last = keyword
    return header


def _string(text: str) -> str:
    found = _STRING.match(text)
    return found[1].replace("''", "'").rstrip() if found else ""


def _as_written(text: str) -> str:
    return _string(text) if text.lstrip().startswith("'") else text.partition("/")[0].strip()


def _value(text: str) -> Value:
    """A value with the type that it has in FITS."""
    written = _as_written(text)
    if text.lstrip().startswith("'"):
        return written
    if written in ("T", "F"):
        return written == "T"
    if not _NUMBER.fullmatch(written):
        return written
    if re.fullmatch(r"[+-]?\d+", written):
        return int(written)
    return float(written.upper().replace("D", "E"))


# --- Headers in FITS files ---------------------------------------------------------------------------------


def from_fits(file: IO[bytes]) -> Header:
    """The image's header in a FITS file, packed (`.fz`) or not, with the types that it has there.

    Reads headers only, never pixels, and without astropy: importing that takes half a second. A packed image
    stands in the first extension, its own keywords renamed (FITS standard 4.0, section 10.1); the primary
    header of such a file says nothing. Raises BadHeader.
    """
    if file.read(6) != b"SIMPLE":
        raise BadHeader("the file does not begin with a FITS header")
    file.seek(0)
    primary = _joined(list(_cards(file)), typed=True)
    if primary.get("NAXIS") != 0:
        return primary
    try:
        extension = _joined(list(_cards(file)), typed=True)
    except BadHeader:
        return primary
    if extension.get("ZIMAGE") is not True:
        return {**extension, **primary} if len(extension) > len(primary) else primary
    return _unpacked(extension)


def _cards(file: IO[bytes]) -> Iterator[str]:
    read = 0
    while read < MOST_BYTES:
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            raise BadHeader("the file ends inside its header" if read or block else "the file is empty")
        read += BLOCK
        for at in range(0, BLOCK, CARD):
            card = block[at : at + CARD].decode("latin-1")
            if not card.isprintable():
                raise BadHeader("the file does not begin with a FITS header")
            if card.rstrip() == "END":
                return
            yield card
    raise BadHeader("the header has no end")


def _unpacked(table: Header) -> Header:
    """The keywords of the image that a binary table holds compressed."""
    header: Header = {"SIMPLE": True}
    for keyword, value in table.items():
        if keyword in _RENAMED:
            header[_RENAMED[keyword]] = value
        elif re.fullmatch(r"ZNAXIS\d*", keyword):
            header[keyword[1:]] = value
        elif not _TABLE.fullmatch(keyword):
            header[keyword] = value
    header.pop("XTENSION", None)
    if header.get("EXTNAME") == "COMPRESSED_IMAGE":
        del header["EXTNAME"]
    return header


# --- What the columns take ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Columns:
    """What can be searched and shown of a frame. None: the header does not say.

    Angles are degrees (right ascension too), times are aware, `exposure_time` is seconds.
    """

    capture_date: datetime | None = None
    right_ascension: float | None = None
    declination: float | None = None
    altitude: float | None = None
    azimuth: float | None = None
    airmass: float | None = None
    exposure_time: float | None = None
    filter_used: str | None = None
    user_id: str | None = None
    username: str | None = None
    smart_stack: str | None = None
    stack_number: int | None = None
    fits_path: str | None = None
    fits_filename: str | None = None

    def known(self) -> dict[str, Any]:
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in pairs if value is not None}


def columns(header: Header) -> Columns:
    return Columns(
        capture_date=_instant(header),
        right_ascension=_right_ascension(header),
        declination=_declination(header),
        altitude=_number(header.get("ALTITUDE")),
        azimuth=_number(header.get("AZIMUTH")),
        airmass=_number(header.get("AIRMASS")),
        exposure_time=_number(header.get("EXPTIME", header.get("EXPOSURE"))),
        filter_used=_text(header.get("FILTER"), 100),
        user_id=restored(found) if (found := _text(header.get("USERID"), 200)) else None,
        username=_text(header.get("USERNAME"), 255),
        smart_stack=_text(header.get("SMARTSTK"), 100),
        stack_number=_whole(header.get("SSTKNUM")),
        fits_path=_fits_path(header),
        fits_filename=_text(header.get("ORIGNAME"), 255),
    )


def _number(value: Value | None) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: Value | None) -> int | None:
    number = _number(value)
    return int(number) if number is not None and abs(number) < 2**31 else None


def _text(value: Value | None, longest: int) -> str | None:
    text = "" if value is None else str(value).strip()
    return text[:longest] or None


def _sexagesimal(value: Value | None) -> float | None:
    """`05:35:17.3`, `-05 23 28` or `5h35m17s` as a number of its first unit; None for anything else."""
    match = re.fullmatch(
        r"([+-]?)(\d+)[:hd°\s]\s*(\d+)[:m'′\s]\s*(\d+(?:\.\d*)?)[s\"″]?", str(value or "").strip()
    )
    if not match:
        return None
    size = int(match[2]) + int(match[3]) / 60 + float(match[4]) / 3600
    return -size if match[1] == "-" else size


def _right_ascension(header: Header) -> float | None:
    """Degrees, from `CRVAL1` (degrees), else `RAHRS` (hours), else `RA` in hours, minutes and seconds."""
    degrees = _number(header.get("CRVAL1"))
    if degrees is None:
        hours = _number(header.get("RAHRS"))
        if hours is None:
            hours = _sexagesimal(header.get("RA"))
        degrees = None if hours is None else hours * 15
    return degrees % 360 if degrees is not None else None


def _declination(header: Header) -> float | None:
    degrees = _number(header.get("CRVAL2"))
    if degrees is None:
        degrees = _number(header.get("DEC"))
    if degrees is None:
        degrees = _sexagesimal(header.get("DEC"))
    return degrees if degrees is not None and -90 <= degrees <= 90 else None


def _instant(header: Header) -> datetime | None:
    """`DATE-OBS` (UTC, ISO 8601), to the millisecond."""
    written = str(header.get("DATE-OBS", "")).strip().replace("T", " ").removesuffix("Z")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written) and (clock := header.get("TIME-OBS", header.get("UTC"))):
        written = f"{written} {clock}"
    try:
        instant = datetime.fromisoformat(written)
    except ValueError:
        return None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _fits_path(header: Header) -> str | None:
    """Where the site keeps the raw frame: `{SITEID}/{INSTRUME}/{DAY-OBS}/raw`."""
    parts = [str(header.get(keyword, "")).strip() for keyword in ("SITEID", "INSTRUME", "DAY-OBS")]
    return "/".join([*parts, "raw"])[:255] if all(parts) else None
