"""Frames unpacked and stretched, compared pixel by pixel with astropy and cfitsio's rules."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from astropy.io import fits
from PIL import Image as Pillow

from images import pictures, stretching
from images.tests.frames import header, jpg, packed_fits, pixels, plain_fits


def unpacked(tmp_path: Path, data: bytes, packing: str = "fz") -> Path:
    source, target = tmp_path / "source", tmp_path / "target.fits"
    source.write_bytes(data)
    pictures.unpack(source, target, packing)
    return target


def test_it_works(tmp_path: Path) -> None:
    target = unpacked(tmp_path, packed_fits())

    with fits.open(target) as hdus:
        assert len(hdus) == 1
        assert hdus[0].data.dtype == np.uint16
        assert np.array_equal(hdus[0].data, pixels())
        for keyword, value in header().items():
            assert hdus[0].header[keyword] == value
        assert not {"ZIMAGE", "ZCMPTYPE", "EXTNAME", "XTENSION"} & set(hdus[0].header)
    assert target.read_bytes()[:6] == b"SIMPLE"


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_every_kind_of_pixel_comes_back(tmp_path: Path, dtype: Any) -> None:
    image = (pixels() // 3 % 120).astype(dtype)
    packed = fits.CompImageHDU(image, header(), compression_type="RICE_1", quantize_level=0)
    if dtype is np.float32:
        packed = fits.CompImageHDU(image, header(), compression_type="GZIP_2", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tmp_path / "packed.fits.fz")

    with fits.open(unpacked(tmp_path, (tmp_path / "packed.fits.fz").read_bytes())) as hdus:
        assert np.array_equal(hdus[0].data, image)


@pytest.mark.parametrize("packing", ["bz2", "gz"])
def test_files_packed_as_a_whole(tmp_path: Path, packing: str) -> None:
    import bz2
    import gzip

    data = plain_fits()
    packed = bz2.compress(data) if packing == "bz2" else gzip.compress(data)
    assert unpacked(tmp_path, packed, packing).read_bytes() == data


@pytest.mark.parametrize("packing", ["fz", "bz2", "gz"])
def test_what_cannot_be_unpacked_says_so(tmp_path: Path, packing: str) -> None:
    for data in (b"", b"nothing" * 1000, packed_fits()[:9000]):
        with pytest.raises(pictures.Unreadable):
            unpacked(tmp_path, data, packing)


@pytest.mark.parametrize("stretch", pictures.STRETCHES)
@pytest.mark.parametrize("make", [packed_fits, plain_fits])
def test_a_tiff_has_the_frame_s_pixels_stretched(tmp_path: Path, make: Any, stretch: str) -> None:
    source, target = tmp_path / "source.fits", tmp_path / "target.tif"
    source.write_bytes(make())

    pictures.tiff(source, target, stretch)

    grey = tifffile.imread(target)
    assert str(grey.dtype) == "uint16"
    assert np.array_equal(grey, slowly(pixels(), stretch))
    assert (grey.min(), grey.max()) == (0, 65_535)


def slowly(image: Any, stretch: str) -> Any:
    """The same stretch by plain float64 arithmetic."""
    ordered = np.sort(image.ravel())
    count = ordered.size
    black = float(ordered[int(np.ceil(count * stretching.BLACK_PART)) - 1])
    white = float(ordered[int(np.ceil(count * stretching.WHITE_PART)) - 1])
    share = np.clip((image.astype(np.float64) - black) / (white - black), 0, 1)
    if stretch == "arcsinh":
        share = np.arcsinh(share / stretching.SOFTENING) / np.arcsinh(1 / stretching.SOFTENING)
    return np.rint(share * 65_535).astype(np.uint16)


def test_signed_and_float_frames(tmp_path: Path) -> None:
    image = pixels().astype(np.int32)
    signed = (image // 2 - 200).astype(">i2")
    floats = (image - 1000).astype(np.float32)
    floats[0, 0] = np.nan

    for array in (signed, floats):
        grey = stretching.stretched(array, "linear")
        assert grey.dtype == np.uint16
        order = np.argsort(array[1:].ravel(), kind="stable")
        assert (np.diff(grey[1:].ravel()[order].astype(int)) >= 0).all(), "brighter stays brighter"
    assert stretching.stretched(floats, "arcsinh")[0, 0] == 0


def test_a_frame_of_one_value() -> None:
    assert not stretching.stretched(np.full((4, 4), 7, np.uint16), "arcsinh").any()
    assert not stretching.stretched(np.full((4, 4), np.nan), "linear").any()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_thumbnail_of_every_kind_of_jpg(tmp_path: Path, mode: str) -> None:
    Pillow.new(mode, (3000, 10)).save(tmp_path / "a.jpg", "JPEG")
    pictures.thumbnail(tmp_path / "a.jpg", tmp_path / "b.jpg")
    with Pillow.open(tmp_path / "b.jpg") as small:
        assert small.size == (512, 128), "the whole width, black above and below"


def test_only_jpgs_are_taken_for_jpgs(tmp_path: Path) -> None:
    Pillow.new("L", (9, 9)).save(tmp_path / "a.jpg", "PNG")
    (tmp_path / "b.jpg").write_bytes(jpg()[:-300])
    for name in ("a.jpg", "b.jpg"):
        with pytest.raises(pictures.Unreadable):
            pictures.thumbnail(tmp_path / name, tmp_path / "c.jpg")
