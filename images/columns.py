"""What the archive's columns take from a frame's header. Pure: no Django, no disk.

Keywords are those of the FITS standard and of the programs that people run cameras with (MaxIm, NINA, INDI,
SharpCap, Voyager); of several the first that says something counts.
"""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from images.capture_dates import capture_date
from images.cards import Header
from images.people import restored
from images.positions import position
from images.values import number, text, whole


@dataclass(frozen=True, slots=True)
class Columns:
    """What can be searched and shown of a frame. None: the header does not say.

    Angles are degrees (right ascension too), times are aware, `exposure_time` is seconds.
    """

    capture_date: datetime | None = None
    right_ascension: float | None = None
    declination: float | None = None
    pixel_scale: float | None = None
    footprint: list[list[float]] | None = None
    altitude: float | None = None
    azimuth: float | None = None
    airmass: float | None = None
    exposure_time: float | None = None
    object_name: str | None = None
    filter_used: str | None = None
    user_id: str | None = None
    username: str | None = None
    smart_stack: str | None = None
    stack_number: int | None = None
    fits_path: str | None = None
    fits_filename: str | None = None
    details: dict[str, str | float] = field(default_factory=dict)

    def known(self) -> dict[str, Any]:
        pairs = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: value for name, value in pairs if value not in (None, {})}


EXPOSURE = ("EXPTIME", "EXPOSURE", "XPOSURE")
FILTER = ("FILTER", "FILTER1", "FILTNAM")
ALTITUDE = ("ALTITUDE", "CENTALT", "OBJCTALT")
AZIMUTH = ("AZIMUTH", "CENTAZ", "OBJCTAZ")
# What a page shows and no list asks for.
DETAILS = {
    "image_type": ("IMAGETYP", "OBSTYPE", "FRAME"),
    "instrument": ("INSTRUME",),
    "telescope": ("TELESCOP",),
}
MEASURED = {"gain": ("GAIN", "EGAIN"), "temperature": ("CCD-TEMP", "CCDTEMP", "DET-TEMP", "SET-TEMP")}


def columns(header: Header | dict[str, Any], now: datetime | None = None) -> Columns:
    """What the header says. What of it cannot be used is told in `header.mended`.

    `now`: a time of exposure more than a day after it is not believed.
    """
    header = header if isinstance(header, Header) else Header(header)
    exposure = _exposure(header)
    where = position(header)
    return Columns(
        capture_date=capture_date(header, exposure, now),
        right_ascension=where.right_ascension if where else None,
        declination=where.declination if where else None,
        pixel_scale=where.pixel_scale if where else None,
        footprint=where.footprint if where else None,
        altitude=_first_number(header, ALTITUDE),
        azimuth=_first_number(header, AZIMUTH),
        airmass=number(header.get("AIRMASS")),
        exposure_time=exposure,
        object_name=text(header.get("OBJECT"), 100),
        filter_used=_first_text(header, FILTER),
        user_id=restored(found) if (found := text(header.get("USERID"), 200)) else None,
        username=text(header.get("USERNAME"), 255),
        smart_stack=text(header.get("SMARTSTK"), 100),
        stack_number=whole(header.get("SSTKNUM")),
        fits_path=_fits_path(header),
        fits_filename=text(header.get("ORIGNAME"), 255),
        details=_details(header),
    )


def _first_number(header: Header, keywords: tuple[str, ...]) -> float | None:
    found = (number(header.get(keyword)) for keyword in keywords)
    return next((value for value in found if value is not None), None)


def _first_text(header: Header, keywords: tuple[str, ...]) -> str | None:
    return next((found for keyword in keywords if (found := text(header.get(keyword), 100))), None)


def _exposure(header: Header) -> float | None:
    """Seconds; what is negative says nothing."""
    found = (number(header.get(keyword)) for keyword in EXPOSURE)
    return next((seconds for seconds in found if seconds is not None and seconds >= 0), None)


def _details(header: Header) -> dict[str, str | float]:
    shown: dict[str, str | float] = {}
    for name, keywords in DETAILS.items():
        if written := _first_text(header, keywords):
            shown[name] = written
    for name, keywords in MEASURED.items():
        if (measured := _first_number(header, keywords)) is not None:
            shown[name] = measured
    return shown


def _fits_path(header: Header) -> str | None:
    """Where the site keeps the raw frame: `{SITEID}/{INSTRUME}/{DAY-OBS}/raw`."""
    parts = [str(header.get(keyword, "")).strip() for keyword in ("SITEID", "INSTRUME", "DAY-OBS")]
    return "/".join([*parts, "raw"])[:255] if all(parts) else None
