"""Pictures and frames made of others: thumbnails, plain FITS of packed ones, stretched TIFFs.

Paths in, paths out: no Django, no database. What cannot be read raises Unreadable with the reason.
"""

import bz2
import gzip
import shutil
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


def unpack(source: Path, target: Path, packing: str) -> None:
    """The plain file of a packed one. `packing`: fz (tile-compressed FITS), bz2 or gz."""
    try:
        if packing in PACKINGS:
            with PACKINGS[packing](source, "rb") as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, CHUNK)
        else:
            _unpack_tiles(source, target)
    except (OSError, EOFError, ValueError, TypeError, KeyError, IndexError) as error:
        raise Unreadable(f"cannot be unpacked: {str(error)[:200]}") from None


def _unpack_tiles(source: Path, target: Path) -> None:
    """As cfitsio's funpack leaves it: the image alone in the primary HDU when nothing else is there.

    Integers stay as they are stored, without scaling, so every pixel is the camera's.
    """
    from astropy.io import fits

    with fits.open(
        source, memmap=True, do_not_scale_image_data=True, lazy_load_hdus=False, output_verify="ignore"
    ) as packed:
        hdus = [hdu for hdu in packed if not (hdu is packed[0] and hdu.header.get("NAXIS") == 0)]
        if not hdus:
            raise ValueError("there is no image in it")
        plain = fits.HDUList()
        for hdu in hdus:
            make: Any = fits.ImageHDU if plain else fits.PrimaryHDU
            is_image = isinstance(hdu, fits.CompImageHDU | fits.ImageHDU | fits.PrimaryHDU)
            plain.append(make(hdu.data, _plain_header(hdu.header), **_AS_STORED) if is_image else hdu.copy())
        plain.writeto(target, overwrite=True, output_verify="silentfix+ignore")


_AS_STORED = {"do_not_scale_image_data": True}
_GONE = (
    "EXTNAME",
    "EXTVER",
    "INHERIT",
    "CHECKSUM",
    "DATASUM",
    "XTENSION",
    "PCOUNT",
    "GCOUNT",
    "ZHECKSUM",
    "ZDATASUM",
)


def _plain_header(header: Any) -> Any:
    plain = header.copy()
    for keyword in _GONE:
        if keyword != "EXTNAME" or plain.get("EXTNAME") == "COMPRESSED_IMAGE":
            plain.remove(keyword, ignore_missing=True, remove_all=True)
    return plain


def pixels(source: Path) -> NDArray[Any]:
    """The first image of a FITS file, packed or not: two dimensions, scaled to its physical values."""
    from astropy.io import fits

    try:
        with fits.open(source, memmap=False, output_verify="ignore") as hdus:
            for hdu in hdus:
                data = hdu.data if getattr(hdu, "is_image", False) else None
                if data is not None and data.ndim >= 2:
                    planes: NDArray[Any] = np.asarray(data).reshape((-1, *data.shape[-2:]))
                    return planes[0]
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
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
        index = _as_index(image)
        counts = np.bincount(index.ravel(), minlength=LEVELS)
        black, white = _ends_of_counts(counts)
        table = curve(np.arange(LEVELS, dtype=np.float64), black, white, stretch)
        grey: NDArray[np.uint16] = table[index]
        return grey
    values = np.asarray(image, dtype=np.float32)
    black, white = _ends_of_values(values)
    result: NDArray[np.uint16] = curve(values, black, white, stretch)
    return result


def _as_index(image: NDArray[Any]) -> NDArray[np.uint16]:
    """Each pixel as a place in the table: native byte order, the lowest value at 0."""
    native = np.ascontiguousarray(image, dtype=image.dtype.newbyteorder("="))
    if native.dtype == np.int16:
        return native.view(np.uint16) ^ np.uint16(0x8000)
    return native.astype(np.uint16, copy=False)


def _ends_of_counts(counts: NDArray[Any]) -> tuple[float, float]:
    below = np.cumsum(counts)
    ends = np.searchsorted(below, [below[-1] * BLACK_PART, below[-1] * WHITE_PART])
    return float(ends[0]), float(ends[1])


def _ends_of_values(values: NDArray[Any]) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    # A sample tells the ends well enough, and a sort of the whole frame takes seconds.
    sample = finite[:: max(1, finite.size // 1_000_000)]
    black, white = np.quantile(sample, [BLACK_PART, WHITE_PART])
    return float(black), float(white)


def curve(values: NDArray[Any], black: float, white: float, stretch: str) -> NDArray[np.uint16]:
    """`values` from `black` (0) to `white` (65,535); what is no number becomes black."""
    share = (values - black) / max(white - black, 1e-12)
    share = np.nan_to_num(np.clip(share, 0, 1), nan=0.0)
    if stretch == "arcsinh":
        share = np.arcsinh(share / SOFTENING) / np.arcsinh(1 / SOFTENING)
    return np.rint(share * (LEVELS - 1)).astype(np.uint16)
