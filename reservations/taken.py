"""What pictures of a night show of the calendar."""

from datetime import datetime

from reservations.models import Reservation
from targets.calendars import Taken

MAX_ROWS = 100


def times(site: str, start: datetime, end: datetime) -> list[Taken]:
    """The reservations of a site between two times, the earliest hundred."""
    rows = Reservation.objects.overlapping(site, start, end)[:MAX_ROWS]
    return [Taken(row.start, row.end, row.title or row.creator) for row in rows]
