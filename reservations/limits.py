"""How long, how far ahead and since when people may reserve. Admins, a site's key and the scheduler are free.

Only time that is newly taken is judged: what lies beyond the limits already can be deleted, shortened and
given another title.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from photonranch.errors import BadRequest
from reservations.models import Reservation

# Clocks differ, and a form stays open for a while.
GRACE = timedelta(minutes=10)


def check(reservation: Reservation, taken_from: datetime) -> None:
    """Raises BadRequest with the limit that is passed. `taken_from`: where the time that is new begins."""
    now = timezone.now()
    if taken_from < now - GRACE:
        field = "start" if taken_from == reservation.start else "end"
        raise BadRequest(f"{field}: lies in the past; time can be reserved from 10 minutes ago on.")
    if reservation.end - reservation.start > timedelta(hours=settings.RESERVATION_MAX_HOURS):
        raise BadRequest(f"end: a reservation lasts at most {settings.RESERVATION_MAX_HOURS} hours.")
    if reservation.start > now + timedelta(days=settings.RESERVATION_MAX_DAYS):
        raise BadRequest(f"start: lies more than {settings.RESERVATION_MAX_DAYS} days ahead.")
