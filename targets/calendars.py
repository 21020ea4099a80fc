"""What the calendars say is taken, for pictures: an app that keeps reservations adds itself here."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Taken(NamedTuple):
    """A time that somebody holds a site for."""

    start: datetime
    end: datetime
    title: str


Calendar = Callable[[str, datetime, datetime], list[Taken]]
_calendars: list[Calendar] = []


def add(calendar: Calendar) -> None:
    """`calendar(site, start, end)` answers what lies between them, at most a few hundred."""
    if calendar not in _calendars:
        _calendars.append(calendar)


def taken(site: str, start: datetime, end: datetime) -> list[Taken]:
    """Of all calendars, in order of time."""
    return sorted(each for calendar in _calendars for each in calendar(site, start, end))
