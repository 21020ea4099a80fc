"""Who holds a site now: the one question that commands ask of reservations."""

from datetime import datetime

from reservations.models import Reservation


def holders(site: str, at: datetime) -> frozenset[str]:
    """The ids of the users who hold `site` at the instant `at`; empty: nobody does.

    A reservation of an observatory holds its weather and enclosure manager, too.
    """
    return Reservation.objects.holders(site, at)
