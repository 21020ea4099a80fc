"""Small files that would take gigabytes: refused in time, or made in little memory. Each in a fresh child,
whose highest memory is asked for afterwards."""

import bz2
import errno
import gzip
import io
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from astropy.io import fits
from PIL import Image as Pillow

from images import childprocess, fitsfile, pictures, unpacking
from images.childprocess import Children
from images.fitsfile import Unreadable

MIB = 1024 * 1024


@pytest.fixture
def peak(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """The most memory that the child of this test has taken, in MiB.

    By the kernel's mark, which begins anew with a program; `getrusage` would count the test's own as well.
    """
    children = Children()
    monkeypatch.setattr(pictures, "children", children)

    def highest() -> int:
        [child] = children.idle
        status = Path(f"/proc/{child.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        print(line)
        return int(line.split()[1]) // 1024

    yield highest
    children.end()


# --- Pictures ----------------------------------------------------------------------------------------------


def jpg_of(size: tuple[int, int], path: Path, mode: str = "L", **how: Any) -> Path:
    Pillow.new(mode, size, 90 if mode == "L" else (90, 80, 70)).save(path, "JPEG", **how)
    return path


def claiming(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A small jpg whose header claims another size."""
    file = io.BytesIO()
    Pillow.new("RGB", (16, 16)).save(file, "JPEG", progressive=progressive)
    data = file.getvalue()
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((65_500, 2), (512, 128)),
        ((2, 65_500), (1, 128)),
        ((4096, 4), (512, 128)),
        ((65_500, 100), (512, 128)),
        ((180, 144), (160, 128)),
        ((512, 128), (512, 128)),
        ((1, 1), (128, 128)),
    ],
)
def test_a_thumbnail_is_bounded_both_ways(
    tmp_path: Path, peak: Callable[[], int], size: tuple[int, int], small: tuple[int, int]
) -> None:
    source = jpg_of(size, tmp_path / "a.jpg", progressive=size[0] == 4096)

    pictures.thumbnail(source, tmp_path / "b.jpg")

    with Pillow.open(tmp_path / "b.jpg") as made:
        assert made.size == small
        middle = np.asarray(made)[:, small[0] // 2]
        assert middle.max() > 60, "the picture is shown"
        assert abs(int(middle.argmax()) - 64) < 8 or middle.min() > 60, "in the middle"
    assert peak() < 60


def test_a_large_picture_in_little_memory(tmp_path: Path, peak: Callable[[], int]) -> None:
    """As large as the largest camera's, in colour: 450 MB decoded as a whole."""
    source = jpg_of((14_208, 10_656), tmp_path / "a.jpg", "RGB", quality=50)
    pictures.thumbnail(source, tmp_path / "b.jpg")
    assert peak() < 100


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (claiming(65_500, 65_500), "65500 × 65500 pixels are more than the 400,000,000 that are read"),
        (claiming(12_000, 12_000, progressive=True), "too many for a progressive jpg"),
    ],
    ids=["bomb", "progressive"],
)
@pytest.mark.parametrize("work", ["check", "thumbnail"])
def test_pixels_are_counted_in_the_header(
    tmp_path: Path, peak: Callable[[], int], content: bytes, said: str, work: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    source = tmp_path / "a.jpg"
    with pytest.raises(Unreadable, match=said):
        pictures.check_jpg(source) if work == "check" else pictures.thumbnail(source, tmp_path / "b.jpg")
    assert peak() < 60


def of_scans(count: int) -> bytes:
    """A picture that is refined over and over, by scans with nothing in them."""
    file = io.BytesIO()
    Pillow.new("L", (1500, 1500)).save(file, "JPEG", progressive=True, quality=1)
    data = file.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (count - data.count(b"\xff\xda")) + data[-2:]


@pytest.mark.parametrize("work", ["check", "thumbnail"])
def test_scans_are_counted_before_any_is_decoded(tmp_path: Path, work: str) -> None:
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    source.write_bytes(of_scans(100))
    pictures.check_jpg(source) if work == "check" else pictures.thumbnail(source, target)

    source.write_bytes(of_scans(101))
    with pytest.raises(Unreadable, match="more than the 100 scans"):
        pictures.check_jpg(source) if work == "check" else pictures.thumbnail(source, target)


@pytest.mark.parametrize("place", [1024**2 - 2, 1024**2 - 1, 1024**2])
def test_a_scan_counts_wherever_the_file_is_read_in_two(tmp_path: Path, place: int) -> None:
    """Its marker may lie across two pieces."""
    picture = of_scans(101)
    filler = comments(place - picture.index(b"\xff\xda"))
    source = tmp_path / "a.jpg"
    source.write_bytes(picture[:2] + filler + picture[2:])
    assert source.read_bytes().index(b"\xff\xda") == place

    with pytest.raises(Unreadable, match="more than the 100 scans"):
        pictures.check_jpg(source)


def comments(length: int) -> bytes:
    """Comments of a jpg that take `length` bytes together."""
    count = length // 50_000
    sizes = [length * (n + 1) // count - length * n // count for n in range(count)]
    return b"".join(b"\xff\xfe" + struct.pack(">H", size - 2) + bytes(size - 4) for size in sizes)


def png_bomb() -> bytes:
    """30,000 × 30,000 pixels of nothing in a few hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compressobj(9)
    rows = b"".join(pixels.compress(bytes(90_001)) for _ in range(3000)) + pixels.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_another_format_under_a_jpg_s_name(tmp_path: Path, peak: Callable[[], int]) -> None:
    (tmp_path / "a.jpg").write_bytes(png_bomb())
    with pytest.raises(Unreadable, match="not a jpg"):
        pictures.thumbnail(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert peak() < 60


@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_jpg(tmp_path: Path, progressive: bool) -> None:
    source = jpg_of((3000, 2000), tmp_path / "a.jpg", "RGB", progressive=progressive)
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with pytest.raises(Unreadable, match="not a jpg: "):
        pictures.thumbnail(source, tmp_path / "b.jpg")


# --- Frames ------------------------------------------------------------------------------------------------


def header_of(*axes: int, bitpix: int = 16) -> bytes:
    cards = [("SIMPLE", "T"), ("BITPIX", bitpix), ("NAXIS", len(axes))]
    cards += [(f"NAXIS{n}", size) for n, size in enumerate(axes, start=1)]
    text = "".join(f"{name:8}= {value:>20}".ljust(80) for name, value in cards) + "END"
    return text.encode().ljust(2880)


def gzipped_zeros(header: bytes, size: int) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MIB)
    parts = [
        packing.compress(header),
        *(packing.compress(zeros) for _ in range(size // MIB)),
        packing.flush(),
    ]
    return b"".join(parts)


def zero_tiles(width: int, height: int, kind: str = "RICE_1", tile: tuple[int, ...] | None = None) -> bytes:
    """A packed frame of zeros that claims a size: every tile is the same few bytes of the heap."""
    rows, columns = tile or (1, width)
    one = fits.CompImageHDU(
        np.zeros((rows, columns), "i2"), compression_type=kind, tile_shape=(rows, columns)
    )
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), one]).writeto(file)
    with fits.open(io.BytesIO(file.getvalue()), disable_image_compression=True) as hdus:
        table, header = hdus[1], hdus[1].header
        packed = bytes(np.asarray(table.data["COMPRESSED_DATA"][0], dtype="u1"))
        count = -(-height // rows) * -(-width // columns)
        header.update(NAXIS2=count, PCOUNT=len(packed), ZNAXIS1=width, ZNAXIS2=height)
    body = struct.pack(">ii", len(packed), 0) * count + packed
    text = bytes(header.tostring(), "ascii")
    begin: bytes = file.getvalue()[:2880]
    return begin + text + body.ljust(-(-len(body) // 2880) * 2880, b"\0")


def test_the_tests_own_bomb_is_a_frame(tmp_path: Path) -> None:
    (tmp_path / "a.fits.fz").write_bytes(zero_tiles(300, 200))
    with fits.open(tmp_path / "a.fits.fz") as hdus:
        assert hdus[1].data.shape == (200, 300)
        assert not hdus[1].data.any()


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a.fits.fz": (lambda: zero_tiles(60_000, 50_000), "60000 × 50000 pixels"),
    "b.fits.fz": (lambda: zero_tiles(6000, 6000, "GZIP_1", (6000, 6000)), "a tile of it has more than"),
    "c.fits.gz": (
        lambda: gzipped_zeros(header_of(60_000, 50_000), 200 * MIB),
        "unpacked it has more than 2 GiB",
    ),
    "d.fits.gz": (
        lambda: gzipped_zeros(header_of(2**40, 2**40), 20 * MIB),
        "unpacked it has more than 2 GiB",
    ),
    "e.fits": (lambda: header_of(60_000, 50_000) + bytes(2880), "60000 × 50000 pixels"),
    "f.fits.bz2": (lambda: bz2.compress(header_of(60_000, 50_000) + bytes(MIB)), "unpacked it has more than"),
}


@pytest.mark.parametrize(
    ("work", "name"),
    [*(("tif", name) for name in BOMBS), *(("fits", name) for name in BOMBS if name != "e.fits")],
)
def test_a_bomb_is_refused_by_its_header(
    tmp_path: Path, peak: Callable[[], int], name: str, work: str
) -> None:
    make, said = BOMBS[name]
    source, target = tmp_path / name, tmp_path / "made"
    source.write_bytes(make())
    packing = name.rpartition(".")[2]

    with pytest.raises(Unreadable, match=said):
        pictures.tiff(source, target, "linear") if work == "tif" else pictures.unpack(source, target, packing)

    assert peak() < 120
    written = sum(path.stat().st_size for path in tmp_path.iterdir() if path != source)
    assert written < MIB


def test_a_stream_longer_than_its_header_says(tmp_path: Path, peak: Callable[[], int]) -> None:
    """A frame of 2 MB followed by 300 MB of zeros."""
    source, target = tmp_path / "a.fits.gz", tmp_path / "b.fits"
    source.write_bytes(gzipped_zeros(header_of(1024, 1024), 300 * MIB))
    pictures.unpack(source, target, "gz")
    assert target.stat().st_size == 2880 + fitsfile.padded(2 * MIB)
    assert peak() < 60


def test_a_packed_file_that_is_no_frame_is_bounded_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 5 * MIB)
    monkeypatch.setattr(fitsfile, "MOST_BYTES", 5 * MIB)
    source, target = tmp_path / "night.log.gz", tmp_path / "night.log"
    source.write_bytes(gzip.compress(bytes(5 * MIB)))
    unpacking.unpack(source, target, "gz")
    assert target.stat().st_size == 5 * MIB

    source.write_bytes(gzip.compress(bytes(5 * MIB + 1)))
    with pytest.raises(Unreadable, match="unpacked it has more than"):
        unpacking.unpack(source, target, "gz")


def gzip_tile_bomb() -> bytes:
    """One tile of 64 × 64 pixels, whose gzip stream is of 1 GiB."""
    one = fits.CompImageHDU(np.zeros((64, 64), "i2"), compression_type="GZIP_1", tile_shape=(64, 64))
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), one]).writeto(file)
    with fits.open(io.BytesIO(file.getvalue()), disable_image_compression=True) as hdus:
        packed = gzipped_zeros(b"", 1024 * MIB)
        header = hdus[1].header
        header["PCOUNT"] = len(packed)
    body = struct.pack(">ii", len(packed), 0) + packed
    return (
        file.getvalue()[:2880]
        + bytes(header.tostring(), "ascii")
        + body.ljust(-(-len(body) // 2880) * 2880, b"\0")
    )


def test_a_tile_longer_than_its_header_says_meets_the_limit(tmp_path: Path) -> None:
    """Nobody looked at it before: the child's own limit stops it."""
    source = tmp_path / "a.fits.fz"
    source.write_bytes(gzip_tile_bomb())
    with pytest.raises(Unreadable, match="it takes more than 512 MiB of memory"):
        pictures.tiff(source, tmp_path / "a.tif", "linear")


@pytest.mark.parametrize("packing", ["gz", "bz2", "fz"])
def test_a_disk_without_room_is_not_the_file_s_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packing: str
) -> None:
    source = tmp_path / "a.fits.x"
    plain = header_of(1000, 1000) + bytes(2 * MIB)
    made = {"gz": gzip.compress(plain), "bz2": bz2.compress(plain), "fz": zero_tiles(1000, 1000)}
    source.write_bytes(made[packing])
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=unpacking.LEAST_FREE + MIB))

    with pytest.raises(OSError) as refused:
        unpacking.unpack(source, tmp_path / "b.fits", packing)
    assert refused.value.errno == errno.ENOSPC
    full = childprocess._answer(lambda: unpacking.unpack(source, tmp_path / "b.fits", packing), [])
    assert full == {"full": errno.ENOSPC}


