"""Pictures and frames made of others: thumbnails, plain FITS of packed ones, stretched TIFFs.

Paths in, paths out: no Django, no database. What cannot be read raises Unreadable with the reason.
"""

import bz2
import gzip
import shutil
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

THUMBNAIL_PX = 128
# A decompression bomb is a small file of an enormous picture; the largest camera here has 151 Mpx.
Pillow.MAX_IMAGE_PIXELS = 400_000_000
LEVELS = 65_536
STRETCHES = ("linear", "arcsinh")
# The stretch maps these parts of the pixels to black and white, so that neither a dead pixel nor one star
# decides; arcsinh(x / SOFTENING) lifts what is faint (Lupton et al. 2004, PASP 116, 133).
BLACK_PART, WHITE_PART = 0.001, 0.9995
SOFTENING = 0.02
CHUNK = 1024 * 1024
# How files are packed as a whole. Frames packed by tiles (.fz) are FITS files themselves.
PACKINGS: dict[str, Any] = {"bz2": bz2.open, "gz": gzip.open}


class Unreadable(ValueError):
    """The file is not what its name says, or damaged; the text says how."""


# --- jpg ---------------------------------------------------------------------------------------------------


def thumbnail(source: Path, target: Path) -> None:
    """A jpg of THUMBNAIL_PX height, the width in proportion."""
    try:
        with Pillow.open(source, formats=["JPEG"]) as picture:
            width = max(1, round(picture.width * THUMBNAIL_PX / picture.height))
            # The decoder itself skips detail that the thumbnail will not show: a quarter of the time.
            picture.draft(None, (width * 2, THUMBNAIL_PX * 2))
            small = picture.convert("RGB") if picture.mode not in ("L", "RGB") else picture
            small.resize((width, THUMBNAIL_PX), Pillow.Resampling.LANCZOS).save(target, "JPEG", quality=85)
    except (UnidentifiedImageError, OSError, Pillow.DecompressionBombError, SyntaxError, ValueError) as error:
        raise Unreadable(_said(error, "not a jpg")) from None


def check_jpg(source: Path) -> None:
    """That it begins as a jpg of some size does; raises Unreadable."""
    try:
        with Pillow.open(source, formats=["JPEG"]) as picture:
            picture.verify()
    except (UnidentifiedImageError, OSError, Pillow.DecompressionBombError, SyntaxError, ValueError) as error:
        raise Unreadable(_said(error, "not a jpg")) from None


def _said(error: Exception, otherwise: str) -> str:
    if isinstance(error, UnidentifiedImageError):
        return otherwise
    return f"{otherwise}: {str(error)[:200]}"


# --- FITS --------------------------------------------------------------------------------------------------


# What astropy and the standard library raise over damaged files.
_DAMAGED = (OSError, EOFError, ValueError, TypeError, KeyError, IndexError, UserWarning)


@lru_cache(maxsize=1)
def _astropy() -> Any:
    """astropy.io.fits, imported when first used: half a second. A frame that ends early is an error here."""
    from astropy.io import fits

    warnings.filterwarnings("error", message="File may have been truncated", category=UserWarning)
    return fits


def unpack(source: Path, target: Path, packing: str) -> None:
    """The plain file of a packed one. `packing`: fz (tile-compressed FITS), bz2 or gz."""
    try:
        if packing in PACKINGS:
            with PACKINGS[packing](source, "rb") as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, CHUNK)
            if not target.stat().st_size:
                raise ValueError("there is nothing in it")
        else:
            _unpack_tiles(source, target)
    except _DAMAGED as error:
        raise Unreadable(f"cannot be unpacked: {str(error)[:200]}") from None


def _unpack_tiles(source: Path, target: Path) -> None:
    """As cfitsio's funpack leaves it: the image alone in the primary HDU when nothing else is there.

    Integers stay as they are stored, without scaling, so every pixel is the camera's.
    """
    fits = _astropy()
    with (
        source.open("rb") as file,
        fits.open(
            file, memmap=True, do_not_scale_image_data=True, lazy_load_hdus=False, output_verify="ignore"
        ) as packed,
    ):
        hdus = [hdu for hdu in packed if not (hdu is packed[0] and hdu.header.get("NAXIS") == 0)]
        if not hdus:
            raise ValueError("there is no image in it")
        plain = fits.HDUList()
        for hdu in hdus:
            is_image = isinstance(hdu, fits.CompImageHDU | fits.ImageHDU | fits.PrimaryHDU)
            plain.append(_plain_image(hdu, first=not plain) if is_image else hdu.copy())
        plain.writeto(target, overwrite=True, output_verify="silentfix+ignore")


# What belongs to the extension that the image was stored in.
_GONE = ("EXTVER", "INHERIT", "CHECKSUM", "DATASUM", "XTENSION", "PCOUNT", "GCOUNT", "ZHECKSUM", "ZDATASUM")


