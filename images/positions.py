"""Where a frame looks: ICRS degrees, out of its WCS or the keywords that programs write a pointing with.

In this order: the WCS, where its axes are celestial (the frame's centre, where its size is known); then pairs
of keywords. Both coordinates come from one pair: half of one program's and half of another's point nowhere.
Pure: no disk. astropy is imported when a header has a celestial WCS, or an equinox other than J2000.
"""

import logging
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from images.cards import CARD, Header
from images.values import Value, number
from sitecfg.angles import sexagesimal

log = logging.getLogger(__name__)

PAIRS = (
    ("RA", "DEC"), ("RAHRS", "DECDEG"), ("OBJCTRA", "OBJCTDEC"), ("TELRA", "TELDEC"), ("CENTRA", "CENTDEC"),
    ("RA_OBJ", "DEC_OBJ"),
)  # fmt: skip
# What says that a decimal right ascension is hours: its keyword, or its comment.
IN_HOURS = "RAHRS"
_HOURS = re.compile(r"\b(?:hours?|hrs?)\b|[\[(]h[\])]", re.IGNORECASE)
FULL_TURN, HOURS_OF_TURN, POLE = 360.0, 24.0, 90.0

# Of a WCS what concerns two celestial axes; not distortions by table, which stand elsewhere in the file.
_CELESTIAL = re.compile(r"(?:RA|DEC|GLON|GLAT|ELON|ELAT)(?:-|$)")
_OF_AXES = re.compile(
    r"(?:NAXIS|CTYPE|CRVAL|CRPIX|CDELT|CUNIT|CROTA)[1-9]|(?:CD|PC)[1-9]_[1-9]|PC00[1-9]00[1-9]|"
    r"PV[1-9]_[0-9]{1,2}|PS[1-9]_[0-9]{1,2}|(?:A|B|AP|BP)_(?:ORDER|[0-9]_[0-9])|"
    r"LONPOLE|LATPOLE|RADESYS|RADECSYS|EQUINOX|EPOCH"
)
_OF_KIND = re.compile(r"(?:CTYPE|CUNIT|PV|PS)([1-9])")
_SIP = re.compile(r"(?:A|B|AP|BP)_(?:ORDER|\d_\d)")
_AS_TEXT = re.compile(r"CTYPE.|CUNIT.|RADESYS|RADECSYS|PS.*")
MOST_AXES = 9
# FITS papers go to 9; the tables of a polynomial grow with the square.
MOST_SIP_ORDER = 9
# FK5 of J2000 and ICRS are the same to 0.03″.
J2000 = 2000.0
ARCSECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees; arc seconds to a pixel; the corners of the frame, as right ascension and declination."""

    right_ascension: float
    declination: float
    pixel_scale: float | None = None
    footprint: list[list[float]] | None = None


Point = tuple[float, float]


def position(header: Header) -> Position | None:
    """Where the frame's centre is; None when the header does not say it."""
    return _of_wcs(header) or _of_pairs(header)


# --- Pairs of keywords -------------------------------------------------------------------------------------


def _of_pairs(header: Header) -> Position | None:
    for keywords in PAIRS:
        point = _point(header, *keywords)
        if point:
            found = _icrs(header, [point])
            return Position(_within_turn(found[0][0]), found[0][1]) if found else None
    return _of_reference_values(header)


def _point(header: Header, ra: str, dec: str) -> Point | None:
    """Right ascension and declination in degrees; None when one of them is missing or impossible."""
    longitude, latitude = _right_ascension(header, ra), _degrees(header.get(dec))
    if longitude is None or latitude is None or abs(latitude) > POLE:
        return None
    return (longitude, latitude) if abs(longitude) <= FULL_TURN else None


def _right_ascension(header: Header, keyword: str) -> float | None:
    """Degrees. Sexagesimal ones are hours; decimal ones degrees, unless the keyword or comment says hours."""
    degrees = number(header.get(keyword))
    hours = sexagesimal(str(header.get(keyword, ""))) if degrees is None else None
    if degrees is not None and abs(degrees) <= HOURS_OF_TURN and _says_hours(header, keyword):
        hours = degrees
    if hours is None:
        return degrees
    return hours * 15 if 0 <= hours <= HOURS_OF_TURN else None


def _says_hours(header: Header, keyword: str) -> bool:
    return keyword == IN_HOURS or bool(_HOURS.search(header.comments.get(keyword, "")))


def _degrees(value: Value | None) -> float | None:
    found = number(value)
    return found if found is not None else sexagesimal(str(value if value is not None else ""))


