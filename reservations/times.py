"""Times as the calendar's clients write them: a timestamp to compare, a text to give back."""

from datetime import UTC, datetime
from typing import NamedTuple

from photonranch.api.instants import from_text


class Moment(NamedTuple):
    """An instant, and the text that is given back for it."""

    at: datetime
    text: str


def parse(text: str) -> Moment:
    """The instant that an ISO 8601 text names; without a zone it is UTC. Raises NotATime.

    A text ending in `Z` comes back as it is. Others come back in that form: one date without the `Z` and a
    telescope cannot sort its schedule any more.
    """
    at = from_text(text)
    return Moment(at, text if text.endswith("Z") else as_text(at))


def as_text(at: datetime) -> str:
    """`at` in UTC as every client reads it: `2026-11-20T22:55:29Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
