"""Sites, nights, notes and rooms as JSON: what comes in, and what is answered."""

import json
from datetime import UTC, date, datetime
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photonranch.api.fields import SITE_CODE, JsonField, NumberField, ObjectField, SiteField, TextField
from photonranch.api.instants import UnixTimeField
from photonranch.errors import BadRequest
from photonranch.excerpts import quoted
from photonranch.lenient_json import Json
from sitecfg.models import ControlRoom, Night, NightNote, Site
from sky.night_events import MOST_NIGHTS, MoonPass

DEFAULT_TTL_H = 48
MOST_TTL_H = 24 * 366
RESOLUTIONS = ("low", "medium", "high", "mobile")
KEPT: Final = {"ResponseMetadata": {"HTTPStatusCode": 200}}


def site_code(code: str) -> str:
    """A code out of a path; raises BadRequest for what no site can be called."""
    if not SITE_CODE.fullmatch(code):
        raise BadRequest(f"site: {quoted(code)} is not a site code.")
    return code


def iso(when: datetime) -> str:
    """UTC to the second, as calendars of the network write it: 2026-11-20T22:55:29Z."""
    return f"{datetime.fromtimestamp(round(when.timestamp()), UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- Configurations ----------------------------------------------------------------------------------------


class SiteConfiguration(serializers.Serializer[Any]):
    """The answer to a question for one site."""

    site = serializers.CharField()
    configuration = ObjectField(help_text="As the site put it.")


class Kept(serializers.Serializer[Any]):
    """The answer to a change."""

    ResponseMetadata = ObjectField(help_text='`{"HTTPStatusCode": 200}`')


class Message(serializers.Serializer[Any]):
    """An error of a call whose clients parse every answer."""

    message = serializers.CharField()


def site_configuration(site: Site) -> dict[str, Any]:
    return {"site": site.code, "configuration": site.configuration}


# --- The sky -----------------------------------------------------------------------------------------------


class WhenField(UnixTimeField):
    """Unix time in seconds, as a datetime."""

    def to_internal_value(self, data: Json) -> Any:
        return self.instant(super().to_internal_value(data))


@extend_schema_field(OpenApiTypes.DATE)
class DayField(TextField):
    """YYYY-MM-DD, as a date."""

    default_error_messages = {"day": "must be a day such as 2026-11-20."}

    def to_internal_value(self, data: Json) -> Any:
        text = super().to_internal_value(data)
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fail("day")


@extend_schema_field(OpenApiTypes.INT)
class CountField(NumberField):
    """A whole number of nights."""

    default_error_messages = {"count": "must be a whole number from 1 to {most}."}

    def to_internal_value(self, data: Json) -> int:
        number = super().to_internal_value(data)
        if not isinstance(number, int) or not 1 <= number <= MOST_NIGHTS:
            self.fail("count", most=MOST_NIGHTS)
        return number


class EventsQuery(serializers.Serializer[Any]):
    """The query of `events`."""

    site = SiteField(help_text="Whose night.")
    when = WhenField(
        required=False, help_text="Unix time in seconds within the night (local noon to noon). Default: now."
    )


class RangeQuery(serializers.Serializer[Any]):
    """The query of `events/range`."""

    site = SiteField(help_text="Whose nights.")
    start = DayField(help_text="The day on whose local noon the first night begins.")
    nights = CountField(required=False, default=14, help_text="How many, 1 to 400. Default: 14.")


class PictureQuery(serializers.Serializer[Any]):
    """The query of the night's picture."""

    when = WhenField(required=False, help_text="Unix time in seconds within the night. Default: now.")


class MoonQuery(serializers.Serializer[Any]):
    """The query of `events/moon/rise-set-illum`."""

    lat = NumberField(help_text="Degrees north.")
    lng = NumberField(help_text="Degrees east.")
    start = TextField(max_length=40, help_text="UTC, such as 2022-12-31T01:00:00Z.")
    end = TextField(max_length=40, help_text="UTC.")


class NightObject(serializers.Serializer[Any]):
    """A night."""

    date = serializers.DateField(help_text="The day on whose local noon it begins.")
    start = serializers.DateTimeField(help_text="That noon, UTC.")
    end = serializers.DateTimeField(help_text="The next local noon, UTC.")
    events = serializers.DictField(child=serializers.FloatField(), help_text="Name → TAI Julian day.")


