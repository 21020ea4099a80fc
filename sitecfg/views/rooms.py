"""The documented endpoints for control rooms."""

import logging

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BY_KEY
from photonranch.api.rendering import Response, sentence
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_writer, user_of
from sitecfg import rooms, serializers
from sitecfg.providers import RoomFailure, provider
from sitecfg.serializers import site_code

log = logging.getLogger(__name__)

plain = OpenApiResponse(OpenApiTypes.STR, description="A sentence.")


class NewBrowserView(ApiView):
    @extend_schema(
        tags=["control rooms"],
        summary="Start a browser in the cloud",
        request=serializers.NewBrowser,
        responses={
            200: OpenApiResponse(serializers.Browser, description="RemoteHQ's own answer."),
            404: OpenApiResponse(OpenApiTypes.STR, description="Control rooms are on Jitsi here."),
            503: OpenApiResponse(OpenApiTypes.STR, description="RemoteHQ does not answer."),
        },
        examples=[OpenApiExample("as the frontend asks", value={}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        user_of(request)
        body = validated(serializers.NewBrowser, body_of(request))
        here = settings.PUBLIC_URL or request.build_absolute_uri("/")
        return Response(provider().browser(body.get("initial_url", here), body["resolution"]))


class ControlRoomView(ApiView):
    # Not HEAD: it must change nothing.
    http_method_names = ["get", "delete", "options"]
    session_counts = False

    @extend_schema(
        tags=["control rooms"],
        summary="A site's control room",
        responses={200: serializers.Room, 500: plain},
        auth=BY_KEY,
    )
    def get(self, request: Request, site: str) -> HttpResponse:
        """Made when the site has none. In strict mode making one takes a user's token or the site's key."""
        code = site_code(site)
        room = rooms.existing_room(code)
        if room is None:
            site_writer(request, code, users_too=True)
            try:
                room = rooms.room_of(code)
            except RoomFailure as problem:
                log.warning("control room of %s: %s", code, problem)
                return sentence("failed to get room", 500)
        return Response(serializers.room(room))

    @extend_schema(
        tags=["control rooms"],
        summary="Remove a site's control room",
        request=None,
        responses={200: plain},
        auth=BY_KEY,
    )
    def delete(self, request: Request, site: str) -> HttpResponse:
        code = site_code(site)
        site_writer(request, code)
        return sentence("room has been deleted" if rooms.remove_room(code) else "no such room found")


class RestartView(ApiView):
    http_method_names = ["get", "options"]
    changes = frozenset(["GET"])
    session_counts = False

    @extend_schema(
        tags=["control rooms"],
        summary="Start what runs in a control room afresh",
        responses={200: plain, 404: plain, 500: OpenApiTypes.OBJECT},
        auth=BY_KEY,
    )
    def get(self, request: Request, site: str) -> HttpResponse:
        code = site_code(site)
        site_writer(request, code, users_too=True)
        try:
            rooms.restart_room(code)
        except RoomFailure as problem:
            log.warning("control room of %s: %s", code, problem)
            room = rooms.existing_room(code)
            told = {"message": "Problem modifying room config", "site": code}
            return Response({**told, "room_data": room and serializers.room(room)}, status=500)
        return sentence("control room restarted successfully")