def _plain_image(hdu: Any, *, first: bool) -> Any:
    fits = _astropy()
    header = hdu.header.copy()
    for keyword in _GONE:
        header.remove(keyword, ignore_missing=True, remove_all=True)
    if header.get("EXTNAME") == "COMPRESSED_IMAGE":
        header.remove("EXTNAME")
    image = (fits.PrimaryHDU if first else fits.ImageHDU)(hdu.data, header, do_not_scale_image_data=True)
    # astropy takes these out, as if the numbers were the physical values; unsigned pixels live by them.
    for keyword in ("BZERO", "BSCALE"):
        if keyword in hdu.header:
            image.header[keyword] = hdu.header[keyword]
    return image


_STORED = {"memmap": False, "do_not_scale_image_data": True, "output_verify": "ignore"}


def pixels(source: Path) -> NDArray[Any]:
    """The first image of a FITS file, packed or not, as rows of numbers.

    As they are stored: the physical values are these times BSCALE plus BZERO, which no stretch from darkest
    to brightest notices, and computing them takes as long as unpacking. (Where BSCALE is negative they are
    negated.)
    """
    fits = _astropy()
    try:
        with source.open("rb") as file, fits.open(file, **_STORED) as hdus:
            for hdu in hdus:
                data = hdu.data if getattr(hdu, "is_image", False) else None
                if data is not None and data.ndim >= 2:
                    first: NDArray[Any] = np.asarray(data).reshape((-1, *data.shape[-2:]))[0]
                    return first if hdu.header.get("BSCALE", 1) > 0 else -first.astype(np.float32)
    except _DAMAGED as error:
        raise Unreadable(f"cannot be read as FITS: {str(error)[:200]}") from None
    raise Unreadable("there is no image in it")


def tiff(source: Path, target: Path, stretch: str) -> None:
    """A 16-bit grey TIFF of the same pixels in the same order; uncompressed: bz2 takes 80 times as long."""
    import tifffile

    grey = stretched(pixels(source), stretch)
    tifffile.imwrite(target, grey, photometric="minisblack", metadata=None, software="photonranch")


# --- Stretching --------------------------------------------------------------------------------------------


def stretched(image: NDArray[Any], stretch: str) -> NDArray[np.uint16]:
    """`image` in 65,536 greys.

    Black and white are the parts BLACK_PART and WHITE_PART of its own values. 16-bit images go through a
    table of 65,536 entries: 21 ms for 4096 × 4096 pixels beside 58 ms in float64, the same pixels.
    """
    if image.dtype.kind in "iu" and image.dtype.itemsize <= 2:
        index, lowest = _as_index(image)
        counts = np.bincount(_sample(index), minlength=LEVELS)
        black, white = _ends_of_counts(np.roll(counts, lowest))
        table = np.roll(curve(np.arange(LEVELS, dtype=np.float64), black, white, stretch), -lowest)
        return table.take(index)
    values = np.asarray(image, dtype=np.float32)
    black, white = _ends_of_values(values)
    result: NDArray[np.uint16] = curve(values, black, white, stretch)
    return result


def _as_index(image: NDArray[Any]) -> tuple[NDArray[np.uint16], int]:
    """Each pixel's bits as a place in a table, and the place of the lowest value there."""
    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    if native.dtype.kind == "i":
        return native.astype(np.int16, copy=False).view(np.uint16), LEVELS // 2
    return native.astype(np.uint16, copy=False), 0


def _sample(values: NDArray[Any]) -> NDArray[Any]:
    """Values at equal steps, up to two million: they tell the ends as well as all, which take 60 ms to count
    and seconds to sort."""
    return values.ravel()[:: max(1, values.size // 1_000_000)]


def _ends_of_counts(counts: NDArray[Any]) -> tuple[float, float]:
    below = np.cumsum(counts)
    ends = np.searchsorted(below, [below[-1] * BLACK_PART, below[-1] * WHITE_PART])
    return float(ends[0]), float(ends[1])


def _ends_of_values(values: NDArray[Any]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    black, white = np.quantile(_sample(finite), [BLACK_PART, WHITE_PART])
    return float(black), float(white)


def curve(values: NDArray[Any], black: float, white: float, stretch: str) -> NDArray[np.uint16]:
    """`values` from `black` (0) to `white` (65,535); what is no number becomes black."""
    share = (values - black) / max(white - black, 1e-12)
    share = np.nan_to_num(np.clip(share, 0, 1), nan=0.0)
    if stretch == "arcsinh":
        share = np.arcsinh(share / SOFTENING) / np.arcsinh(1 / SOFTENING)
    return np.rint(share * (LEVELS - 1)).astype(np.uint16)
