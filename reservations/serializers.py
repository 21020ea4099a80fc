"""Events of the calendar as JSON: what comes in, and the one object that REST and the sockets show."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photonranch.api.fields import ObjectField, SiteField, TextField
from photonranch.api.instants import NotATime
from photonranch.lenient_json import Json
from projects.checks import NO_PROJECT
from projects.models import Project
from reservations.models import Reservation
from reservations.times import Moment, as_text, parse

# Browsers' timers wrap around at 2^31 ms, 24.8 days: one that is set for later fires at once, for ever.
FURTHEST_END = timedelta(days=20)
MOST_EVENTS = 1000


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(TextField):
    """A time as ISO 8601 text, such as 2026-11-20T22:55:29Z."""

    default_error_messages = {"time": "must be a UTC time such as 2026-11-20T22:55:29Z."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def to_internal_value(self, data: Json) -> Moment:  # type: ignore[override]
        try:
            return parse(super().to_internal_value(data))
        except NotATime:
            self.fail("time")


class NewEvent(serializers.Serializer[Any]):
    """The body of `newevent`. Other keys are kept and come back unchanged."""

    LONGEST_PROJECT_ID = 600

    event_id = TextField(max_length=255, help_text="Made by the client, such as a UUID.")
    site = SiteField(help_text="Whose time is reserved.")
    start = MomentField(help_text="First instant.")
    end = MomentField(help_text="First instant that is free again.")
    creator_id = TextField(
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="Whom it is for: only an admin books for others.",
    )
    creator = TextField(
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="Shown when the token has no name.",
    )
    title = TextField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="Default: the creator."
    )
    reservation_type = TextField(
        max_length=40, required=False, default="realtime", help_text="realtime or project."
    )
    project_id = TextField(
        max_length=LONGEST_PROJECT_ID,
        required=False,
        default=NO_PROJECT,
        allow_blank=True,
        help_text="`project_name#created_at`, or `none`.",
    )
    origin = TextField(max_length=40, required=False, default="ptr", help_text="ptr, or lco: the scheduler.")
    reservation_note = TextField(required=False, default="", allow_blank=True)

    def validate(self, event: dict[str, Any]) -> dict[str, Any]:
        if event["end"].at <= event["start"].at:
            raise serializers.ValidationError({"end": "must be after the start."})
        return event


# What is a column of its own, or follows from one; everything else of an event is kept as it came.
COLUMNS = frozenset(NewEvent._declared_fields) - {"reservation_note"} | {"resourceId", "last_modified"}


def others(event: Mapping[str, Json]) -> dict[str, Json]:
    """The keys of an event that are not columns."""
    return {key: value for key, value in event.items() if key not in COLUMNS}


class ModifyEvent(serializers.Serializer[Any]):
    """The body of `modifyevent`."""

    originalEvent = ObjectField(help_text="Which event: its `event_id` counts, nothing else.")  # noqa: N815
    modifiedEvent = ObjectField(help_text="What changes. Creator and id stay.")  # noqa: N815


class EventKey(serializers.Serializer[Any]):
    """The body of `delete`. A `start` may come along; it does not matter."""

    event_id = TextField(max_length=255, help_text="Which event.")


class Window(serializers.Serializer[Any]):
    """The body of `siteevents` and `scheduler-observations`."""

    site = SiteField(help_text="Whose calendar.")
    start = MomentField(help_text="Where the window begins.")
    end = MomentField(help_text="Where the window ends.")


class SiteWindow(Window):
    """The body of `siteevents`."""

    # How telescopes of the years 2021 to 2023 write it.
    MISTYPED = "full_project_details:"

    full_project_details = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text=(
            "`true` adds each event's project, as `project`. `false` is what telescopes say, which fetch "
            "what `project_id` names: it reads `none` where the event does not deliver that project."
        ),
    )


class UserFrom(serializers.Serializer[Any]):
    """The body of `user-events-ending-after-time`."""

    user_id = TextField(max_length=255, help_text="Whose events.")
    time = MomentField(help_text="Those that end then or later.")


class SiteTime(serializers.Serializer[Any]):
    """The body of `get-event-at-time`."""

    site = SiteField(help_text="Whose calendar.")
    time = MomentField(help_text="At which instant.")


class UserSiteTime(SiteTime):
    """The body of `is-user-scheduled` and `does-conflicting-event-exist`."""

    user_id = TextField(max_length=255, help_text="Which user.")


@extend_schema_field({"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "object"}]}})
class EventIdsField(serializers.Field):  # type: ignore[type-arg]
    """A list of events, or of their ids."""

    default_error_messages = {
        "required": "this key is missing.",
        "null": "this key must not be null.",
        "invalid": "must be a list of events, or of their ids.",
        "max_length": "has more than {most} events.",
    }

    def to_internal_value(self, data: Json) -> list[str]:
        if not isinstance(data, list):
            self.fail("invalid")
        if len(data) > MOST_EVENTS:
            self.fail("max_length", most=MOST_EVENTS)
        ids: dict[str, None] = {}
        for item in data:
            event_id = item.get("event_id") if isinstance(item, dict) else item
            if not isinstance(event_id, str) or not event_id:
                self.fail("invalid")
            ids[event_id] = None
        return list(ids)

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class EventIds(serializers.Serializer[Any]):
    """The body of `remove-project-from-events`."""

    events = EventIdsField(help_text="Events, or their ids.")


class EventIdsAndProject(EventIds):
    """The body of `add-projects-to-events`."""

    project_id = TextField(
        max_length=NewEvent.LONGEST_PROJECT_ID, help_text="`project_name#created_at`, or `none`."
    )


class EventObject(serializers.Serializer[Any]):
    """An event of the calendar, with whatever else its client sent."""

    event_id = serializers.CharField()
    site = serializers.CharField()
    resourceId = serializers.CharField(help_text="The site.")  # noqa: N815
    start = serializers.CharField()
    end = serializers.CharField()
    creator = serializers.CharField()
    creator_id = serializers.CharField()
    title = serializers.CharField()
    reservation_type = serializers.CharField()
    reservation_note = serializers.CharField()
    project_id = serializers.CharField(help_text="As it was sent; see `siteevents` for what telescopes get.")
    origin = serializers.CharField()
    last_modified = serializers.CharField()
    project = ObjectField(
        required=False, help_text="With `full_project_details`; `Project not found.` when there is none."
    )


class EventWithWarnings(EventObject):
    """An event of the calendar that was changed."""

    warnings = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="With a project that it delivers: what in it a telescope would stumble over.",
    )


class NewEventAnswer(serializers.Serializer[Any]):
    """The answer to `newevent`."""

    table_response = ObjectField(help_text='`{"ResponseMetadata": {"HTTPStatusCode": 200}}`')
    new_calendar_event = EventObject()
    warnings = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="With a project that it delivers: what in it a telescope would stumble over.",
    )


class SchedulerObservation(serializers.Serializer[Any]):
    """What the scheduler plans, as its portal describes it."""

    event_id = serializers.CharField()
    start = serializers.CharField()
    end = serializers.CharField()
    observation_state = serializers.CharField(help_text="Such as PENDING or COMPLETED.")
    observation_data = ObjectField(help_text="The observation portal's schedule item.")
    created_by = serializers.CharField()
    user_id = serializers.CharField()


def event_object(event: Reservation) -> dict[str, Any]:
    return {
        **event.details,
        "event_id": event.event_id,
        "site": event.site,
        "resourceId": event.site,
        "start": event.start_text,
        "end": event.end_text,
        "creator": event.creator,
        "creator_id": event.creator_id,
        "title": event.title,
        "reservation_type": event.reservation_type,
        "project_id": event.project_id,
        "origin": event.origin,
        "last_modified": as_text(event.last_modified),
    }


def active_event(event: Reservation, asked: Moment) -> dict[str, Any]:
    """An event that is on; its end is clipped to what a browser's timer can wait for."""
    shown = event_object(event)
    if event.end - asked.at > FURTHEST_END:
        shown["end"] = as_text(asked.at + FURTHEST_END)
    return shown


