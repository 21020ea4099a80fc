"""Plain files of packed ones, no larger than their headers promise, in little memory. Paths in, paths out."""

import bz2
import errno
import gzip
import os
import shutil
import warnings
import zlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from images.fitsfile import (
    BLOCK,
    MOST_BYTES,
    Part,
    TooLarge,
    Unreadable,
    check,
    check_size,
    padded,
    parts,
    read_part,
)

CHUNK = 1024 * 1024
# So much is decoded at a time.
STRIP_BYTES = 8 * 1024 * 1024
# What is no larger than this is decoded in one piece.
WHOLE_BYTES = 48 * 1024 * 1024
# What is left for everything else on the disk.
LEAST_FREE = 256 * 1024**2
# How files are packed as a whole. Frames packed by tiles (.fz) are FITS files themselves.
PACKINGS: dict[str, Any] = {"bz2": bz2.open, "gz": gzip.open}
# What astropy and the standard library raise over damaged files.
DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    UserWarning,
    zlib.error,
)


def unpack(source: Path, target: Path, packing: str) -> None:
    """The plain file of a packed one. `packing`: fz (tile-compressed FITS), bz2 or gz. Raises Unreadable, and
    OSError where the disk has no room for it."""
    try:
        with target.open("wb") as plain:
            if packing in PACKINGS:
                with PACKINGS[packing](source, "rb") as packed:
                    _unpack_whole(packed, plain)
            else:
                _unpack_tiles(source, plain)
    except DAMAGED as error:
        raise as_unreadable(error, "cannot be unpacked") from None


def as_unreadable(error: BaseException, what: str) -> Exception:
    """What a file's damage is told as; size and a full disk are none."""
    if isinstance(error, TooLarge):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return error
    return Unreadable(f"{what}: {' '.join(str(error).split())[:200] or type(error).__name__}")


def make_room(folder: Path, size: int) -> None:
    """Raises OSError unless the disk has `size` bytes to spare."""
    if shutil.disk_usage(folder).free - LEAST_FREE < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- Packed as a whole -------------------------------------------------------------------------------------


def _unpack_whole(packed: IO[bytes], plain: IO[bytes]) -> None:
    """A FITS file is taken part by part, each as long as its header promises; of another file, what the disk
    can hold and a file may have."""
    first = packed.read(BLOCK)
    if not first:
        raise Unreadable("there is nothing in it")
    if not first.startswith(b"SIMPLE  ="):
        plain.write(first)
        return _copy(packed, plain, MOST_BYTES - len(first), more="refuse")
    stream: Any = _Rejoined(first, packed)
    size = 0
    while part := read_part(stream, size):
        size += len(part.raw) + padded(part.data_bytes)
        check_size(size)
        make_room(Path(plain.name).parent, len(part.raw) + part.data_bytes)
        plain.write(part.raw)
        _copy(packed, plain, padded(part.data_bytes), more="leave")
    return None


