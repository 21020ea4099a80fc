"""Where the parts of a FITS file lie and what their pixels are, from the headers alone.

For whoever must know how large a frame is before any of it is decoded, also where it comes as a stream
(FITS 4.0, sections 3, 4.4 and 10.1). Only the keywords that say so are read, so that no other card can make a
frame unreadable. What the console's viewer understands is the same: images/tests/pixel_cases.json. No Django,
no numpy, no astropy: importing that takes half a second.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import IO

BLOCK, CARD = 2880, 80
MOST_HEADER_BYTES = 4 * 1024 * 1024
# The largest camera here has 151 Mpx. What is larger, or comes to more bytes than may be uploaded by default,
# is taken for a bomb.
MOST_PIXELS = 400_000_000
MOST_BYTES = 2 * 1024**3
# A tile is decoded in one piece. (4096 × 4096 packed as a whole, as some programs do, is half of it.)
MOST_TILE_PIXELS = 32 * 1024 * 1024

Value = str | float | bool

_LAYOUT = re.compile(
    r"SIMPLE|XTENSION|BITPIX|NAXIS\d{0,3}|PCOUNT|GCOUNT|GROUPS|BSCALE|BZERO|BLANK|"
    r"ZIMAGE|ZBITPIX|ZNAXIS\d{0,3}|ZTILE\d{1,3}|ZCMPTYPE"
)
_TEXT = re.compile(r"\s*'((?:[^']|'')*)'")
_BYTES = {8: 1, 16: 2, 32: 4, 64: 8, -32: 4, -64: 8}
_NO_FITS = "it is not a FITS file"


class Unreadable(ValueError):
    """The file is not what its name says, or damaged; the text says how."""


class TooLarge(Unreadable):
    """It would take more than any frame here may; the text says what of."""


@dataclass(frozen=True, slots=True)
class Part:
    """A header and its data unit (an HDU). `raw` is the header as it stands in the file."""

    cards: dict[str, Value]
    raw: bytes
    start: int

    @property
    def data_at(self) -> int:
        return self.start + len(self.raw)

    @property
    def data_bytes(self) -> int:
        """What the header promises, without padding."""
        axes = self._axes("NAXIS")
        if self.cards.get("GROUPS") is True and axes[:1] == [0]:
            axes = axes[1:]
        elements = prod(axes) if axes else 0
        extra = self._whole("PCOUNT", 0) if elements or self.is_packed else 0
        return self._whole("GCOUNT", 1) * (extra + elements) * self._bytes_of("BITPIX")

    @property
    def end(self) -> int:
        """Where the next part begins."""
        return self.data_at + padded(self.data_bytes)

    @property
    def is_packed(self) -> bool:
        """An image stored in a table, tile by tile."""
        return self.cards.get("XTENSION") == "BINTABLE" and self.cards.get("ZIMAGE") is True

    @property
    def is_image(self) -> bool:
        if self.cards.get("XTENSION", "IMAGE") not in ("IMAGE", "IUEIMAGE") and not self.is_packed:
            return False
        return len(self.axes) >= 2 and prod(self.axes) > 0

    @property
    def axes(self) -> list[int]:
        """Of the image, packed or not: the fastest first, as in the header."""
        return self._axes("ZNAXIS" if self.is_packed else "NAXIS")

    @property
    def bitpix(self) -> int:
        name = "ZBITPIX" if self.is_packed else "BITPIX"
        self._bytes_of(name)
        return self._whole(name, 0)

    @property
    def tile(self) -> list[int]:
        """By default a row."""
        return [self._whole(f"ZTILE{n}", size if n == 1 else 1) for n, size in enumerate(self.axes, start=1)]

    @property
    def plain_bytes(self) -> int:
        """Of the image when it is unpacked."""
        return prod(self.axes) * _BYTES[self.bitpix]

    def number(self, name: str, otherwise: float | None) -> float | None:
        """A card's number, also where it was written as text; `otherwise` where there is none."""
        value = _as_number(self.cards.get(name))
        return otherwise if value is None or value != value else value

    def _axes(self, name: str) -> list[int]:
        return [self._whole(f"{name}{n}", None) for n in range(1, self._whole(name, 0, most=999) + 1)]

    def _bytes_of(self, name: str) -> int:
        try:
            return _BYTES[self._whole(name, None)]
        except KeyError:
            raise Unreadable(f"its {name} is {self.cards.get(name)}") from None

    def _whole(self, name: str, otherwise: int | None, most: int = 2**62) -> int:
        value = self.number(name, otherwise)
        if value is None or value != int(value) or abs(value) > most or (value < 0 and "BITPIX" not in name):
            raise Unreadable(f"its header has no usable {name}")
        return int(value)


def padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


# --- Reading -----------------------------------------------------------------------------------------------


def parts(file: IO[bytes]) -> Iterator[Part]:
    """One after the other, from a file that can seek. What follows the last part and is no header is left."""
    at = 0
    while (part := read_part(file, at)) is not None:
        yield part
        at = part.end
        file.seek(at)


def read_part(file: IO[bytes], start: int) -> Part | None:
    """The header that begins here; None where none does. Raises Unreadable for a file that is no FITS."""
    raw = file.read(BLOCK)
    if start and not raw.startswith(b"XTENSION"):
        return None
    if not start and not raw.startswith(b"SIMPLE"):
        raise Unreadable(_NO_FITS if raw else "there is nothing in it")
    blocks = [raw]
    while not _has_end(blocks[-1]):
        blocks.append(file.read(BLOCK))
        if not blocks[-1]:
            raise Unreadable("it ends inside a header")
        if len(blocks) * BLOCK > MOST_HEADER_BYTES:
            raise Unreadable("a header in it has no end")
    whole = b"".join(blocks)
    # The last block of a file may be short.
    return Part(_layout(whole), whole.ljust(padded(len(whole))), start)


def _has_end(block: bytes) -> bool:
    return any(block[at : at + CARD].rstrip() == b"END" for at in range(0, len(block), CARD))


def _layout(raw: bytes) -> dict[str, Value]:
    """The cards that say where what lies; of two with the same name the first."""
    found: dict[str, Value] = {}
    for at in range(0, len(raw), CARD):
        card = raw[at : at + CARD].decode("latin-1")
        name = card[:8].rstrip()
        if name == "END":
            break
        if card[8:10] == "= " and _LAYOUT.fullmatch(name):
            found.setdefault(name, _value(card[10:]))
    return found


def _value(text: str) -> Value:
    if quoted := _TEXT.match(text):
        return quoted[1].replace("''", "'").rstrip()
    bare = text.partition("/")[0].strip()
    if bare in ("T", "F"):
        return bare == "T"
    number = _as_number(bare)
    return bare if number is None else number


def _as_number(value: Value | None) -> float | None:
    """Whole numbers stay whole: a BLANK of 64 bits is no double."""
    if value is None or isinstance(value, bool | int | float):
        return None if isinstance(value, bool) else value
    text = value.strip()
    # No card is longer than 80 characters, so this costs little whatever stands there.
    for read in (int, lambda text: float(text.upper().replace("D", "E"))):
        try:
            return read(text)
        except ValueError:
            continue
    return None


# --- Choosing ----------------------------------------------------------------------------------------------


def first_image(file: IO[bytes]) -> Part:
    """The first image of two axes or more; raises Unreadable."""
    for part in parts(file):
        if part.is_image:
            check(part)
            return part
    raise Unreadable("there is no image in it")


def check(part: Part) -> None:
    """That an image can be decoded in little memory; raises Unreadable."""
    width, height, *_ = part.axes
    if width * height > MOST_PIXELS:
        raise TooLarge(f"its {width} × {height} pixels are more than the {MOST_PIXELS:,} that are read")
    if part.is_packed and prod(part.tile) > MOST_TILE_PIXELS:
        raise TooLarge(f"a tile of it has more than {MOST_TILE_PIXELS:,} pixels")
    check_size(part.plain_bytes)


def check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise TooLarge(f"unpacked it has more than {MOST_BYTES / 1024**3:g} GiB")
