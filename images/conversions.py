"""Pictures made of files: thumbnails of jpgs, TIFFs and jpgs of frames. Run in a child process
(images.childprocess).

Paths in, paths out: no Django, no database. What cannot be read, or is larger than any frame here, raises
Unreadable with the reason, before any of it is decoded.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from images import fitsfile, stretching
from images.fitsfile import MOST_PIXELS, Part, TooLarge, Unreadable
from images.unpacking import (
    DAMAGED,
    STRIP_BYTES,
    as_unreadable,
    make_room,
    opened,
    strips,
    unpack,
)

THUMBNAIL_PX = 128
# Of a picture that is wider the whole width is shown, with black above and below: a strip of 65,500 × 2
# pixels at 128 px height would be 2.4 GB.
MOST_THUMBNAIL_WIDTH = 512
# Telescopes send jpgs about 900 px wide.
MOST_PREVIEW_PX = 1600
# Pillow's own check comes too late for us: it counts pixels, and warns.
Pillow.MAX_IMAGE_PIXELS = None
# A progressive jpg is decoded from all its coefficients, two bytes each, whatever size is asked for.
MOST_COEFFICIENT_BYTES = 256 * 1024**2
# Cameras and programs make ten or so. Each goes through the whole picture again, however little it has in it:
# 3000 of them in 100 KB took the 30 s that there are, and other files waited.
MOST_SCANS = 100
_SCAN = b"\xff\xda"
_PIECE = 1024**2

_NO_PICTURE = (UnidentifiedImageError, OSError, SyntaxError, ValueError)


# --- jpg ---------------------------------------------------------------------------------------------------


def check_jpg(source: Path) -> None:
    """That it begins as a jpg of a possible size does; raises Unreadable."""
    with _jpg(source) as picture:
        picture.verify()


def thumbnail(source: Path, target: Path) -> None:
    """A jpg of THUMBNAIL_PX height, the width in proportion, up to MOST_THUMBNAIL_WIDTH."""
    with _jpg(source) as picture:
        # The decoder itself skips detail that the thumbnail will not show: a quarter of the time.
        width, height = _thumbnail_size(picture)
        picture.draft(None, (width * 2, height * 2))
        small = picture.convert("RGB") if picture.mode not in ("L", "RGB") else picture
        small = small.resize((width, height), Pillow.Resampling.LANCZOS)
        if height < THUMBNAIL_PX:
            backdrop = Pillow.new(small.mode, (width, THUMBNAIL_PX))
            backdrop.paste(small, (0, (THUMBNAIL_PX - height) // 2))
            small = backdrop
        small.save(target, "JPEG", quality=85)


def _thumbnail_size(picture: Any) -> tuple[int, int]:
    width = max(1, round(picture.width * THUMBNAIL_PX / picture.height))
    if width <= MOST_THUMBNAIL_WIDTH:
        return width, THUMBNAIL_PX
    return MOST_THUMBNAIL_WIDTH, max(1, round(picture.height * MOST_THUMBNAIL_WIDTH / picture.width))


@contextmanager
def _jpg(source: Path) -> Iterator[Any]:
    try:
        with Pillow.open(source, formats=["JPEG"]) as picture:
            _check_size(picture)
            _check_scans(source)
            yield picture
    except UnidentifiedImageError:
        raise Unreadable("not a jpg") from None
    except _NO_PICTURE as error:
        raise as_unreadable(error, "not a jpg") from None


def _check_size(picture: Any) -> None:
    size = f"its {picture.width} × {picture.height} pixels"
    if picture.width * picture.height > MOST_PIXELS:
        raise TooLarge(f"{size} are more than the {MOST_PIXELS:,} that are read")
    if picture.info.get("progressive") and _coefficient_bytes(picture) > MOST_COEFFICIENT_BYTES:
        raise TooLarge(f"{size} are too many for a progressive jpg; please send it as a baseline one")


def _check_scans(source: Path) -> None:
    """Within a scan, 0xff is followed by 0: its marker stands nowhere else but, rarely, in metadata."""
    found, before = 0, b""
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            found += (before + piece).count(_SCAN)
            if found > MOST_SCANS:
                raise TooLarge(f"it has more than the {MOST_SCANS} scans that are read")
            before = piece[-1:] if piece.endswith(_SCAN[:1]) else b""


def _coefficient_bytes(picture: Any) -> float:
    """Of the parts of a jpg: each (id, samples across, samples down, table) for the largest's."""
    layers = [(across, down) for _, across, down, *_ in picture.layer]
    most = max((across for across, _ in layers), default=1) * max((down for _, down in layers), default=1)
    samples = sum(across * down for across, down in layers) / most
    return float(picture.width * picture.height * samples * 2)


# --- TIFF, and jpg of a frame ------------------------------------------------------------------------------


def tiff(source: Path, target: Path, stretch: str) -> None:
    """A 16-bit grey TIFF of the first image's pixels, in their order. Uncompressed: bz2 takes 80 times
    as long.

    The frame is read twice in strips, once for black and white and once for the greys, so that memory does
    not grow with it. What is packed lies unpacked beside `target` meanwhile.
    """
    with _frame(source, target.parent) as frame:
        _write_tiff(frame, target, stretch)


def preview(source: Path, target: Path) -> None:
    """A grey jpg of the first image's pixels, as the TIFF by arcsinh shows them, in their order; of a frame
    with more than MOST_PREVIEW_PX in a row or column the mean of so many pixels that it fits."""
    with _frame(source, target.parent) as frame:
        _write_preview(frame, target)