def _of_reference_values(header: Header) -> Position | None:
    """`CRVAL1` and `CRVAL2` of a header that does not say what its axes are: cameras of this network have
    written them so. Not those of plain axes: both zero, or a step of a degree or more to a pixel."""
    if any(str(header.get(f"CTYPE{axis}", "")).strip() for axis in (1, 2)):
        return None
    longitude, latitude = number(header.get("CRVAL1")), number(header.get("CRVAL2"))
    step = number(header.get("CDELT1")) or 0.0
    if longitude is None or latitude is None or (not longitude and not latitude) or abs(step) >= 1:
        return None
    possible = abs(longitude) <= FULL_TURN and abs(latitude) <= POLE
    return Position(_within_turn(longitude), latitude) if possible else None


def _within_turn(longitude: float) -> float:
    """From 0 to below 360; the remainder of what is hardly below zero is 360."""
    wrapped = longitude % FULL_TURN
    return 0.0 if wrapped == FULL_TURN else wrapped


# --- The WCS -----------------------------------------------------------------------------------------------


def _of_wcs(header: Header) -> Position | None:
    types = [str(header.get(f"CTYPE{axis}", "")).strip().upper() for axis in range(1, MOST_AXES + 1)]
    celestial = [axis for axis, kind in enumerate(types, 1) if _CELESTIAL.match(kind)]
    if len(celestial) != 2 or any(number(header.get(f"CRVAL{axis}")) is None for axis in celestial):
        return None
    try:
        return _solved(header, celestial)
    except Exception as error:
        # wcslib and erfa raise whatever comes to them over other programs' numbers; the pairs remain.
        log.info("a WCS cannot be used: %s", error)
        header.mended.add(f"the WCS cannot be used: {' '.join(str(error).split())[:120]}")
        return None


def _solved(header: Header, axes: list[int]) -> Position | None:
    from images.astropy_offline import quiet

    quiet()
    sky, to_world = _sky(_wcs_cards(header, axes))
    sizes = [number(header.get(f"NAXIS{axis + 1}")) for axis in (sky.lng, sky.lat)]
    if sky.naxis > 2:
        # Of a cube its two axes of the sky; the longitude is the first of them then.
        sky = sky.sub([_celestial_axes()])
        sky.set()
        to_world = _linear(sky)
    points = _on_sky(sky, to_world, sizes)
    found = _icrs_of_wcs(sky, points)
    if not found or not all(map(math.isfinite, found[0])):
        return None
    centre, *corners = [[_within_turn(longitude), latitude] for longitude, latitude in found]
    whole = len(corners) == 4 and all(math.isfinite(value) for corner in corners for value in corner)
    return Position(centre[0], centre[1], _scale(sky), corners if whole else None)


ToWorld = Callable[[list[Point]], Any]


def _sky(cards: str) -> tuple[Any, ToWorld]:
    """wcslib's view of the header, and its way from pixels (from 1) to the sky. astropy's WCS around it costs
    1 ms for each frame; it is needed for a polynomial (SIP)."""
    from astropy.io import fits
    from astropy.wcs import WCS, Wcsprm

    if "A_ORDER" in cards or "PV" in cards:
        wcs = WCS(fits.Header.fromstring(cards))
        return wcs.wcs, partial(_by_pipeline, wcs)
    sky = Wcsprm(header=cards.encode(), relax=True)
    sky.fix()
    sky.set()
    return sky, _linear(sky)


def _by_pipeline(wcs: Any, pixels: list[Point]) -> Any:
    return wcs.all_pix2world(pixels, 1)


def _linear(sky: Any) -> ToWorld:
    return lambda pixels: sky.p2s(pixels, 1)["world"]


def _celestial_axes() -> int:
    from astropy.wcs import WCSSUB_CELESTIAL

    return int(WCSSUB_CELESTIAL)


def _on_sky(sky: Any, to_world: ToWorld, sizes: list[float | None]) -> list[Point]:
    """The frame's centre and its corners in the WCS's own longitude and latitude; without a size, the
    reference point alone."""
    width, height = sizes
    if not width or not height or width < 1 or height < 1:
        return [(float(sky.crval[sky.lng]), float(sky.crval[sky.lat]))]
    right, top = width + 0.5, height + 0.5
    pixels = [((width + 1) / 2, (height + 1) / 2), (0.5, 0.5), (right, 0.5), (right, top), (0.5, top)]
    if sky.lng == 1:
        pixels = [(y, x) for x, y in pixels]
    return [(float(point[sky.lng]), float(point[sky.lat])) for point in to_world(pixels)]


def _scale(sky: Any) -> float | None:
    """Arc seconds to a pixel: the root of a pixel's area."""
    (a, b), (c, d) = (step * row for step, row in zip(sky.get_cdelt(), sky.get_pc(), strict=True))
    scale = math.sqrt(abs(float(a * d - b * c))) * ARCSECONDS
    return scale if math.isfinite(scale) and scale > 0 else None


