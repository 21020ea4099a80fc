"""Frames of many instruments, sent as a telescope sends them, and read as astropy reads them.

The FITS files that lie inside the packages that this project requires (astropy's own test data, from dozens
of instruments), as they are and gzipped; the headers beside them, as files and as text; and some made here,
of the kinds that camera programs write. Nothing is downloaded. Of each: every card of the header, the
position within 1″ where astropy has one and none where it has none, the time within a millisecond, and a
TIFF within 1 % of what is computed here from astropy's pixels.
"""

import gzip
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pytest
import tifffile
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame
from erfa import ErfaWarning

from conftest import Published
from images import stretching
from images.models import Image, ImageHeader, Upload
from images.tests.frames import body, fetch, send
from testing.cast import Api

pytestmark = pytest.mark.django_db

FEWEST = 200
LARGEST = 600_000
# What a header says of the data that it stands before; the picture's own are compared.
OF_DATA = {
    "SIMPLE",
    "BITPIX",
    "NAXIS",
    "EXTEND",
    "PCOUNT",
    "GCOUNT",
    "GROUPS",
    "XTENSION",
    "CHECKSUM",
    "DATASUM",
}
COMMENTARY = {"COMMENT", "HISTORY", "", "END"}


@dataclass
class Frame:
    """A file as it is sent, with what astropy makes of it."""

    source: str
    tail: str
    content: bytes
    primary: fits.Header
    picture: fits.Header
    place: tuple[float, float] | None = None

    def cards(self) -> dict[str, Any]:
        """Keyword → value: the primary's, the picture's own in their place; of two the first."""
        own = values(self.picture)
        if self.picture is self.primary:
            return own
        return {key: value for key, value in values(self.primary).items() if not of_data(key)} | own


def of_data(keyword: str) -> bool:
    return keyword in OF_DATA or keyword.startswith("NAXIS")


def values(header: fits.Header) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for card in header.cards:
        try:
            keyword, value = card.keyword, card.value
        except fits.VerifyError:
            continue
        if keyword not in COMMENTARY and not keyword.startswith("DP") and "." not in keyword:
            found.setdefault(keyword, value)
    return found


# --- What there is -----------------------------------------------------------------------------------------


def packages() -> Iterator[Path]:
    for package in ("astropy", "numpy", "scipy", "skyfield", "tifffile"):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        yield Path(spec.origin).parent


def stored_files() -> Iterator[Path]:
    for folder in packages():
        for path in sorted(folder.rglob("*")):
            kind = path.name.lower()
            if kind.endswith((".fits", ".fits.gz", ".fit", ".hdr")) and path.stat().st_size <= LARGEST:
                yield path


def read_by_astropy(content: bytes) -> tuple[fits.Header, fits.Header] | None:
    """The primary header and the first picture's; None for a file that astropy cannot read."""
    try:
        with opened(content) as hdus:
            for hdu in hdus:
                if getattr(hdu, "is_image", False) and len(hdu.shape) >= 2 and all(hdu.shape):
                    return hdus[0].header, hdu.header
            return hdus[0].header, hdus[0].header
    except (OSError, TypeError, ValueError, KeyError, IndexError, fits.VerifyError):
        return None


def opened(content: bytes) -> Any:
    plain = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return fits.open(io.BytesIO(plain), output_verify="ignore", ignore_missing_simple=False)


def stored() -> Iterator[Frame]:
    for path in stored_files():
        content = path.read_bytes()
        if path.suffix == ".hdr":
            yield from of_header(path.name, content)
        elif both := read_by_astropy(content):
            packed = content.startswith(b"\x1f\x8b")
            yield Frame(path.name, "EX01.fits.gz" if packed else "EX01.fits", content, *both)
            if not packed:
                yield Frame(path.name, "EX01.FITS.GZ", gzip.compress(content, 1), *both)


def of_header(name: str, content: bytes) -> Iterator[Frame]:
    """A header that lies there by itself: as a telescope's text, and before a file's pixels."""
    text = content.decode("latin-1")
    header = fits.Header.fromstring(text, sep="\n" if "\n" in text[:200] else "")
    yield Frame(name, "EX10.txt", content, header, header)
    if header.get("SIMPLE") is True and "END" not in header:
        file = header.tostring(padding=True).encode("latin-1")
        yield Frame(name, "EX01.fits", file, header, header)


# --- What camera programs write ----------------------------------------------------------------------------

