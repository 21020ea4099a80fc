"""The documented endpoints for configurations and the night log."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_writer, user_of
from photonranch.errors import BadRequest, NotFound
from photonranch.excerpts import quoted
from sitecfg import serializers, services
from sitecfg.models import NightNote, Site
from sitecfg.serializers import site_code

an_object = OpenApiResponse(serializers.Message, description="A sentence, in an object.")


class ConfigView(ApiView):
    # A site's client ends, or never finishes starting, when an answer here is not a JSON object.
    errors_are_objects = True
    site_call = "config"

    @extend_schema(
        tags=["sites"],
        summary="A site's configuration",
        responses={200: serializers.SiteConfiguration, 404: an_object},
        auth=[],
    )
    def get(self, request: Request, site: str) -> Response:
        """As the site put it."""
        found = Site.objects.filter(code=site).first()
        if found is None:
            raise NotFound(f"There is no site {quoted(site)}.")
        return Response(serializers.site_configuration(found))

    @extend_schema(
        tags=["sites"],
        summary="Say what a site is",
        request=OpenApiTypes.OBJECT,
        responses={200: serializers.Kept, 400: an_object},
        examples=[
            OpenApiExample(
                "the least that makes a site with a sky",
                value={
                    "instance_type": "wema",
                    "wema_name": "safw",
                    "latitude": 35.554298,
                    "longitude": -105.870197,
                    "TZ_database_name": "America/Denver",
                },
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def put(self, request: Request, site: str) -> Response:
        """The whole configuration, in place of the one before, which is kept as an earlier version."""
        code = site_code(site)
        configuration = body_of(request)
        if not configuration and not _is_written(request._request):
            raise BadRequest("The body is empty; it must be the whole configuration, a JSON object.")
        caller = site_writer(request, code)
        services.put_configuration(code, configuration, caller.signature)
        return Response(serializers.KEPT)

    @extend_schema(
        tags=["sites"],
        summary="Remove a site",
        request=None,
        responses={200: serializers.Kept, 404: an_object},
        auth=BY_KEY,
    )
    def delete(self, request: Request, site: str) -> Response:
        """Its earlier versions stay, and can be restored in the admin."""
        caller = site_writer(request, site)
        services.delete_configuration(site, caller.signature)
        return Response(serializers.KEPT)


def _is_written(request: HttpRequest) -> bool:
    """Whether the body really says `{}`. No body is read as that everywhere; here it would wipe a site."""
    try:
        return b"".join(request.body.split()) == b"{}"
    except RawPostDataException:
        return False  # it came in pieces, and nobody can say any more


class AllConfigsView(ApiView):
    errors_are_objects = True

    @extend_schema(
        tags=["sites"],
        summary="The configurations of all sites",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="Site → configuration.")},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        return Response(dict(Site.objects.order_by("code").values_list("code", "configuration")))


class NightLogView(ApiView):
    @extend_schema(
        tags=["night log"],
        summary="A site's note",
        responses={200: serializers.Note, 204: OpenApiResponse(description="There is none.")},
        auth=[],
    )
    def get(self, request: Request, site: str) -> Response:
        kept = NightNote.objects.current(site, timezone.now())
        return Response(status=204) if kept is None else Response(serializers.note(kept))

    @extend_schema(
        tags=["night log"],
        summary="Put up a note",
        request=serializers.NewNote,
        responses={200: serializers.Note, 400: BAD_REQUEST, 401: an_object},
        examples=[
            OpenApiExample(
                "for tonight",
                value={
                    "note_data": {"username": "Ada", "message": "Clouds after midnight.", "ttl_hours": 12}
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, site: str) -> Response:
        """In place of the one before, for `ttl_hours` (48 unless given)."""
        author = user_of(request)
        code = site_code(site)
        body = validated(serializers.NewNote, body_of(request))
        note_data: dict[str, Any] = {"username": author.user_name, **body["note_data"]}
        kept = services.write_note(code, note_data, hours=body["hours"], author=author.user_id)
        return Response(serializers.note(kept))

    @extend_schema(
        tags=["night log"],
        summary="Take the note down",
        request=None,
        responses={204: OpenApiResponse(description="There is none any more."), 401: an_object},
    )
    def delete(self, request: Request, site: str) -> HttpResponse:
        user_of(request)
        services.remove_note(site)
        return Response(status=204)