class MoonObject(serializers.Serializer[Any]):
    """One stay of the moon above the horizon."""

    rise = serializers.DateTimeField()
    transit = serializers.DateTimeField()
    set = serializers.DateTimeField()
    illumination = serializers.FloatField(help_text="The lit fraction at transit, 0 to 1.")


def night_object(night: Night) -> dict[str, Any]:
    return {
        "date": night.date.isoformat(),
        "start": iso(night.start),
        "end": iso(night.end),
        "events": night.events,
    }


def moon_object(moon: MoonPass) -> dict[str, Any]:
    return {
        "rise": iso(moon.rise),
        "transit": iso(moon.transit),
        "set": iso(moon.set),
        "illumination": moon.illumination,
    }


# --- The night log -----------------------------------------------------------------------------------------


class NoteField(ObjectField):
    """The note as an object, as the frontend sends it; or a text, which then is its message."""

    default_error_messages = {"invalid": "must be a JSON object or text."}

    def to_internal_value(self, data: Json) -> dict[str, Json]:
        if isinstance(data, str):
            return _object_in(data) or {"message": data}
        return super().to_internal_value(data)


def _object_in(text: str) -> dict[str, Json] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class NewNote(serializers.Serializer[Any]):
    """The body of a new note. The frontend's `ttl_hours` stands inside `note_data`."""

    note_data = NoteField(help_text="message, username, ttl_hours (default 48) and whatever else.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        hours = attrs["note_data"].get("ttl_hours")
        if hours in (None, ""):
            hours = DEFAULT_TTL_H
        field = NumberField()
        try:
            hours = field.to_internal_value(hours)
        except serializers.ValidationError:
            raise serializers.ValidationError({"note_data": {"ttl_hours": "must be a number."}}) from None
        if not 0 < hours <= MOST_TTL_H:
            limit = f"must be more than 0 and at most {MOST_TTL_H}."
            raise serializers.ValidationError({"note_data": {"ttl_hours": limit}})
        return {**attrs, "hours": hours}


class Note(serializers.Serializer[Any]):
    """A note of the night log."""

    site = serializers.CharField()
    created_timestamp = serializers.IntegerField(help_text="Unix time in seconds.")
    ttl_timestamp_seconds = serializers.IntegerField(help_text="When it is gone: unix time in seconds.")
    note_data = ObjectField()


def note(kept: NightNote) -> dict[str, Any]:
    return {
        "site": kept.site,
        "created_timestamp": int(kept.created_at.timestamp()),
        "ttl_timestamp_seconds": int(kept.expires_at.timestamp()),
        "note_data": kept.note_data,
    }


# --- Control rooms -----------------------------------------------------------------------------------------


class NewBrowser(serializers.Serializer[Any]):
    """The body of `new_remotehq_browser`."""

    initial_url = TextField(max_length=2000, required=False, help_text="What it opens. Default: this server.")
    resolution = TextField(
        max_length=10,
        required=False,
        default="medium",
        help_text="low, medium (the default), high or mobile.",
    )

    def validate_initial_url(self, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise serializers.ValidationError("must be a URL that starts with https:// or http://.")
        return url

    def validate_resolution(self, resolution: str) -> str:
        if resolution not in RESOLUTIONS:
            raise serializers.ValidationError(f"must be one of: {', '.join(RESOLUTIONS)}.")
        return resolution


class Room(serializers.Serializer[Any]):
    """A control room."""

    site = serializers.CharField()
    slug = serializers.CharField()
    room_id = serializers.CharField()
    url = serializers.CharField()
    config = ObjectField()
    is_deleted = serializers.BooleanField()


class Browser(serializers.Serializer[Any]):
    """A cloud browser, as RemoteHQ describes it; an `error` stands beside or in place of `data`."""

    data = JsonField(required=False, help_text="instanceURN and embedURL")  # type: ignore[assignment]


def room(kept: ControlRoom) -> dict[str, Any]:
    return {
        "site": kept.site,
        "slug": kept.slug,
        "room_id": kept.room_id,
        "url": kept.url,
        "config": kept.config,
        "is_deleted": False,
    }
