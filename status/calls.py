"""What the calls of a site tell of it. Pure functions."""

from datetime import datetime, timedelta

POLL = "getnewjobs"
CALENDAR = "siteevents"
# An observatory polls every few seconds and asks for its calendar every minute. Its nightly reset can end the
# thread that does the latter: then it goes on obeying commands, but runs no projects until it is restarted.
CALENDAR_SILENCE = timedelta(minutes=10)
POLLS_STILL = timedelta(minutes=10)


def calendar_stopped(calls: dict[str, datetime], now: datetime) -> bool:
    """Whether a site still polls for commands but stopped asking for its calendar.

    A WEMA never asks for one, so what was never asked for was not stopped.
    """
    poll, calendar = calls.get(POLL), calls.get(CALENDAR)
    if poll is None or calendar is None:
        return False
    return now - poll < POLLS_STILL and poll - calendar > CALENDAR_SILENCE
