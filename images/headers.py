"""FITS headers: read out of header text and FITS files.

Headers only, never pixels, and nothing of astropy for what a camera writes: a card read by it takes 25 times
as long (`images.cards`). What the archive's columns take from a header is in `images.columns`. Pure: no
Django, no disk; only `from_fits` reads, from the open file it is given.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO

from images.cards import CARD, NAME_OF_PACKED, Header, Mended, decoded, parsed, split, whole_columns
from images.columns import Columns, columns
from images.values import Value

__all__ = ["MOST_BYTES", "BadHeader", "Columns", "Header", "Value", "columns", "from_fits", "from_text"]

BLOCK = 2880
# The largest header seen is some 30 kB; what goes on longer is no header. All headers of a file together.
MOST_BYTES = 4 * 1024 * 1024
# How far to look for a picture behind tables and other extensions.
MOST_EXTENSIONS = 100
# A packed file is read up to its first picture's header; a small one may unpack to terabytes.
MOST_SKIPPED = 4 * 1024**3

# What describes the table that a compressed image is stored in, and not the image.
_TABLE = re.compile(
    r"XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|T(TYPE|FORM|UNIT|DIM|NULL|SCAL|ZERO)\d+|THEAP|"
    r"Z(IMAGE|CMPTYPE|TILE\d+|NAME\d+|VAL\d+|QUANTIZ|DITHER0|MASKCMP|BLANK|SCALE|ZERO)|"
    r"CHECKSUM|DATASUM"
)
_RENAMED = {
    "ZBITPIX": "BITPIX", "ZSIMPLE": "SIMPLE", "ZEXTEND": "EXTEND", "ZTENSION": "XTENSION",
    "ZPCOUNT": "PCOUNT", "ZGCOUNT": "GCOUNT", "ZHECKSUM": "CHECKSUM", "ZDATASUM": "DATASUM",
}  # fmt: skip
# What describes the primary's own data.
_OF_DATA = re.compile(r"BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|CHECKSUM|DATASUM")


class BadHeader(ValueError):
    """What was read is no FITS header; the text says why."""


# --- Header text -------------------------------------------------------------------------------------------


def from_text(data: bytes) -> Header:
    """The header that a telescope sends as text beside its jpg; values are text, as they stand there.

    The cards come without line ends, 80 bytes or 80 characters each, or one to a line. Raises BadHeader.
    """
    mended = Mended()
    if len(data) > MOST_BYTES:
        mended.add(f"only the first {MOST_BYTES} bytes were read")
    data = data[:MOST_BYTES].removeprefix(b"\xef\xbb\xbf")
    cards = whole_columns(data) or (decoded(card, mended, ascii_only=False) for card in split(data))
    header = parsed(cards, mended, typed=False)
    if not header:
        raise BadHeader("the text holds no FITS header cards")
    return header


# --- Headers in FITS files ---------------------------------------------------------------------------------


def from_fits(file: IO[bytes]) -> Header:
    """The header of a frame: the primary header's and that of the file's first picture, whose own values
    count where both have a keyword; with the types that values have in FITS.

    A packed picture stands in a table, its own keywords renamed (FITS standard 4.0, section 10.1). A file
    without a picture has its primary header. Raises BadHeader.
    """
    if file.read(6) != b"SIMPLE":
        raise BadHeader("the file does not begin with a FITS header")
    file.seek(0)
    mended = Mended()
    hdus = _Hdus(file, mended)
    primary = hdus.next()
    if _is_picture(primary):
        return primary
    picture = next((hdu for hdu in hdus.after(primary) if _is_picture(hdu)), None)
    return _together(primary, picture) if picture is not None else primary


def _is_picture(header: Header) -> bool:
    packed = header.get("ZIMAGE") is True
    sizes = _sizes(header, "ZNAXIS" if packed else "NAXIS")
    return (packed or header.get("XTENSION", "IMAGE") == "IMAGE") and len(sizes) >= 2 and all(sizes)


def _together(primary: Header, picture: Header) -> Header:
    own = _unpacked(picture) if picture.get("ZIMAGE") is True else dict(picture)
    inherited = {keyword: value for keyword, value in primary.items() if not _OF_DATA.fullmatch(keyword)}
    header = Header({**inherited, **own}, primary.mended)
    header.comments = {
        keyword: comment
        for keyword in header
        if (comment := (picture if keyword in own else primary).comments.get(keyword))
    }
    return header


def _unpacked(table: Header) -> dict[str, Value]:
    """The keywords of the image that a binary table holds compressed."""
    header: dict[str, Value] = {}
    for keyword, value in table.items():
        if name := _name_of_packed(keyword):
            header[name] = value
    if header.get("EXTNAME") == NAME_OF_PACKED:
        del header["EXTNAME"]
    return header


@lru_cache(maxsize=4096)
def _name_of_packed(keyword: str) -> str:
    """What a keyword beside a packed picture is called beside a plain one; nothing when it is the table's.
    Remembered, as a camera writes the same ones into every frame."""
    if re.fullmatch(r"ZNAXIS\d*", keyword):
        return keyword[1:]
    return _RENAMED.get(keyword) or ("" if _TABLE.fullmatch(keyword) else keyword)


@dataclass
class _Hdus:
    """The headers of a file's parts, one after the other. Their data is passed over, not read."""

    file: IO[bytes]
    mended: Mended
    budget: int = MOST_BYTES
    skipped: int = 0

    def next(self) -> Header:
        """The header that begins here; raises BadHeader."""
        cards = list(self._cards())
        return parsed(cards, self.mended, typed=True)

    def after(self, header: Header) -> Iterator[Header]:
        """Those that follow one; they end where the file does, or what is there is none."""
        for _ in range(MOST_EXTENSIONS):
            try:
                if not self._skip_data(header):
                    return
                header = self.next()
            except (BadHeader, OSError, EOFError):
                return
            if "XTENSION" not in header:
                return
            yield header

    def _skip_data(self, header: Header) -> bool:
        size = _data_size(header)
        if size is None or self.skipped + size > MOST_SKIPPED:
            return False
        self.skipped += size
        self.file.seek(size, 1)
        return True

    def _cards(self) -> Iterator[str]:
        read = 0
        while self.budget > 0:
            block = self.file.read(BLOCK)
            self.budget -= BLOCK
            read += len(block)
            plain = block.isascii() and (text := block.decode("ascii")).isprintable()
            for at in range(0, len(block), CARD):
                card = text[at : at + CARD] if plain else self._decoded(block[at : at + CARD])
                if card.rstrip() == "END":
                    return
                yield card
            if len(block) < BLOCK:
                raise BadHeader("the file ends inside its header" if read else "the file is empty")
        raise BadHeader("the header has no end")

    def _decoded(self, card: bytes) -> str:
        return decoded(card, self.mended, ascii_only=True)


def _sizes(header: Header, keyword: str = "NAXIS") -> list[int]:
    """The lengths of its axes; none when the header does not say."""
    count = header.get(keyword)
    if not isinstance(count, int) or not 0 < count < 1000:
        return []
    sizes = [header.get(f"{keyword}{number + 1}") for number in range(count)]
    whole = [size for size in sizes if isinstance(size, int) and size >= 0]
    return whole if len(whole) == count else []


def _data_size(header: Header) -> int | None:
    """The bytes from here to the next header (FITS 4.0, section 4.4.1.2); None when that is not told."""
    bits = header.get("BITPIX")
    if not isinstance(bits, int) or abs(bits) not in (8, 16, 32, 64):
        return None
    sizes = _sizes(header)
    if header.get("GROUPS") is True and sizes[:1] == [0]:
        sizes = sizes[1:]
    pixels = 1 if sizes else 0
    for size in sizes:
        pixels *= size
    extra, groups = header.get("PCOUNT", 0), header.get("GCOUNT", 1)
    if not isinstance(extra, int) or not isinstance(groups, int):
        return None
    size = abs(bits) // 8 * max(groups, 0) * (max(extra, 0) + pixels)
    return -(-size // BLOCK) * BLOCK
