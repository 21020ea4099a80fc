"""Messages as JSON: what comes in, what REST answers, what the sockets are sent."""

import math
from typing import Any

from rest_framework import serializers

from logs.models import LogMessage
from photonranch.api.fields import SiteField, TextField
from photonranch.api.instants import UnixTimeField, nearest


class NewLog(serializers.Serializer[Any]):
    """The body of `newlog`."""

    site = SiteField(help_text="The site that shows the message.")
    log_message = TextField(max_length=20_000, allow_blank=True, help_text="What people read.")
    log_level = TextField(
        max_length=40,
        required=False,
        default="info",
        help_text="debug, info, warning, error or critical, in any case; WARN and other short names are "
        "translated. Default: info.",
    )
    timestamp = UnixTimeField(
        required=False, default=None, help_text="Unix time in seconds, fractions allowed. Default: now."
    )


class RecentLogsQuery(serializers.Serializer[Any]):
    """The query of `recent-logs`."""

    site = SiteField(help_text="The site to ask for.")
    after_time = UnixTimeField(
        required=False, help_text="Only messages younger than this unix time in seconds. Default: a day ago."
    )


class RecentLog(serializers.Serializer[Any]):
    """A message as REST answers it."""

    message = serializers.CharField()
    log_level = serializers.CharField()
    timestamp = serializers.CharField(help_text="Unix time in whole seconds, as text.")
    timestamp_ms = serializers.FloatField(help_text="The same instant in milliseconds, with its fractions.")


class PushedLog(RecentLog):
    """A message as the sockets are sent it, in the data of topic `userstatus`."""

    site = serializers.CharField()


# What is nearer to 1970 than the year 1, a calendar holds.
FIRST_BEYOND_S = 62_135_596_800


def milliseconds(timestamp: float) -> int | float:
    """Unix seconds in milliseconds, to the microsecond; a whole number where it is one."""
    exact = round(float(timestamp) * 1000, 3)
    return int(exact) if exact.is_integer() else exact


def _bounded(timestamp: float) -> float:
    """The sender's time, or the end of the calendar that is nearest: no whole number is infinite."""
    return timestamp if abs(timestamp) < FIRST_BEYOND_S else nearest(timestamp).timestamp()


def recent(message: LogMessage) -> dict[str, Any]:
    """`timestamp` is what the documentation shows, and programs that follow it call `int()` on it."""
    return {
        "message": message.message,
        "log_level": message.log_level,
        "timestamp": str(math.floor(_bounded(message.timestamp))),
        "timestamp_ms": milliseconds(_bounded(message.timestamp)),
    }


def pushed(message: LogMessage) -> dict[str, Any]:
    return {**recent(message), "site": message.site}
