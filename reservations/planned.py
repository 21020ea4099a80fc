"""Observations that the scheduler put into the calendar itself, as events with a project."""

from collections.abc import Iterator
from datetime import datetime

from projects import services as projects
from reservations import links, serializers
from reservations.models import Reservation
from reservations.schedules import Observation


def observations(site: str, start: datetime, end: datetime) -> Iterator[Observation]:
    """Those whose project carries the observation (`full_lco_observation`)."""
    events = [event for event in Reservation.objects.overlapping(site, start, end) if event.by_scheduler]
    delivered = links.delivered(events)
    for event in events:
        if data := projects.lco_observation(delivered.get(event.pk)):
            yield serializers.observation(event, data)