PIXELS = np.random.default_rng(7).normal(1000, 20, (60, 80)).astype(np.float32)
PLACE = (83.822083, -5.391111)
WHEN = "2026-11-20T03:04:05.678"
TAN = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": PLACE[0], "CRVAL2": PLACE[1], "CRPIX1": 40.5,
    "CRPIX2": 30.5, "CD1_1": -2e-4, "CD1_2": 1e-6, "CD2_1": 1e-6, "CD2_2": 2e-4,
}  # fmt: skip
POINTINGS: dict[str, dict[str, Any]] = {
    "NINA": {"RA": PLACE[0], "DEC": PLACE[1], "OBJCTRA": "05 35 17", "OBJCTDEC": "-05 23 28"},
    "MaxIm": {"OBJCTRA": "05 35 17.30", "OBJCTDEC": "-05 23 28.0"},
    "INDI": {"RA": 83.822083, "DEC": -5.391111, "EQUINOX": 2000},
    "SharpCap": {"RA": "05:35:17.3", "DEC": "-05:23:28"},
    "Voyager": {"OBJCTRA": "05 35 17.3", "OBJCTDEC": "-05 23 28", "CENTRA": 1.0, "CENTDEC": 2.0},
    "solved": TAN,
    "solved, with a mount's": {**TAN, "RA": "01:02:03", "DEC": "+04:05:06"},
    "in hours": {"RAHRS": PLACE[0] / 15, "DECDEG": PLACE[1]},
}
KINDS: dict[str, Any] = {
    "float": PIXELS,
    "double": PIXELS.astype(np.float64),
    "unsigned": PIXELS.astype(np.uint16),
    "short": PIXELS.astype(np.int16),
    "long": PIXELS.astype(np.int32),
}


def made() -> Iterator[Frame]:
    for program, pointing in POINTINGS.items():
        for kind, pixels in KINDS.items():
            if program != "NINA" and kind != "unsigned":
                continue
            header = fits.Header({"DATE-OBS": WHEN, "OBJECT": "M 42", "EXPTIME": 30.0, **pointing})
            for tail, hdus in (
                ("EX00.fit", [fits.PrimaryHDU(pixels, header)]),
                ("EX01.FTS", [fits.PrimaryHDU(header=header), fits.ImageHDU(pixels, name="SCI")]),
            ):
                file = io.BytesIO()
                fits.HDUList(hdus).writeto(file)
                both = read_by_astropy(file.getvalue())
                assert both
                yield Frame(f"{program}, {kind}", tail, file.getvalue(), *both, place=PLACE)


# --- What astropy makes of them ----------------------------------------------------------------------------


def same(ours: Any, astropys: Any) -> bool:
    if isinstance(astropys, complex):
        return bool(ours == f"({astropys.real}, {astropys.imag})")
    if isinstance(astropys, fits.card.Undefined):
        return bool(ours == "")
    if isinstance(astropys, int) and not isinstance(astropys, bool) and abs(astropys) >= 2**63:
        return bool(ours == str(astropys))
    return bool(ours == astropys) and isinstance(ours, bool) == isinstance(astropys, bool)


def sky_of(frame: Frame) -> SkyCoord | None:
    """The centre of a frame by astropy alone, or its reference point where no size is told; None where it has
    neither. A header without CRVAL points nowhere, whatever the standard's default is; a sky that is given by
    a table in the file is not followed."""
    if frame.place:
        return SkyCoord(*frame.place, unit="deg")
    header = frame.picture.copy()
    if frame.primary is not frame.picture:
        header.extend(frame.primary, unique=True, update=False)
    try:
        wcs = WCS(header, opened(frame.content)) if "fits" in frame.tail.lower() else WCS(header)
        system = wcs_to_celestial_frame(wcs)
        axes = wcs.wcs.lng, wcs.wcs.lat
        by_table = any(str(header.get(f"CTYPE{axis + 1}")).endswith("-TAB") for axis in axes)
        if by_table or any(f"CRVAL{axis + 1}" not in header for axis in axes):
            return None
        point = point_of(wcs, [header.get(f"NAXIS{axis + 1}") for axis in axes])
        return SkyCoord(*(point * u.deg), frame=system).icrs if np.isfinite(point).all() else None
    except Exception:
        # wcslib and erfa raise whatever comes to them: then there is no position.
        return None


def point_of(wcs: WCS, sizes: list[int | None]) -> Any:
    if not all(sizes):
        return np.array([wcs.wcs.crval[wcs.wcs.lng], wcs.wcs.crval[wcs.wcs.lat]])
    middle = [(size + 1) / 2 for size in sizes if size]
    if wcs.naxis > 2:
        return wcs.celestial.all_pix2world([middle], 1)[0]
    world = wcs.all_pix2world([middle if wcs.wcs.lng == 0 else middle[::-1]], 1)[0]
    return np.array([world[wcs.wcs.lng], world[wcs.wcs.lat]])


def time_of(frame: Frame) -> Time | None:
    """DATE-OBS by astropy; None where it reads none."""
    cards = frame.cards()
    written = str(cards.get("DATE-OBS", "")).strip()
    clock = next((str(cards[keyword]).strip() for keyword in ("TIME-OBS", "UT") if keyword in cards), "")
    if len(written) == 8:
        written = f"19{written[6:]}-{written[3:5]}-{written[:2]}"
    if len(written) == 10 and clock:
        written = f"{written}T{clock}"
    try:
        return Time(written, scale=str(cards.get("TIMESYS", "utc")).lower()).utc
    except ValueError:
        return None


