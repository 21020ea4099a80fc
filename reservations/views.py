"""The endpoints of the calendar service."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY, BY_USER_OR_SITE
from photonranch.api.rendering import Response, sentence
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import caller_of, site_writer, user_or_site_of
from photonranch.lenient_json import Json
from reservations import links, schedules, serializers, services
from reservations.models import Reservation

not_signed_in = OpenApiResponse(OpenApiTypes.OBJECT, description='`{"message": "Unauthorized"}`')
not_yours = OpenApiResponse(OpenApiTypes.STR, description="The event is not yours, or at another site.")
not_found = OpenApiResponse(OpenApiTypes.STR, description="No such event.")
taken = OpenApiResponse(
    OpenApiTypes.STR, description="Somebody else holds the site at that time, or the id is taken."
)

an_event = {
    "event_id": "024242f8-6d4a-4c0c-8c1d-0b5a5d1f4a11",
    "start": "2026-11-21T04:00:00Z",
    "end": "2026-11-21T04:30:00Z",
    "creator": "Firstname Lastname",
    "creator_id": "google-oauth2|xxxxxxxxxxxxx",
    "site": "saf",
    "title": "My Name",
    "reservation_type": "realtime",
    "origin": "ptr",
    "resourceId": "saf",
    "project_id": "none",
    "reservation_note": "",
}


class NewEventView(ApiView):
    @extend_schema(
        tags=["calendar"],
        summary="Reserve a site",
        request=serializers.NewEvent,
        responses={
            200: serializers.NewEventAnswer,
            400: BAD_REQUEST,
            401: not_signed_in,
            403: OpenApiResponse(OpenApiTypes.STR, description="The key belongs to another site."),
            409: taken,
        },
        auth=BY_USER_OR_SITE,
        examples=[OpenApiExample("half an hour", value=an_event, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """It belongs to the token's user; with the key of its site, to whom the body says, else to the site.
        Time that somebody else holds is refused, except to admins and to events of the scheduler (`origin`
        lco, by an admin, the scheduler or the site)."""
        caller = user_or_site_of(request)
        body = body_of(request)
        event = validated(serializers.NewEvent, body)
        reservation = services.reserve(caller, event, serializers.others(body))
        answer = {
            "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
            "new_calendar_event": serializers.event_object(reservation),
            **serializers.warnings_of(links.delivered([reservation]).get(reservation.pk)),
        }
        return Response(answer)


class ModifyEventView(ApiView):
    @extend_schema(
        tags=["calendar"],
        summary="Change an event",
        request=serializers.ModifyEvent,
        responses={
            200: serializers.EventWithWarnings,
            400: BAD_REQUEST,
            401: not_signed_in,
            403: not_yours,
            404: not_found,
            409: taken,
        },
        examples=[
            OpenApiExample(
                "longer",
                value={
                    "originalEvent": an_event,
                    "modifiedEvent": {**an_event, "end": "2026-11-21T05:00:00Z"},
                },
                request_only=True,
            )
        ],
        auth=BY_USER_OR_SITE,
    )
    def post(self, request: Request) -> Response:
        """The owner, an admin or its site's key may. What is left out stays, as do creator and id."""
        caller = user_or_site_of(request)
        body = validated(serializers.ModifyEvent, body_of(request))
        key = validated(serializers.EventKey, body["originalEvent"])
        reservation = services.modify(caller, key["event_id"], body["modifiedEvent"])
        project = links.delivered([reservation]).get(reservation.pk)
        return Response(serializers.with_warnings(reservation, project))


class DeleteView(ApiView):
    @extend_schema(
        tags=["calendar"],
        summary="Cancel an event",
        request=serializers.EventKey,
        responses={
            200: OpenApiTypes.OBJECT,
            400: BAD_REQUEST,
            401: not_signed_in,
            403: not_yours,
            404: not_found,
        },
        auth=BY_USER_OR_SITE,
    )
    def post(self, request: Request) -> Response:
        """The owner, an admin or its site's key may."""
        caller = user_or_site_of(request)
        body = validated(serializers.EventKey, body_of(request))
        services.cancel(caller, body["event_id"])
        return Response({"message": "The event was deleted.", "event_id": body["event_id"]})