@contextmanager
def _frame(source: Path, folder: Path) -> "Iterator[Frame]":
    try:
        with _plain(source, folder) as (file, part):
            yield Frame(file, part)
    except DAMAGED as error:
        raise as_unreadable(error, "cannot be read as FITS") from None


@contextmanager
def _plain(source: Path, folder: Path) -> Iterator[tuple[IO[bytes], Part]]:
    """An open file with the first image's pixels as they are stored; and where they lie."""
    with tempfile.TemporaryDirectory(dir=folder, suffix=".draft") as beside:
        if packing := _packing(source):
            plain = Path(beside, "plain")
            unpack(source, plain, packing)
            source = plain
        with source.open("rb") as file:
            part = fitsfile.first_image(file)
            if not part.is_packed:
                yield file, part
                return
            number = [one.start for one in fitsfile.parts(_rewound(file))].index(part.start)
        make_room(folder, part.plain_bytes)
        with opened(source, number) as hdu, tempfile.TemporaryFile(dir=beside) as pixels:
            for strip in strips(hdu, part, planes=1):
                pixels.write(np.ascontiguousarray(strip, strip.dtype.newbyteorder(">")).data)
            yield pixels, Part({**part.cards, **_unpacked(part)}, b"", 0)


# How a file begins that is packed as a whole; its name is not known where it comes from an object store.
_BEGINNINGS = {b"\x1f\x8b": "gz", b"BZ": "bz2"}


def _packing(source: Path) -> str:
    with source.open("rb") as file:
        return _BEGINNINGS.get(file.read(2), "")


def _unpacked(part: Part) -> dict[str, fitsfile.Value]:
    """The layout of a packed image's first plane by itself."""
    plane = {f"NAXIS{n}": size for n, size in enumerate(part.axes[:2], start=1)}
    return {"XTENSION": "IMAGE", "BITPIX": part.bitpix, "NAXIS": 2, "PCOUNT": 0, "GCOUNT": 1, **plane}


def _rewound(file: IO[bytes]) -> IO[bytes]:
    file.seek(0)
    return file


_KINDS = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


class Frame:
    """An image in an open file.

    Its numbers are taken as they are stored: the physical values are these times BSCALE plus BZERO, which no
    stretch from darkest to brightest notices, unless BSCALE is negative: then they are negated.
    """

    def __init__(self, file: IO[bytes], part: Part) -> None:
        self.file = file
        self.part = part
        self.width, self.height = part.axes[:2]
        self.pixels = self.width * self.height
        self.dtype = np.dtype(_KINDS[part.bitpix])
        self.blank = part.number("BLANK", None) if part.bitpix > 0 else None
        self.sign = -1 if (part.number("BSCALE", 1) or 1) < 0 else 1

    def strips(self) -> Iterator[NDArray[Any]]:
        """The first plane, some rows at a time."""
        self.file.seek(self.part.data_at)
        rows = max(1, STRIP_BYTES // (self.width * 8))
        for row in range(0, self.height, rows):
            count = min(rows, self.height - row) * self.width
            strip = np.frombuffer(self.file.read(count * self.dtype.itemsize), self.dtype)
            if strip.size < count:
                raise Unreadable("it ends too early")
            yield strip.astype(self.dtype.newbyteorder("="), copy=False)

    def values(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """For the stretch: numbers that grow with brightness, NaN where there is none."""
        values = stored.astype(np.float64) * self.sign
        if self.blank is not None:
            values[stored == self.blank] = np.nan
        return values

    def greys(self, stretch: str) -> Callable[[NDArray[Any]], NDArray[np.uint16]]:
        """What makes greys of this frame's strips."""
        between = stretching.ends(self.values(stretching.sampled(self.strips(), self.pixels, self.width)))
        if self.dtype.kind in "iu" and self.dtype.itemsize <= 2:
            return stretching.Table(self.dtype, between, stretch, self.blank, self.sign)
        return lambda strip: stretching.curve(self.values(strip), between, stretch, np.float32)


def _write_tiff(frame: Frame, target: Path, stretch: str) -> None:
    import tifffile

    make_room(target.parent, frame.pixels * 2)
    greys = frame.greys(stretch)
    # A file with room for the pixels, which then are put there: nothing holds all of them.
    place: Any = tifffile.imwrite(
        target, shape=(frame.height, frame.width), dtype="<u2", byteorder="<", photometric="minisblack",
        metadata=None, software="photonranch", returnoffset=True,
    )  # fmt: skip
    with target.open("r+b") as file:
        file.seek(place[0])
        for strip in frame.strips():
            file.write(greys(strip).astype("<u2", copy=False).data)


def _write_preview(frame: Frame, target: Path) -> None:
    many = ceil(max(frame.width, frame.height) / MOST_PREVIEW_PX)
    across, down = min(many, frame.width), min(many, frame.height)
    greys = frame.greys("arcsinh")
    strips = (greys(strip).reshape(-1, frame.width) for strip in frame.strips())
    small = np.concatenate(list(_means(strips, across, down)))
    Pillow.fromarray(np.rint(small / 257).astype(np.uint8)).save(target, "JPEG", quality=90)


def _means(strips: Iterator[NDArray[Any]], across: int, down: int) -> Iterator[NDArray[np.float32]]:
    """Of rectangles of so many pixels each; what is left over at the right and below is left out."""
    rest: NDArray[Any] | None = None
    for strip in strips:
        rows = strip if rest is None else np.concatenate([rest, strip])
        height, width = len(rows) // down, rows.shape[1] // across
        whole = rows[: height * down, : width * across].reshape(height, down, width, across)
        yield whole.mean(axis=(1, 3), dtype=np.float32)
        rest = rows[height * down :]
