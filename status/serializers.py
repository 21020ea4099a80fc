"""Status as JSON: what comes in, and the one document that REST answers and the sockets are sent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rest_framework import serializers

from photonranch.api.fields import NumberField, ObjectField, SiteField, TextField
from status import calls as site_calls
from status import documents
from status.models import Phase, Status, WeatherSample

HOUR_S = 3600
# As long as samples of the weather are kept.
MOST_HOURS = 48
# Names that stand in the place of a type in this service's paths.
TAKEN = frozenset(["status", "complete_status", "clear_all_status"])


class NewStatus(serializers.Serializer[Any]):
    """The body of a status post."""

    statusType = TextField(max_length=100, help_text="Such as device, weather, enclosure, obs_settings.")  # noqa: N815
    status = ObjectField(help_text="What changed; the rest of what is known stays.")

    def validate_statusType(self, status_type: str) -> str:  # noqa: N802
        if "/" in status_type or status_type in TAKEN:
            raise serializers.ValidationError("is not the name of a status type.")
        return status_type

    def validate(self, body: dict[str, Any]) -> dict[str, Any]:
        forecast = body["status"].get(documents.FORECAST)
        if body["statusType"] == documents.FORECAST and not isinstance(forecast, list):
            raise serializers.ValidationError({"status.forecast": "must be a list."})
        return body


class Received(serializers.Serializer[Any]):
    """The answer to a status post."""

    site = serializers.CharField()
    statusType = serializers.CharField()  # noqa: N815
    server_timestamp_ms = serializers.IntegerField(help_text="When it came in: unix time in ms.")


class StatusObject(Received):
    """All that is known of one type of status at a site."""

    status = ObjectField(help_text="Values at depth three are `{val, timestamp}`, the timestamp in unix ms.")


class CompleteStatus(serializers.Serializer[Any]):
    """All types of a site as one."""

    site = serializers.CharField()
    statusType = serializers.CharField(help_text="`combined`")  # noqa: N815
    latest_status_timestamp_ms = serializers.IntegerField(help_text="0 when the site never sent any.")
    status_age_timestamps_ms = ObjectField(help_text="Type → when its last post came in, unix ms.")
    status = ObjectField(help_text="`{}` when the site never sent any.")


class NewPhase(serializers.Serializer[Any]):
    """The body of a phase post."""

    site = SiteField(help_text="Who says it.")
    message = TextField(max_length=2000, allow_blank=True, help_text="What people read.")


class PhaseQuery(serializers.Serializer[Any]):
    """The query of `phase_status`."""

    max_age_seconds = NumberField(required=False, default=HOUR_S, help_text="Default: 3600.")


class PhaseObject(serializers.Serializer[Any]):
    """One line of what a site says it is doing."""

    site = serializers.CharField()
    timestamp = serializers.FloatField(help_text="Unix time in seconds.")
    message = serializers.CharField()


class HoursField(NumberField):
    default_error_messages = {"hours": f"must be more than 0 and at most {MOST_HOURS}."}

    def to_internal_value(self, data: Any) -> int | float:
        hours = super().to_internal_value(data)
        if not 0 < hours <= MOST_HOURS:
            self.fail("hours")
        return hours


class HistoryQuery(serializers.Serializer[Any]):
    """The query of the weather's history."""

    hours = HoursField(
        required=False, default=24, help_text=f"How far back, at most {MOST_HOURS}. Default: 24."
    )


class WeatherHistory(serializers.Serializer[Any]):
    """The weather's past in columns of one length, oldest first."""

    site = serializers.CharField(help_text="Who was asked for.")
    measured_by = serializers.CharField(help_text="Whose station it was: the site's own or its WEMA's.")
    timestamps_ms = serializers.ListField(child=serializers.IntegerField(), help_text="Unix ms, by minutes.")
    columns = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)),
        help_text="Name → values, null where there was none: temperature, dewpoint, sky_temperature in °C, "
        "humidity and cloud_cover in %, wind in m/s, sky_brightness in mag/arcsec², rain_rate in mm/h.",
    )


def received(status: Status) -> dict[str, Any]:
    return {
        "site": status.site,
        "statusType": status.status_type,
        "server_timestamp_ms": status.server_timestamp_ms,
    }


def status_object(status: Status) -> dict[str, Any]:
    document = documents.complete(status.status_type, status.document)
    return {**received(status), "status": document}


def complete_status(site: str, found: Iterable[Status]) -> dict[str, Any]:
    """`found` is everything of the site and of its WEMA; the site's own word goes before the WEMA's."""
    own_last = sorted(found, key=lambda status: status.site == site)
    ages = {status.status_type: status.server_timestamp_ms for status in own_last}
    return {
        "site": site,
        "statusType": "combined",
        "latest_status_timestamp_ms": max(ages.values(), default=0),
        "status_age_timestamps_ms": ages,
        "status": documents.together(status.document for status in own_last) if own_last else {},
    }


def open_status(rows: Iterable[tuple[str, str, int, bool | None]], now_ms: int) -> dict[str, Any]:
    """Every site's ages, from the rows of Status.objects.ages()."""
    sites: dict[str, dict[str, Any]] = {}
    weather: dict[str, bool] = {}
    for site, status_type, timestamp_ms, wx_ok in rows:
        age_s = max(0, now_ms - timestamp_ms) // 1000
        sites.setdefault(site, {})[status_type] = {"status_age_s": age_s}
        if wx_ok is not None:
            weather[site] = wx_ok
    for site, wx_ok in weather.items():
        sites[site]["wx_ok"] = wx_ok
    return sites


def phase_object(phase: Phase) -> dict[str, Any]:
    return {"site": phase.site, "timestamp": phase.timestamp, "message": phase.message}


def weather_history(site: str, found: list[WeatherSample]) -> dict[str, Any]:
    return {
        "site": site,
        "measured_by": found[-1].site if found else site,
        "timestamps_ms": [sample.timestamp_ms for sample in found],
        "columns": {column: [getattr(sample, column) for sample in found] for column in documents.WEATHER},
    }


def seen_object(calls: dict[str, datetime], now: datetime) -> dict[str, Any]:
    return {
        "calls": {
            endpoint: {
                "timestamp_ms": int(at.timestamp() * 1000),
                "age_s": max(0, int((now - at).total_seconds())),
            }
            for endpoint, at in calls.items()
        },
        "calendar_stopped": site_calls.calendar_stopped(calls, now),
    }
