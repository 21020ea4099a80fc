"""What the names of files say. Pure: no Django, no disk.

A frame's file is called `{site}-{instrument}-{yyyymmdd}-{counter}-{type}{level}.{extension}[.more]`, for
example `saf-sq003ms-20260711-00000012-EX10.jpg`; all but the last part are the frame's name, the last says
which of its files it is. The site has no dash, an instrument may have some. Other names (a night's token, a
calibration master) may be stored, and are no frame.
"""

import re
from dataclasses import dataclass

from photonranch.api.fields import SITE_CODE

DIRECTORIES = ("data", "info-images", "allsky", "test")
# Of what a bucket holds besides: listed with the reason, never touched.
ELSEWHERE = "elsewhere"
CHANNELS = (1, 2, 3)
LONGEST = 200
# What the archive's columns hold of a frame's name, and of its last part.
LONGEST_BASE, LONGEST_TAIL = 120, 60
FEWEST_PARTS = 5

# What a stored name may be made of: no separator of any system, no control character, no leading dot.
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+=,#~ ()\[\]-]*")
_LAST = re.compile(r"([A-Za-z]+)([0-9]{2})(?![0-9])[^.]*\.([A-Za-z]+)((?:\.[A-Za-z0-9]+)*)")
_TOKEN = re.compile(r"(.+?)[0-9]{8}\.token")

MEDIUM_JPG = ("10", "13")
SMALL_JPG = ("11",)
LARGE_FITS = ("00", "01")
SMALL_FITS = ("10", "13")
THUMBNAIL_OF = "10"
# How the pictures end that the archive makes of a FITS file which came without a jpg. Nobody else may send a
# file of such a name: the two would overwrite each other.
PREVIEW = "_preview.jpg"

# What a file is, by its extension in small letters. A packed frame may be called `.fz` alone.
KINDS = {
    "fits": "fits",
    "fit": "fits",
    "fts": "fits",
    "fz": "fits",
    "jpg": "jpg",
    "jpeg": "jpg",
    "txt": "txt",
}
_FITS = re.compile(r"\.(fits|fit|fts|fz)(\.|$)", re.IGNORECASE)
_MEDIUM_JPG = re.compile(r"(.*-[A-Za-z]+10)\.jpe?g", re.IGNORECASE)
_PACKED = re.compile(r"\.(fz|bz2|gz)$", re.IGNORECASE)


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

    @property
    def kind(self) -> str:
        """`fits`, `jpg` or `txt`; empty for a file that says nothing of its frame."""
        return KINDS.get(self.extension, "")


def parse(name: str) -> FrameName:
    """`name` taken apart; raises BadName."""
    parts = name.split("-")
    if len(parts) < FEWEST_PARTS:
        raise BadName(
            f"the name has {len(parts)} parts between hyphens; a frame's has at least {FEWEST_PARTS}"
        )
    site, (date, counter, tail) = parts[0], parts[-3:]
    instrument = "-".join(parts[1:-3])
    if not SITE_CODE.fullmatch(site):
        raise BadName(f"{site!r} is not a site code")
    if not instrument.strip("-"):
        raise BadName("what stands between site and date, the instrument, is empty")
    if not _digits(date):
        raise BadName(f"the last part but two must be a date of 8 digits, not {date!r}")
    if not _digits(counter):
        raise BadName(f"the last part but one must be a number of 8 digits, not {counter!r}")
    last = _LAST.fullmatch(tail)
    if not last:
        raise BadName(f"the last part must be like EX10.jpg, not {tail!r}")
    data_type, level, extension, _ = last.groups()
    frame = FrameName(site, instrument, date, counter, data_type, level, extension.lower(), tail)
    _check_lengths(frame)
    return frame


def _check_lengths(frame: FrameName) -> None:
    if len(frame.base) > LONGEST_BASE:
        raise BadName(f"a frame's name has at most {LONGEST_BASE} characters, not {len(frame.base)}")
    if len(frame.tail) > LONGEST_TAIL:
        raise BadName(f"the last part has at most {LONGEST_TAIL} characters, not {len(frame.tail)}")


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
    """`name`, and the names to try when it is not there: of full-size frames either `00` or `01` exists, and
    for a jpg that nobody sent the archive may have made one."""
    found = [name]
    for level, other in (("00", "01"), ("01", "00")):
        changed = re.sub(rf"(?i)(-[A-Z]+){level}(\.(?:fits|fit|fts|fz)\b)", rf"\g<1>{other}\2", name)
        if changed != name:
            found.append(changed)
    if picture := _MEDIUM_JPG.fullmatch(name):
        found.append(picture[1] + PREVIEW)
    return found


def preview(frame: FrameName, level: str) -> str:
    """The last part of the name of a picture that the archive makes of this frame's FITS file."""
    return f"{frame.data_type[: LONGEST_TAIL - len(level + PREVIEW)]}{level}{PREVIEW}"


def is_preview(name: str) -> bool:
    return name.endswith(PREVIEW)


def without_packing(name: str) -> str:
    """`x.fits.fz` → `x.fits`."""
    return _PACKED.sub("", name)


def without_extension(name: str) -> str:
    """`x.fits` → `x`."""
    return re.sub(r"\.(fits|fit|fts)$", "", name, flags=re.IGNORECASE)


def packing_of(name: str) -> str:
    """How a file is packed, in small letters: `fz`, `bz2` or `gz`; empty when it is not."""
    found = _PACKED.search(name)
    return found[1].lower() if found else ""


def is_packed(name: str) -> bool:
    return packing_of(name) != ""


def is_fits(name: str) -> bool:
    return _FITS.search(name) is not None