def _wcs_cards(header: Header, celestial: list[int]) -> str:
    """What wcslib is to know, as cards: bounded, and with numbers for what header text has as text. Of the
    other axes (wavelengths, times in a table) only their places."""
    orders = [number(header.get(f"{name}_ORDER")) or 0 for name in ("A", "B", "AP", "BP")]
    bent = all(0 <= order <= MOST_SIP_ORDER for order in orders)
    cards = []
    for keyword, value in header.items():
        if not _OF_AXES.fullmatch(keyword) or (not bent and _SIP.fullmatch(keyword)):
            continue
        if (kind := _OF_KIND.match(keyword)) and int(kind[1]) not in celestial:
            continue
        if (known := _wcs_value(keyword, value)) is not None:
            written = (
                "'{:8}'".format(known.replace("'", "''")) if isinstance(known, str) else f"{known!r:>20}"
            )
            cards.append(f"{keyword:8}= {written[:70]}".ljust(CARD))
    return "".join(cards)


def _wcs_value(keyword: str, value: Value) -> Value | None:
    if _AS_TEXT.fullmatch(keyword):
        return str(value).strip() or None
    if keyword in ("EQUINOX", "EPOCH"):
        return _equinox(value)
    found = number(value)
    if found is None:
        if str(value).strip():
            raise ValueError(f"{keyword} is no number")
        return None
    return int(found) if keyword.startswith("NAXIS") or keyword.endswith("_ORDER") else found


# --- To ICRS -----------------------------------------------------------------------------------------------


def _equinox(value: Value | None) -> float | None:
    """A year, of `2000.0`, `J2000` or `B1950`."""
    found = number(str(value if value is not None else "").strip().upper().lstrip("JB"))
    return found if found is not None and 1800 <= found <= 2200 else None


def _icrs(header: Header, points: list[Point]) -> list[Point]:
    """Equatorial points of the equinox and reference system that the header names, in ICRS."""
    system = str(header.get("RADESYS", header.get("RADECSYS", ""))).strip().upper()
    equinox = _equinox(header.get("EQUINOX", header.get("EPOCH")))
    if system == "ICRS" or (equinox in (None, J2000) and not system.startswith("FK4")):
        return points
    try:
        return _turned(_equatorial(system, equinox), points)
    except Exception as error:
        log.info("an equinox cannot be used: %s", error)
        header.mended.add(f"the equinox cannot be used: {str(error)[:120]}")
        return []


def _equatorial(system: str, equinox: float | None) -> Any:
    from astropy.coordinates import FK4, FK5, FK4NoETerms
    from astropy.time import Time

    if system in ("FK4", "FK4-NO-E") or (not system and equinox is not None and equinox < 1984):
        frame = FK4NoETerms if system == "FK4-NO-E" else FK4
        return frame(equinox=Time(equinox or 1950.0, format="byear"))
    if system not in ("", "FK5"):
        raise ValueError(f"RADESYS {system[:20]} is none that is known")
    return FK5(equinox=Time(equinox or J2000, format="jyear"))


def _icrs_of_wcs(sky: Any, points: list[Point]) -> list[Point]:
    """The points in ICRS."""
    kind, system = sky.ctype[sky.lng][:4], sky.radesys.strip()
    equinox = None if math.isnan(sky.equinox) else float(sky.equinox)
    if kind == "RA" and not system:
        # Axes without a projection, and without a system that they belong to.
        return []
    if kind.startswith("RA") and (system == "ICRS" or (system in ("", "FK5") and equinox in (None, J2000))):
        return points
    return _turned(_frame(kind, system, equinox), points)


def _frame(kind: str, system: str, equinox: float | None) -> Any:
    from astropy.coordinates import BarycentricMeanEcliptic, Galactic
    from astropy.time import Time

    if kind == "GLON":
        return Galactic()
    if kind == "ELON":
        return BarycentricMeanEcliptic(equinox=Time(equinox or J2000, format="jyear"))
    return _equatorial(system, equinox)


def _turned(frame: Any, points: list[Point]) -> list[Point]:
    import astropy.units as u
    from astropy.coordinates import ICRS, UnitSphericalRepresentation

    from images.astropy_offline import quiet

    quiet()
    longitudes, latitudes = zip(*points, strict=True)
    there = UnitSphericalRepresentation(list(longitudes) * u.deg, list(latitudes) * u.deg)
    found = frame.realize_frame(there).transform_to(ICRS())
    return [(float(ra), float(dec)) for ra, dec in zip(found.ra.deg, found.dec.deg, strict=True)]