def with_project(event: Reservation, project: Project | None) -> dict[str, Any]:
    """An event with the project that it delivers; one that names another says so."""
    shown = event_object(event)
    if event.project_key:
        shown["project"] = "Project not found." if project is None else project.document
    return shown


def for_telescope(event: Reservation, project: Project | None) -> dict[str, Any]:
    """An event as a telescope may follow it: by its text, whoever's project stands under that name later.

    The text is there only with the project that the event delivers, and only where a telescope, which splits
    it at every "#" and takes the first two parts, finds that one and no other.
    """
    shown = event_object(event)
    if project is None or shown["project_id"].split("#")[:2] != [project.project_name, project.created_at]:
        shown["project_id"] = NO_PROJECT
    return shown


def with_warnings(event: Reservation, project: Project | None) -> dict[str, Any]:
    """An event; one that delivers a project says what in it a telescope would stumble over."""
    return {**event_object(event), **warnings_of(project)}


def warnings_of(project: Project | None) -> dict[str, Any]:
    return {} if project is None else {"warnings": project.warnings}


def observation(event: Reservation, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "start": event.start_text,
        "end": event.end_text,
        "observation_state": str(data.get("state") or "PENDING"),
        "observation_data": data,
        "created_by": event.creator,
        "user_id": event.creator_id,
    }