def stretched(pixels: Any) -> Any:
    """The public call's arcsinh stretch, in float64 over all pixels."""
    values = np.asarray(pixels, dtype=np.float64)
    values = values.reshape((-1, *values.shape[-2:]))[0]
    parts = [stretching.BLACK_PART, stretching.WHITE_PART]
    black, white = np.quantile(values, parts, method="inverted_cdf")
    share = np.clip((values - black) / (white - black), 0, 1)
    return np.arcsinh(share / stretching.SOFTENING) / np.arcsinh(1 / stretching.SOFTENING) * 65_535


# --- The test ----------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _astropy_says_nothing() -> Iterator[None]:
    """Its opinion of its own odd files."""
    with warnings.catch_warnings():
        for category in (AstropyWarning, ErfaWarning, RuntimeWarning):
            warnings.simplefilter("ignore", category)
        yield


def arrive(api: Api, frames: list[Frame]) -> list[Image]:
    for counter, frame in enumerate(frames):
        base = f"saf-sim-cam-20261120-{counter:08d}"
        assert send(api, f"{base}-{frame.tail}", frame.content).status_code == 204
    waiting = Upload.objects.filter(directory="data").exclude(state=Upload.State.DONE)
    assert [(frames[int(upload.key[26:34])].source, upload.reason) for upload in waiting] == []
    return list(Image.objects.select_related("fits_header").order_by("base_filename"))


def test_they_are_read_as_astropy_reads_them(api: Api, published: Published) -> None:
    frames = [*stored(), *made()]
    assert len(frames) >= FEWEST
    wrong: list[str] = []
    for frame, image in zip(frames, arrive(api, frames), strict=True):
        told = f"{frame.source} as {frame.tail}"
        wrong += [f"{told}: {card}" for card in unlike_cards(frame, image.fits_header)]
        wrong += [f"{told}: {where}" for where in [unlike_place(sky_of(frame), image)] if where]
        wrong += [f"{told}: {when}" for when in [unlike_time(time_of(frame), image)] if when]
    assert wrong == []


def unlike_cards(frame: Frame, kept: ImageHeader) -> list[str]:
    if kept.from_text:
        return [keyword for keyword in frame.cards() if keyword not in kept.cards]
    return [
        f"{keyword} is {kept.cards.get(keyword)!r}, not {value!r}"
        for keyword, value in frame.cards().items()
        if not of_data(keyword) and not same(kept.cards.get(keyword), value)
    ]


def unlike_place(expected: SkyCoord | None, image: Image) -> str:
    if expected is None or image.right_ascension is None:
        same_place = expected is None and image.right_ascension is None
        return "" if same_place else f"at {image.right_ascension}, {image.declination}, not {expected}"
    there = SkyCoord(image.right_ascension, image.declination, unit="deg")
    apart = there.separation(expected).arcsec
    return "" if apart < 1 else f"{apart}″ apart"


def unlike_time(expected: Time | None, image: Image) -> str:
    if expected is None:
        return ""
    apart = abs((Time(image.capture_date) - expected).sec)
    return "" if apart <= 0.001 else f"{apart} s apart"


def test_their_tiffs_show_what_is_in_them(api: Api, published: Published) -> None:
    frames = [frame for frame in [*stored(), *made()] if not frame.tail.endswith((".GZ", ".txt"))]
    wrong = []
    for frame, image in zip(frames, arrive(api, frames), strict=True):
        pixels = pixels_of(frame)
        if pixels is not None:
            question = {"object_name": f"{image.base_filename}-{frame.tail}", "image_type": "tif"}
            answer = api.post("/api/download", question)
            if answer.status_code != 200:
                wrong.append(f"{frame.source}: {answer.content.decode()}")
                continue
            shown = tifffile.imread(io.BytesIO(body(fetch(answer.content.decode()))))
            apart = np.abs(shown - stretched(pixels)) / 65_535
            if np.quantile(apart, 0.99) > 0.01:
                wrong.append(f"{frame.source}: {np.quantile(apart, 0.99):.1%} apart")
    assert wrong == []


def pixels_of(frame: Frame) -> Any:
    """The first picture's physical values by astropy, where they are all numbers, and not all the same."""
    try:
        with opened(frame.content) as hdus:
            for hdu in hdus:
                if getattr(hdu, "is_image", False) and len(hdu.shape) >= 2 and all(hdu.shape):
                    values = np.array(hdu.data, dtype=np.float64)
                    return values if np.isfinite(values).all() and np.ptp(values) else None
    except (OSError, TypeError, ValueError, IndexError):
        return None
    return None
