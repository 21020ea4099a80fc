"""What the names of files say. Pure: no Django, no disk.

A frame's file is called `{site}-{instrument}-{yyyymmdd}-{counter}-{type}{level}.{extension}[.more]`, for
example `saf-sq003ms-20260711-00000012-EX10.jpg`; the first four parts are the frame, the rest says which of
its files it is. Other names (a night's token, a calibration master) may be stored, and are no frame.
"""

import re
from dataclasses import dataclass

from photonranch.fields import SITE_CODE

DIRECTORIES = ("data", "info-images", "allsky", "test")
CHANNELS = (1, 2, 3)
LONGEST = 200

# What a stored name may be made of: no separator of any system, no control character, no leading dot.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+=,#~ ()\[\]-]*")
_LAST = re.compile(r"([A-Za-z]+)([0-9]{2})(?![0-9])[^.]*\.([A-Za-z]+)((?:\.[A-Za-z0-9]+)*)")
_TOKEN = re.compile(r"(.+?)[0-9]{8}\.token")

MEDIUM_JPG = ("10", "13")
SMALL_JPG = ("11",)
LARGE_FITS = ("00", "01")
SMALL_FITS = ("10", "13")
THUMBNAIL_OF = "10"


class BadName(ValueError):
    """The name is not a frame's; the text says why."""


@dataclass(frozen=True, slots=True)
class FrameName:
    """A frame's file name, taken apart. `tail` is what follows the frame's own name: `EX10.fits.fz`."""

    site: str
    instrument: str
    date: str
    counter: str
    data_type: str
    level: str
    extension: str
    tail: str

    @property
    def base(self) -> str:
        return f"{self.site}-{self.instrument}-{self.date}-{self.counter}"


def parse(name: str) -> FrameName:
    """`name` taken apart; raises BadName."""
    parts = name.split("-")
    if len(parts) != 5:
        raise BadName(f"the name has {len(parts)} parts between hyphens; a frame's has 5")
    site, instrument, date, counter, tail = parts
    if not SITE_CODE.fullmatch(site):
        raise BadName(f"{site!r} is not a site code")
    if not instrument:
        raise BadName("the second part, the instrument, is empty")
    if not _digits(date):
        raise BadName(f"the third part must be a date of 8 digits, not {date!r}")
    if not _digits(counter):
        raise BadName(f"the fourth part must be a number of 8 digits, not {counter!r}")
    last = _LAST.fullmatch(tail)
    if not last:
        raise BadName(f"the last part must be like EX10.jpg, not {tail!r}")
    data_type, level, extension, _ = last.groups()
    return FrameName(site, instrument, date, counter, data_type, level, extension.lower(), tail)


def _digits(text: str) -> bool:
    return len(text) == 8 and text.isascii() and text.isdigit()


def is_safe(name: str) -> bool:
    """Whether `name` may be stored: one plain file name that leaves no folder."""
    return len(name) <= LONGEST and ".." not in name and _SAFE.fullmatch(name) is not None


def site_of(name: str) -> str:
    """The site in whose name the file speaks; empty when the name does not say."""
    if token := _TOKEN.fullmatch(name):
        return token[1]
    site, hyphen, _ = name.partition("-")
    return site if hyphen and SITE_CODE.fullmatch(site) else ""


def key_of(directory: str, name: str, channel: int | None = None) -> str:
    """Where a file lies in the store.

    An info image's channel is part of its place: what announces a stored file (an object store's event, a
    sweep) knows nothing else of it, and one frame may be shown in two channels.
    """
    return f"{directory}/{channel}/{name}" if directory == "info-images" else f"{directory}/{name}"


def place_of(key: str) -> tuple[str, int | None, str]:
    """Directory, channel and name of a key; raises BadName for what `key_of` does not make."""
    directory, _, rest = key.partition("/")
    channel: int | None = None
    if directory == "info-images":
        number, _, rest = rest.partition("/")
        if number not in ("1", "2", "3"):
            raise BadName("the channel must be 1, 2 or 3")
        channel = int(number)
    if directory not in DIRECTORIES or not is_safe(rest):
        raise BadName("not a place of this archive")
    return directory, channel, rest


def alternatives(name: str) -> list[str]:
    """`name`, and the names to try when it is not there: of full-size frames either `00` or `01` exists."""
    found = [name]
    for level, other in (("00", "01"), ("01", "00")):
        changed = re.sub(rf"(-[A-Za-z]+){level}(\.fits)", rf"\g<1>{other}\2", name)
        if changed != name:
            found.append(changed)
    return found


def without_packing(name: str) -> str:
    """`x.fits.fz` → `x.fits`."""
    return re.sub(r"\.(fz|bz2|gz)$", "", name)


def is_packed(name: str) -> bool:
    return without_packing(name) != name
