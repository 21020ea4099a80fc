"""Messages as JSON: what comes in, what REST answers, what the sockets are sent."""

from typing import Any

from rest_framework import serializers

from logs.models import LogMessage
from photonranch.fields import NumberField, SiteField, TextField


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
    timestamp = NumberField(
        required=False, default=None, help_text="Unix time in seconds, fractions allowed. Default: now."
    )


class RecentLogsQuery(serializers.Serializer[Any]):
    """The query of `recent-logs`."""

    site = SiteField(help_text="The site to ask for.")
    after_time = NumberField(
        required=False, help_text="Only messages younger than this unix time in seconds. Default: a day ago."
    )


class RecentLog(serializers.Serializer[Any]):
    """A message as REST answers it."""

    message = serializers.CharField()
    log_level = serializers.CharField()
    timestamp = serializers.FloatField(help_text="Unix time in seconds.")


class PushedLog(serializers.Serializer[Any]):
    """A message as the sockets are sent it, in the data of topic `userstatus`."""

    site = serializers.CharField()
    message = serializers.CharField()
    log_level = serializers.CharField()
    timestamp = serializers.CharField(help_text="Unix time in seconds, as text.")


def seconds(timestamp: float) -> int | float:
    """A whole number where it is one, as it was sent."""
    return int(timestamp) if float(timestamp).is_integer() else timestamp


def recent(message: LogMessage) -> dict[str, Any]:
    return {
        "message": message.message,
        "log_level": message.log_level,
        "timestamp": seconds(message.timestamp),
    }


def pushed(message: LogMessage) -> dict[str, Any]:
    return {**recent(message), "site": message.site, "timestamp": str(seconds(message.timestamp))}
