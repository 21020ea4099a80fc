"""The documented endpoints for what sun and moon do at a site, and what goes beyond them."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.instants import NotATime, from_text
from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import ApiError, BadRequest, NotFound
from photonranch.excerpts import quoted
from photonranch.lenient_json import Json
from sitecfg import nights, serializers
from sitecfg.picture import picture
from sitecfg.places import NoPlace, UnknownSite, position_of
from sitecfg.serializers import site_code
from sky import night_events
from sky.night_events import SkyError

no_site = OpenApiResponse(OpenApiTypes.STR, description="No such site, or nobody knows where it stands.")


class DocumentedFailure(ApiError):
    """The documentation promises a 500 for a site that is unknown or not fully configured."""

    status = 500


def asked(request: Request) -> dict[str, Json]:
    """The query, and a body beside it: the documentation speaks of a body and its examples of a query."""
    return {**body_of(request), **request.query_params.dict()}


class EventsView(ApiView):
    @extend_schema(
        tags=["sky"],
        summary="Tonight's events",
        parameters=[serializers.EventsQuery],
        responses={
            200: OpenApiResponse(
                {"type": "object", "additionalProperties": {"type": "number"}},
                description="Name → TAI Julian day. What does not happen that night is left out.",
            ),
            400: BAD_REQUEST,
            500: OpenApiResponse(OpenApiTypes.STR, description="No such site, or its place is not known."),
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Of the block from local noon to local noon that holds `when`."""
        query = validated(serializers.EventsQuery, asked(request))
        try:
            night = nights.night_at(query["site"], query.get("when") or timezone.now())
        except (UnknownSite, NoPlace) as problem:
            raise DocumentedFailure(problem.sentence) from None
        except SkyError as problem:
            raise BadRequest(f"when: {problem}") from None
        return Response(night.events)


class EventsRangeView(ApiView):
    @extend_schema(
        tags=["sky"],
        summary="The events of many nights",
        parameters=[serializers.RangeQuery],
        responses={200: serializers.NightObject(many=True), 400: BAD_REQUEST, 404: no_site},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        query = validated(serializers.RangeQuery, asked(request))
        try:
            found = nights.nights_from(query["site"], query["start"], query["nights"])
        except SkyError as problem:
            raise BadRequest(f"start: {problem}") from None
        return Response([serializers.night_object(night) for night in found])


class MoonView(ApiView):
    @extend_schema(
        tags=["sky"],
        summary="When the moon rises, culminates and sets",
        parameters=[serializers.MoonQuery],
        responses={
            200: serializers.MoonObject(many=True),
            400: BAD_REQUEST,
            404: OpenApiResponse(
                OpenApiTypes.STR, description="Not a date, or nothing that can be computed."
            ),
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Every stay above the horizon that begins and ends within the window."""
        query = validated(serializers.MoonQuery, asked(request))
        start, end = (_instant(key, query[key]) for key in ("start", "end"))
        try:
            found = night_events.moon_times(query["lat"], query["lng"], start, end)
        except SkyError as problem:
            raise NotFound(str(problem)) from None
        return Response([serializers.moon_object(moon) for moon in found])


def _instant(key: str, text: str) -> datetime:
    """UTC unless the text says otherwise; what is no date is a 404, as documented."""
    try:
        return from_text(text)
    except NotATime:
        raise NotFound(f"{key}: {quoted(text)} is not a date such as 2022-12-31T01:00:00Z.") from None


class PictureView(ApiView):
    @extend_schema(
        tags=["sky"],
        summary="The night as a picture",
        parameters=[serializers.PictureQuery],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, 400: BAD_REQUEST, 404: no_site},
        auth=[],
    )
    def get(self, request: Request, site: str) -> HttpResponse:
        """Altitude of sun and moon against local time, with twilight and the night's events (SVG)."""
        query: dict[str, Any] = validated(serializers.PictureQuery, request.query_params.dict())
        position = position_of(site_code(site))
        now = timezone.now()
        try:
            night = nights.night_at(position.site, query.get("when") or now)
            svg = picture(position, night, now)
        except SkyError as problem:
            raise BadRequest(f"when: {problem}") from None
        return HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")