class _Rejoined:
    """A stream of which the beginning has been read."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self.first = first
        self.rest = rest

    def read(self, size: int) -> bytes:
        first, self.first = self.first, b""
        return first or self.rest.read(size)


def _copy(packed: IO[bytes], plain: IO[bytes], most: int, more: str) -> None:
    """Up to `most` bytes; when there is `more`, leave it or refuse the whole."""
    while most and (chunk := packed.read(min(CHUNK, most))):
        make_room(Path(plain.name).parent, len(chunk))
        plain.write(chunk)
        most -= len(chunk)
    if more == "refuse" and not most and packed.read(1):
        check_size(MOST_BYTES + 1)


# --- Packed by tiles ---------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def astropy_fits() -> Any:
    """astropy.io.fits, imported when first used: half a second. A frame that ends early is an error here."""
    from astropy.io import fits

    warnings.filterwarnings("error", message="File may have been truncated", category=UserWarning)
    return fits


def _unpack_tiles(source: Path, plain: IO[bytes]) -> None:
    """As cfitsio's funpack leaves it: the image alone in the primary HDU when nothing else is there.

    Integers stay as they are stored, without scaling, so every pixel is the camera's. What only the primary
    header said stays with the image.
    """
    with source.open("rb") as file:
        found = list(parts(file))
        kept = [part for part in found if part.start or part.data_bytes]
        if not kept:
            raise Unreadable("there is no image in it")
        if not kept[0].is_packed:
            kept = found
        for part in kept:
            if part.is_packed:
                check(part)
        size = sum(part.plain_bytes if part.is_packed else part.data_bytes for part in kept)
        check_size(size)
        make_room(Path(plain.name).parent, size)
        for part in kept:
            if part.is_packed:
                primary = found[0] if part is kept[0] else None
                with opened(source, found.index(part)) as hdu:
                    plain.write(_plain_header(hdu, part, primary))
                    write_image(hdu, part, plain)
            else:
                _copy_part(file, part, plain)


def _copy_part(file: IO[bytes], part: Part, plain: IO[bytes]) -> None:
    plain.write(part.raw)
    file.seek(part.data_at)
    at = plain.tell()
    _copy(file, plain, part.data_bytes, more="leave")
    _pad(plain, at, part.data_bytes, part.cards.get("XTENSION") == "TABLE")


def _pad(plain: IO[bytes], at: int, size: int, is_text: bool = False) -> None:
    if plain.tell() - at < size:
        raise Unreadable("it ends too early")
    plain.write((b" " if is_text else b"\0") * (padded(size) - size))


class opened:  # noqa: N801  # reads as a function does
    """A packed image of a file as astropy's HDU, numbers as they are stored. Nothing is mapped into memory:
    the file's own size would count against the process' limit."""

    def __init__(self, source: Path, number: int) -> None:
        self.source = source
        self.number = number

    def __enter__(self) -> Any:
        fits = astropy_fits()
        self.hdus = fits.open(self.source, memmap=False, do_not_scale_image_data=True, output_verify="ignore")
        hdu = self.hdus[self.number]
        if not isinstance(hdu, fits.CompImageHDU):
            raise Unreadable("an image in it is packed in a way that is not known")
        return hdu

    def __exit__(self, *_: object) -> None:
        self.hdus.close()


def strips(hdu: Any, part: Part, planes: int | None = None) -> Iterator[NDArray[Any]]:
    """The pixels in their order, some rows at a time: whole rows of tiles, so that none is decoded twice."""
    width, height, *outer = part.axes
    tall = part.tile[1]
    at_once = max(1, STRIP_BYTES // (width * 8 * tall)) * tall
    # In one piece astropy reads a frame's tiles at once and not one by one, which is quicker.
    source = hdu.section[...] if part.plain_bytes <= WHOLE_BYTES else hdu.section
    for above in islice(product(*map(range, reversed(outer))), planes):
        for row in range(0, height, at_once):
            yield np.asarray(source[(*above, slice(row, min(row + at_once, height)), slice(0, width))])


def write_image(hdu: Any, part: Part, plain: IO[bytes]) -> None:
    at = plain.tell()
    for strip in strips(hdu, part):
        plain.write(np.ascontiguousarray(strip, strip.dtype.newbyteorder(">")).data)
    _pad(plain, at, part.plain_bytes)


# What belongs to the table that the image was stored in, or is written anew.
_GONE = {"EXTVER", "INHERIT", "CHECKSUM", "DATASUM", "PCOUNT", "GCOUNT", "ZHECKSUM", "ZDATASUM"}
_BEGINNING = {"SIMPLE", "XTENSION", "BITPIX", "NAXIS", "EXTEND"}


def _plain_header(hdu: Any, part: Part, primary: Part | None) -> bytes:
    """`primary`: given where the image becomes the primary one."""
    fits = astropy_fits()
    header = fits.Header()
    if primary:
        header["SIMPLE"] = True
    else:
        header["XTENSION"] = "IMAGE"
    header["BITPIX"] = part.bitpix
    header["NAXIS"] = len(part.axes)
    for number, size in enumerate(part.axes, start=1):
        header[f"NAXIS{number}"] = size
    if not primary:
        header["PCOUNT"], header["GCOUNT"] = 0, 1
    lines = [*_images_of(header.cards), *_images_of(_own(hdu.header))]
    if primary:
        known = {card.keyword for card in hdu.header.cards}
        above = fits.Header.fromstring(primary.raw).cards
        lines += _images_of(card for card in _own(above, first=True) if card.keyword not in known)
    text = "".join([*lines, "END".ljust(80)]).encode("ascii", "replace")
    return text.ljust(padded(len(text)))


def _own(cards: Any, *, first: bool = False) -> Iterator[Any]:
    """The cards that are the image's. `first`: of the primary header, whose comments are the format's."""
    for card in getattr(cards, "cards", cards):
        name = card.keyword
        structure = name in _BEGINNING or name in _GONE or (name[:5] == "NAXIS" and name[5:].isdigit())
        boilerplate = first and name in ("", "COMMENT", "HISTORY", "CONTINUE")
        if not structure and not boilerplate and (name, card.rawvalue) != ("EXTNAME", "COMPRESSED_IMAGE"):
            yield card


def _images_of(cards: Any) -> Iterator[str]:
    """As they are written; a card that the format has no way to write is left out, not the frame."""
    fits = astropy_fits()
    for card in cards:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                card.verify("silentfix+ignore")
                yield str(card)
        except (ValueError, fits.VerifyError):
            continue
