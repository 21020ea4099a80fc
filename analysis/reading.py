"""A frame's pixels, out of FITS in whatever packing into an array on disk that processes can map.

Runs in the child process (analysis.child): no Django, no database. Read in strips, so that memory does not
grow with the frame; how many pixels it has is known from its header, before any of them is decoded.
"""

import bz2
import gzip
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.errors import NoRoom, Refused
from images import headers
from images.headers import Header
from images.values import number

# The largest camera here has 151 million pixels.
MAX_PIXELS = 160_000_000
STRIP_BYTES = 8 * 1024 * 1024
# What stays free on the disk, for others.
SPARE_BYTES = 512 * 1024 * 1024
# How a file that is packed as a whole begins. Frames packed by tiles (.fz) are FITS files themselves.
PACKINGS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
# What astropy and the standard library raise over damaged files.
DAMAGED = (OSError, EOFError, ValueError, TypeError, KeyError, IndexError, UserWarning)


def decode(source: Path, target: Path) -> None:
    """Write the first plane of the first image in `source` to `target`, as physical values (BSCALE, BZERO);
    what the frame declares as blank is NaN. Raises Refused, and NoRoom."""
    from astropy.io import fits

    warnings.simplefilter("ignore")
    warnings.filterwarnings("error", message="File may have been truncated", category=UserWarning)
    try:
        scale = _scale_in_text(_checked_header(source))
        # Not mapped: astropy maps no scaled image, and of one that is not it reads the strips alone as well.
        how: dict[str, Any] = {"memmap": False, "output_verify": "ignore"}
        with (
            _opened(source) as file,
            fits.open(file, **how, do_not_scale_image_data=scale is not None) as hdus,
        ):
            _write(_first_image(hdus), target, scale)
    except DAMAGED as error:
        raise Refused(f"it cannot be read as FITS ({_brief(error)})", lasting=True) from None


def pixels(decoded: Path) -> NDArray[Any]:
    """What `decode` wrote, mapped: only what is looked at is read."""
    found: NDArray[Any] = np.asarray(np.load(decoded, mmap_mode="r", allow_pickle=False))
    return found


@contextmanager
def _opened(source: Path) -> Iterator[Any]:
    """What astropy opens: a path, or the file inside one that is packed."""
    with source.open("rb") as file:
        beginning = file.read(3)
    for magic, unpack in PACKINGS.items():
        if beginning.startswith(magic):
            with unpack(source, "rb") as unpacked:
                yield unpacked
            return
    yield str(source)


def _checked_header(source: Path) -> Header:
    """Headers that have no end, which astropy would read for as long as they go on, end here; and so do
    frames that are too large."""
    with _opened(source) as opened, open(opened, "rb") if isinstance(opened, str) else opened as file:
        header = headers.from_fits(file)
    sizes = header.get("NAXIS1"), header.get("NAXIS2")
    if all(isinstance(size, int) for size in sizes):
        _check_size(*sizes)
    return header


class Scale(NamedTuple):
    """From numbers as they are stored to physical values."""

    factor: float
    zero: float
    blank: float | None

    def __call__(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        values = stored.astype(np.float64) * self.factor + self.zero
        if stored.dtype.kind in "iu" and self.blank is not None:
            values[stored == self.blank] = np.nan
        return values


def _scale_in_text(header: Header) -> Scale | None:
    """Where BSCALE, BZERO or BLANK are written as text, which astropy cannot reckon with; else None."""
    written = [header.get(keyword) for keyword in ("BSCALE", "BZERO", "BLANK")]
    if not any(isinstance(value, str) for value in written):
        return None
    factor, zero, blank = map(number, written)
    return Scale(1.0 if factor is None else factor, zero or 0.0, blank)


def _check_size(width: Any, height: Any) -> None:
    if width * height > MAX_PIXELS:
        raise Refused(f"it has {width * height} pixels, and {MAX_PIXELS} can be analysed", lasting=True)


def _first_image(hdus: Any) -> Any:
    for hdu in hdus:
        if getattr(hdu, "is_image", False) and len(hdu.shape) >= 2 and all(hdu.shape):
            return hdu
    raise Refused("there is no image in it", lasting=True)


def _write(hdu: Any, target: Path, scale: Scale | None) -> None:
    *planes, height, width = hdu.shape
    _check_size(width, height)
    first = (0,) * len(planes)
    stored = hdu.section[(*first, slice(0, 1), slice(None))].dtype.newbyteorder("=")
    dtype = np.dtype(np.float64) if scale else stored
    _check_room(target.parent, height * width * dtype.itemsize)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            about = {
                "descr": np.lib.format.dtype_to_descr(dtype),
                "fortran_order": False,
                "shape": (height, width),
            }
            np.lib.format.write_array_header_1_0(file, about)
            for top in range(0, height, rows := _rows_of(hdu, width * dtype.itemsize)):
                strip = hdu.section[(*first, slice(top, min(top + rows, height)), slice(None))]
                if strip.size != (min(top + rows, height) - top) * width:
                    raise ValueError("it ends inside its pixels")
                values = scale(strip) if scale else strip
                file.write(np.ascontiguousarray(values, dtype=dtype).data)
        draft.replace(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def _rows_of(hdu: Any, row_bytes: int) -> int:
    """Rows of a strip: whole tiles, so that none is unpacked twice."""
    of_a_tile = getattr(hdu, "tile_shape", None)
    tile_rows = int(of_a_tile[-2]) if of_a_tile else 1
    return max(1, STRIP_BYTES // (row_bytes * tile_rows)) * tile_rows


def _check_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed + SPARE_BYTES:
        raise NoRoom


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
