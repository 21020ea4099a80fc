"""Pictures and frames made of others: thumbnails, plain FITS of packed ones, stretched TIFFs and jpgs.

What a stranger sent is decoded in a child process (images.childprocess) with a limit of memory and one of
time; how, is in images.conversions and images.unpacking. Each of these raises Unreadable with the reason for
what cannot be read or takes more than it may, which will not change, and another error for what may.
"""

import bz2
import gzip
from pathlib import Path
from typing import Any

from images.childprocess import children
from images.fitsfile import Unreadable

__all__ = [
    "PACKINGS",
    "STRETCHES",
    "Unreadable",
    "check_jpg",
    "preview",
    "thumbnail",
    "tiff",
    "unpack",
    "warm_up",
]

STRETCHES = ("linear", "arcsinh")
# How files are packed as a whole. Frames packed by tiles (.fz) are FITS files themselves.
PACKINGS: dict[str, Any] = {"bz2": bz2.open, "gz": gzip.open}
# The largest take 5 s and a minute on a slow machine.
PICTURE_S, CONVERSION_S = 30.0, 300.0


def check_jpg(source: Path) -> None:
    """That it begins as a jpg of a possible size does."""
    children.run("check_jpg", source.absolute(), seconds=PICTURE_S)


def thumbnail(source: Path, target: Path) -> None:
    """A jpg of 128 px height, the width in proportion, up to 512 px."""
    children.run("thumbnail", source.absolute(), target.absolute(), seconds=PICTURE_S)


def unpack(source: Path, target: Path, packing: str) -> None:
    """The plain file of a packed one. `packing`: fz (tile-compressed FITS), bz2 or gz."""
    children.run("unpack", source.absolute(), target.absolute(), packing, seconds=CONVERSION_S)


def tiff(source: Path, target: Path, stretch: str) -> None:
    """A 16-bit grey TIFF of the first image in a FITS file, packed or not."""
    children.run("tiff", source.absolute(), target.absolute(), stretch, seconds=CONVERSION_S)


def preview(source: Path, target: Path) -> None:
    """A grey jpg of the first image in a FITS file, packed or not, up to 1600 px wide and high."""
    children.run("preview", source.absolute(), target.absolute(), seconds=CONVERSION_S)


def warm_up() -> None:
    children.warm_up()
