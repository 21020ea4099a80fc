"""How a frame was taken: of what kind, through which filter, for how long, and when its middle was.

Telescopes say the kind in `OBSTYPE` (LCO's) or `IMAGETYP` (SBIG's), in words of their own. Where several
short exposures are added up in the camera, `EXPTIME` is the time from the first to the last of them, and
`EFFEXPT` the light they gathered, which is what was asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from images.models import DateSource, Image

NOT_STACKED = ("", "no")
KIND_KEYWORDS = ("OBSTYPE", "IMAGETYP", "IMGTYPE", "FRAME")
# What a frame is whose header does not say: the type in its file's name.
OF_TYPE = {"EX": "light", "E": "light", "EF": "focus", "EP": "pointing"}
SAME_KIND = {
    "expose": "light",
    "exposure": "light",
    "object": "light",
    "science": "light",
    "autofocus": "focus",
    "zero": "bias",
}
# Longer stacks than anybody takes.
MOST_IN_STACK = 1000


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame, as it was taken. `seconds` and `middle` are None where its header does not say."""

    base_filename: str
    site: str
    kind: str
    filter: str
    seconds: float | None
    middle: datetime | None
    # How many frames its smart stack is to have, 1 when it is in none, and those of it that are here.
    stack_length: int = 1
    stack: tuple[str, ...] = ()


def kind_of(said: str) -> str:
    """One word for what telescopes, forms and archives call differently: `EXPOSE` and `Light Frame` are
    `light`."""
    word = said.lower().removesuffix("frame").strip(" _-")
    return SAME_KIND.get(word, word)


def taken(base_filename: str) -> Taken | None:
    """Of the frame of that name; None when the archive does not have it, or has not read its header."""
    image = Image.objects.select_related("fits_header").filter(base_filename=base_filename).first()
    if image is None or not hasattr(image, "fits_header"):
        return None
    cards = image.fits_header.cards
    length = _stack_length(image, cards)
    return Taken(
        base_filename=image.base_filename,
        site=image.site,
        kind=_kind(image, cards),
        filter=image.filter_used,
        seconds=_number(cards.get("EFFEXPT")) or image.exposure_time,
        middle=middle_of(image),
        stack_length=length,
        stack=_stack(image) if length > 1 else (),
    )


def _kind(image: Image, cards: dict[str, Any]) -> str:
    said = next((text for keyword in KIND_KEYWORDS if (text := str(cards.get(keyword) or "").strip())), "")
    return kind_of(said) or OF_TYPE.get(image.data_type.upper(), image.data_type.lower())


def middle_of(image: Image) -> datetime | None:
    """The middle of its exposure. The date of an image without one in its header is when its first file came:
    that says nothing."""
    if image.capture_date_source != DateSource.HEADER:
        return None
    return image.capture_date + timedelta(seconds=(image.exposure_time or 0) / 2)


def _stack_length(image: Image, cards: dict[str, Any]) -> int:
    if image.smart_stack in NOT_STACKED:
        return 1
    return max(1, min(int(_number(cards.get("SSTKLEN")) or 1), MOST_IN_STACK))


def _stack(image: Image) -> tuple[str, ...]:
    """Served by the index "image_stack"."""
    frames = Image.objects.filter(site=image.site, instrument=image.instrument, smart_stack=image.smart_stack)
    return tuple(frames.order_by("pk").values_list("base_filename", flat=True)[:MOST_IN_STACK])


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 < number < 1e9 else None
