"""Who plans observations, beside what people reserve.

An app that plans says so when it is ready, as `reservations.apps` does for the calendar's own events and for
an observation portal:

    schedules.add("ours", plan.observations)
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)

# What clients are shown (serializers.SchedulerObservation).
Observation = dict[str, Any]
# Site, and the window's start and end: what touches it.
Source = Callable[[str, datetime, datetime], Iterable[Observation]]

MOST = 5000

_sources: dict[str, Source] = {}


def add(name: str, source: Source) -> None:
    """A second one of the same name takes the place of the first."""
    _sources[name] = source


def remove(name: str) -> None:
    _sources.pop(name, None)


def observations(site: str, start: datetime, end: datetime) -> list[Observation]:
    """What anybody plans at `site` in that window, earliest first, each observation once, at most MOST."""
    found: dict[str, Observation] = {}
    for name, source in list(_sources.items()):
        for observation in _asked(name, source, site, start, end):
            found.setdefault(_identity(observation), observation)
    return sorted(found.values(), key=lambda each: str(each["start"]))[:MOST]


def _asked(name: str, source: Source, site: str, start: datetime, end: datetime) -> list[Observation]:
    """A source that fails is left out, as the calendar page stumbles over anything but a list. (Without a
    database there is none: an empty one would say that nothing is planned.)"""
    try:
        return list(source(site, start, end))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("the schedule of %s is left out: it could not be asked", name)
        return []


def _identity(observation: Observation) -> str:
    """Which observation it is, whoever tells of it: the portal's number, else the event."""
    return str(observation["observation_data"].get("id") or observation["event_id"])
