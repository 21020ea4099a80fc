"""A frame's files as a telescope sends them: picture, header text, packed FITS; and their names."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from astropy.coordinates import Angle
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image as Pillow

from simulator import pointing
from simulator.sky.starfield import Camera, View, wcs_of

Pixels = NDArray[np.uint16]

# About as wide as the pictures that telescopes send.
JPG_WIDTH = 900
SKY_TYPES = ("light", "focus", "pointing")


@dataclass(frozen=True, slots=True)
class Frame:
    """One exposure and what was known of it.

    `kind` begins the last part of its files' names: EX for what is kept, EP and EF for what the archive lets
    expire. `day` is the local date of the night's beginning, `number` the frame's own in that night.
    """

    site: str
    wema: str
    instrument: str
    day: str
    number: int
    started: datetime
    seconds: float
    camera: Camera
    view: View
    altitude: float
    azimuth: float
    kind: str = "EX"
    image_type: str = "light"
    object_name: str = ""
    user_id: str = ""
    user_name: str = ""
    focus: float = 0.0
    temperature: float = 0.0
    roof: str = ""

    @property
    def base(self) -> str:
        return f"{self.site}-{self.instrument}-{self.day}-{self.number:08d}"

    def name(self, level_and_extension: str) -> str:
        """`EX10.jpg` and the like, of this frame."""
        return f"{self.base}-{self.kind}{level_and_extension}"


def files(frame: Frame, pixels: Pixels) -> list[tuple[str, bytes]]:
    """Name and content of every file, in the order they are sent: the picture is what people wait for."""
    large, small = header(frame), binned(header(frame))
    return [
        (frame.name("10.jpg"), jpg(pixels)),
        (frame.name("00.txt"), str(large).encode()),
        (frame.name("10.fits.fz"), packed(halved(pixels), small)),
        (frame.name("00.fits.fz"), packed(pixels, large)),
    ]


# --- Header ------------------------------------------------------------------------------------------------


def header(frame: Frame) -> fits.Header:
    """The keywords that archives and web pages read, and those that an astronomer looks for."""
    made = fits.Header()
    for part in (_exposure(frame), _instrument(frame), _direction(frame), _names(frame)):
        for keyword, value in part.items():
            made[keyword] = value
    if frame.image_type in SKY_TYPES:
        made.update(wcs_of(frame.camera, frame.view).to_header())
    return made


def _exposure(frame: Frame) -> dict[str, Any]:
    return {
        "SIMULATD": (True, "computed: no telescope took this frame"),
        "DATE-OBS": (frame.started.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3], "start, UTC"),
        "DAY-OBS": frame.day,
        "MJD-OBS": (round(frame.started.timestamp() / pointing.DAY_S + 40587, 8), "[d] start, UTC"),
        "EXPTIME": (frame.seconds, "[s]"),
        "EXPOSURE": (frame.seconds, "[s]"),
        "IMAGETYP": frame.image_type,
        "OBSTYPE": "EXPOSE" if frame.image_type == "light" else frame.image_type.upper(),
        "FILTER": frame.view.filter_name,
        "OBJECT": frame.object_name,
        "SMARTSTK": "no",
        "SSTKNUM": "1",
    }


def _instrument(frame: Frame) -> dict[str, Any]:
    camera = frame.camera
    return {
        "SITEID": frame.wema,
        "OBSID": frame.site,
        "INSTRUME": frame.instrument,
        "PIXSCALE": (camera.scale, "[arcsec] per pixel"),
        "XBINING": 3,
        "YBINING": 3,
        "GAIN": (camera.gain, "[electrons] per count"),
        "RDNOISE": (camera.read_noise, "[electrons]"),
        "SATURATE": (camera.saturate, "[counts]"),
        "CCDATEMP": (frame.temperature, "[degC]"),
        "FOCUSPOS": (round(frame.focus, 1), "[micron]"),
        "ROOF": (frame.roof, "what the roof reported"),
    }


def _direction(frame: Frame) -> dict[str, Any]:
    ra, dec = Angle(frame.view.ra, "deg"), Angle(frame.view.dec, "deg")
    return {
        "RA": ra.to_string(unit="hour", sep=":", precision=2, pad=True),
        "DEC": dec.to_string(sep=":", precision=1, pad=True, alwayssign=True),
        "RAHRS": (round(frame.view.ra / 15, 6), "[h]"),
        "DECDEG": (round(frame.view.dec, 6), "[deg]"),
        "ALTITUDE": (round(frame.altitude, 3), "[deg]"),
        "AZIMUTH": (round(frame.azimuth, 3), "[deg]"),
        "AIRMASS": round(pointing.airmass(frame.altitude), 4),
        "FWHMASEC": (round(frame.view.fwhm, 2), "[arcsec]"),
        "SKYMAG": (round(frame.view.sky, 2), "[mag/arcsec2]"),
    }


def _names(frame: Frame) -> dict[str, Any]:
    # A telescope's program takes these characters out of the user's id.
    user_id = frame.user_id.replace("-", "").replace("|", "").replace("@", "at")
    return {"USERID": user_id, "USERNAME": frame.user_name, "ORIGNAME": frame.name("00.fits.fz")}


def binned(large: fits.Header) -> fits.Header:
    """The header of the same frame at half the resolution."""
    small = large.copy()
    for axis in ("1", "2"):
        if f"CRPIX{axis}" in small:
            small[f"CRPIX{axis}"] = (large[f"CRPIX{axis}"] - 0.5) / 2 + 0.5
            small[f"CDELT{axis}"] = large[f"CDELT{axis}"] * 2
    small["PIXSCALE"] = large["PIXSCALE"] * 2
    return small


# --- Files -------------------------------------------------------------------------------------------------


def halved(pixels: Pixels) -> Pixels:
    """The mean of each two by two pixels."""
    rows, columns = (side // 2 * 2 for side in pixels.shape)
    even = pixels[:rows, :columns].astype(np.uint32)
    total = even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]
    result: Pixels = ((total + 2) // 4).astype(np.uint16)
    return result


def packed(pixels: Pixels, cards: fits.Header) -> bytes:
    """FITS, packed by tiles with Rice's method, which loses nothing."""
    image = fits.CompImageHDU(pixels, cards, compression_type="RICE_1")
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(file, checksum=True)
    return file.getvalue()


def jpg(pixels: Pixels) -> bytes:
    """As people want to see it: the sky dark, faint things lifted, north up."""
    low, high = np.percentile(pixels, [5, 99.8])
    share = np.clip((pixels - low) / max(high - low, 10.0), 0, 1)
    grey = np.arcsinh(share / 0.06) / np.arcsinh(1 / 0.06) * 255
    picture = Pillow.fromarray(grey[::-1].astype(np.uint8))
    height = round(picture.height * JPG_WIDTH / picture.width)
    file = io.BytesIO()
    picture.resize((JPG_WIDTH, height), Pillow.Resampling.LANCZOS).save(file, "JPEG", quality=85)
    return file.getvalue()