# --- Frames as large as there are --------------------------------------------------------------------------


def noise(size: tuple[int, int], dtype: str) -> Any:
    row = np.random.default_rng(1).integers(0, 4000, size[1], dtype=np.uint16)
    return np.tile(row, (size[0], 1)).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "packed"),
    [("i2", False), ("i4", False), ("f4", False), ("f8", False), ("u2", True), ("i4", True), ("f4", True)],
)
def test_4096_by_4096_pixels_in_200_mb(
    tmp_path: Path, peak: Callable[[], int], dtype: str, packed: bool
) -> None:
    hdu = fits.PrimaryHDU(noise((4096, 4096), dtype))
    if packed:
        how = {"compression_type": "GZIP_2", "quantize_level": 0} if dtype[0] == "f" else {}
        hdu = fits.CompImageHDU(hdu.data, **how)
    fits.HDUList([hdu] if not packed else [fits.PrimaryHDU(), hdu]).writeto(tmp_path / "a.fits")
    del hdu

    pictures.tiff(tmp_path / "a.fits", tmp_path / "a.tif", "arcsinh")
    with tifffile.TiffFile(tmp_path / "a.tif") as made:
        assert made.pages[0].shape == (4096, 4096)
    if packed:
        pictures.unpack(tmp_path / "a.fits", tmp_path / "b.fits", "fz")
    assert peak() < 190


