"""The endpoints of the status service."""

import time

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.fields import SITE_CODE
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response, sentence
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_keeper, site_writer
from photonranch.auth.sessions import comes_from_another_page
from photonranch.errors import BadRequest, NotFound
from photonranch.excerpts import excerpt
from status import documents, lastseen, serializers, services
from status.models import Phase, Status, WeatherSample


def _site(code: str) -> str:
    if not SITE_CODE.fullmatch(code):
        raise BadRequest("site: is not a site code.")
    return code


class NewStatusView(ApiView):
    site_call = "status"

    @extend_schema(
        tags=["status"],
        summary="Post a status",
        request=serializers.NewStatus,
        responses={200: serializers.Received, 400: BAD_REQUEST},
        examples=[
            OpenApiExample(
                "a mount, while it slews",
                value={"statusType": "device", "status": {"mount": {"eastpier": {"altitude": 41.5}}}},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request, site: str) -> Response:
        """Merged deeply into what is known, and pushed whole to the site's sockets as topic `sitestatus`."""
        body = validated(serializers.NewStatus, body_of(request))
        site_writer(request, _site(site))
        status = services.report(site, body["statusType"], body["status"])
        return Response(serializers.received(status))


class StatusView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="What is known of one type",
        responses={
            200: serializers.StatusObject,
            400: BAD_REQUEST,
            404: OpenApiResponse(
                OpenApiTypes.OBJECT, description="No `obs_settings` yet; of other types: 200 with `{}`."
            ),
        },
        auth=[],
    )
    def get(self, request: Request, site: str, status_type: str) -> Response:
        """`{}` when the site never sent any."""
        status = Status.objects.of_type(_site(site), status_type).first()
        if status_type == "obs_settings" and not (status and documents.has_settings(status.document)):
            # The WEMA's main loop ends over a 200 that holds no settings; any other code is harmless.
            raise NotFound(f"{excerpt(site)} never sent obs_settings.", as_object=True)
        return Response(serializers.status_object(status) if status else {})


class CompleteStatusView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="Everything known of a site",
        responses={200: serializers.CompleteStatus, 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request, site: str) -> Response:
        """All types as one. Of weather and enclosure the WEMA's, where the site itself never sent any."""
        found = Status.objects.combined(_site(site))
        return Response(serializers.complete_status(site, found))


class ClearAllStatusView(ApiView):
    # Not HEAD: it must change nothing.
    http_method_names = ["get", "options"]
    changes = frozenset(["GET"])
    session_counts = False

    @extend_schema(
        tags=["status"],
        summary="Forget all status of a site",
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, description='`{"message": …}`'),
            400: BAD_REQUEST,
            401: OpenApiResponse(OpenApiTypes.OBJECT, description="A page of another origin asks."),
        },
        auth=BY_KEY,
    )
    def get(self, request: Request, site: str) -> Response:
        """For programs and people. A page of another origin needs an admin's token or the site's key."""
        door = site_keeper if comes_from_another_page(request) else site_writer
        door(request, _site(site))
        services.clear(site)
        return Response({"message": f"All status of {site} is cleared."})


class AllOpenStatusView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="How old every site's status is",
        responses=OpenApiResponse(OpenApiTypes.OBJECT, description="Site → type → `status_age_s`."),
        examples=[
            OpenApiExample(
                "one site",
                value={
                    "saf": {"device": {"status_age_s": 3}, "weather": {"status_age_s": 31}, "wx_ok": True}
                },
                response_only=True,
            )
        ],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Ages in whole seconds. `wx_ok`, for sites with weather: whether it allows observing."""
        return Response(serializers.open_status(Status.objects.ages(), time.time_ns() // 1_000_000))


class NewPhaseView(ApiView):
    site_call = "phase_status"

    @extend_schema(
        tags=["status"],
        summary="Say what a site is doing",
        request=serializers.NewPhase,
        responses={
            (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="A sentence."),
            400: BAD_REQUEST,
        },
        auth=BY_KEY,
    )
    def post(self, request: Request) -> object:
        """Pushed to the site's sockets as topic `phase_status`."""
        body = validated(serializers.NewPhase, body_of(request))
        site_writer(request, body["site"])
        services.say_phase(body["site"], body["message"])
        return sentence("The phase status is saved.")


class PhasesView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="What a site says it is doing",
        parameters=[serializers.PhaseQuery],
        responses={200: serializers.PhaseObject(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request, site: str) -> Response:
        """The newest three, newest first."""
        query = validated(serializers.PhaseQuery, request.query_params.dict())
        found = Phase.objects.recent(_site(site), time.time() - query["max_age_seconds"])
        return Response([serializers.phase_object(phase) for phase in found])


class WeatherHistoryView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="What the weather was",
        parameters=[serializers.HistoryQuery],
        responses={200: serializers.WeatherHistory, 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request, site: str) -> Response:
        """One value a minute of the last 48 hours; of the site's WEMA, where that measures."""
        query = validated(serializers.HistoryQuery, request.query_params.dict())
        after_ms = int((time.time() - query["hours"] * serializers.HOUR_S) * 1000)
        found = WeatherSample.objects.history(_site(site), after_ms)
        return Response(serializers.weather_history(site, found))


class LastSeenView(ApiView):
    @extend_schema(
        tags=["status"],
        summary="When each site last called",
        responses=OpenApiResponse(OpenApiTypes.OBJECT, description="Site → its calls, and the mark."),
        examples=[
            OpenApiExample(
                "a site that needs to be restarted",
                value={
                    "saf": {
                        "calls": {
                            "getnewjobs": {"timestamp_ms": 1795215496123, "age_s": 2},
                            "siteevents": {"timestamp_ms": 1795200000456, "age_s": 15497},
                        },
                        "calendar_stopped": True,
                    }
                },
                response_only=True,
            )
        ],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Late by up to 15 seconds where several processes serve.

        `calendar_stopped`: it still polls for commands but stopped asking for its calendar, so it runs no
        projects until its software is restarted.
        """
        now = timezone.now()
        return Response(
            {site: serializers.seen_object(calls, now) for site, calls in lastseen.by_site().items()}
        )