class SiteEventsView(ApiView):
    changes = frozenset()
    # A telescope takes an empty list, and everything that is not JSON, for an empty calendar, and aborts the
    # exposure that is running; over an object it keeps the calendar it has.
    harmless_body: ClassVar[Json] = {"message": "The calendar cannot be read just now; please ask again."}
    # A telescope's nightly reset can end the thread that asks: then somebody has to be told.
    site_call = "siteevents"

    @extend_schema(
        tags=["calendar"],
        summary="Events of a site in a window of time",
        request=serializers.SiteWindow,
        responses={
            200: serializers.EventObject(many=True),
            400: BAD_REQUEST,
            503: OpenApiResponse(OpenApiTypes.OBJECT, description='`{"message": …}`, never a list.'),
        },
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Everything that overlaps the window, earliest start first.

        To `"full_project_details": false`, which telescopes send, `project_id` is `none` in every event that
        does not deliver the project it names. They run whatever stands under that name when they fetch it,
        and would run in somebody's time what a stranger made under it. Where the key is left out, and with
        `true`, the text is what was sent.
        """
        sent = body_of(request)
        body = validated(serializers.SiteWindow, sent)
        events = list(Reservation.objects.overlapping(body["site"], body["start"].at, body["end"].at))
        if "full_project_details" not in body and serializers.SiteWindow.MISTYPED not in sent:
            return Response([serializers.event_object(event) for event in events])
        shown = serializers.with_project if body.get("full_project_details") else serializers.for_telescope
        delivered = links.delivered(events)
        return Response([shown(event, delivered.get(event.pk)) for event in events])


class SchedulerObservationsView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["calendar"],
        summary="What the scheduler plans at a site",
        request=serializers.Window,
        responses={200: serializers.SchedulerObservation(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The scheduler's events whose project carries the observation (`full_lco_observation`), and what the
        observation portal plans, if there is one. Earliest first; a source that fails is left out."""
        body = validated(serializers.Window, body_of(request))
        return Response(schedules.observations(body["site"], body["start"].at, body["end"].at))


class UserEventsView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["calendar"],
        summary="A user's events that are not over",
        request=serializers.UserFrom,
        responses={200: serializers.EventObject(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Those that end at `time` or later, the first to end first."""
        body = validated(serializers.UserFrom, body_of(request))
        events = Reservation.objects.of_user(body["user_id"], body["time"].at)
        return Response([serializers.event_object(event) for event in events])


class EventAtTimeView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["calendar"],
        summary="Who has a site at an instant",
        request=serializers.SiteTime,
        responses={200: serializers.EventObject(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Events with start ≤ time < end that are not over by now. An end more than 20 days after `time` is
        answered as 20 days after it: browsers' timers cannot wait for longer."""
        body = validated(serializers.SiteTime, body_of(request))
        now = timezone.now()
        active = Reservation.objects.active(body["site"], body["time"].at)
        return Response(
            [serializers.active_event(event, body["time"]) for event in active if event.end > now]
        )


class IsUserScheduledView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["calendar"],
        summary="Whether a user has a site at an instant",
        request=serializers.UserSiteTime,
        responses={200: OpenApiTypes.BOOL, 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        body = validated(serializers.UserSiteTime, body_of(request))
        return Response(body["user_id"] in _creators(body))


class DoesConflictingEventExistView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["calendar"],
        summary="Whether somebody else has a site at an instant",
        request=serializers.UserSiteTime,
        responses={200: OpenApiTypes.BOOL, 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        body = validated(serializers.UserSiteTime, body_of(request))
        return Response(bool(_creators(body) - {body["user_id"]}))


class AddProjectsToEventsView(ApiView):
    @extend_schema(
        tags=["calendar"],
        summary="Have a project observed in events",
        request=serializers.EventIdsAndProject,
        responses={200: serializers.EventWithWarnings(many=True), 400: BAD_REQUEST, 404: not_found},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The events as they are now. When one does not exist none is changed."""
        body = validated(serializers.EventIdsAndProject, body_of(request))
        _may_assign(request, body["events"])
        events = services.set_project(caller_of(request), body["events"], body["project_id"])
        delivered = links.delivered(events)
        return Response([serializers.with_warnings(event, delivered.get(event.pk)) for event in events])


class RemoveProjectFromEventsView(ApiView):
    @extend_schema(
        tags=["calendar"],
        summary="Take projects out of events",
        request=serializers.EventIds,
        responses={(200, "text/plain"): OpenApiTypes.STR, 400: BAD_REQUEST},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> HttpResponse:
        """Answers `Success`. Events that do not exist have no project: that is no mistake."""
        body = validated(serializers.EventIds, body_of(request))
        _may_assign(request, body["events"])
        services.clear_project(body["events"])
        return sentence("Success")


def _creators(body: dict[str, Any]) -> set[str]:
    found = Reservation.objects.creators(body["site"], body["time"].at)
    return {creator for creator, _ in found}


def _may_assign(request: Request, event_ids: list[str]) -> None:
    """Which project an event observes needs no user, as documented; in strict mode whoever holds the event,
    its site, an admin, the scheduler."""
    caller = caller_of(request)
    found = Reservation.objects.filter(pk__in=event_ids).values_list("creator_id", "site")
    for site in {site for creator_id, site in found if creator_id != caller.user_id}:
        if not caller.is_scheduler:
            site_writer(request, site)