def test_one_tile_of_4096_by_4096_pixels(tmp_path: Path, peak: Callable[[], int]) -> None:
    hdu = fits.CompImageHDU(noise((4096, 4096), "i2"), tile_shape=(4096, 4096))
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(tmp_path / "a.fits.fz")
    pictures.tiff(tmp_path / "a.fits.fz", tmp_path / "a.tif", "linear")
    pictures.unpack(tmp_path / "a.fits.fz", tmp_path / "b.fits", "fz")
    assert peak() < 190


def test_the_largest_that_is_read_in_400_mb(tmp_path: Path, peak: Callable[[], int]) -> None:
    """400 Mpx, most of them a hole in the file."""
    source = tmp_path / "a.fits"
    with source.open("wb") as file:
        file.write(header_of(20_000, 20_000, bitpix=8))
        file.truncate(2880 + 20_000 * 20_000)
    pictures.tiff(source, tmp_path / "a.tif", "linear")
    assert peak() < 390
    for path in tmp_path.iterdir():
        path.unlink()


def test_the_largest_camera_packed_in_400_mb(tmp_path: Path, peak: Callable[[], int]) -> None:
    (tmp_path / "a.fits.fz").write_bytes(zero_tiles(14_208, 10_656))
    pictures.unpack(tmp_path / "a.fits.fz", tmp_path / "b.fits", "fz")
    pictures.tiff(tmp_path / "a.fits.fz", tmp_path / "a.tif", "linear")
    assert peak() < 390
    for path in tmp_path.iterdir():
        path.unlink()
