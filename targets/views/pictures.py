"""A night's altitudes as a picture."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import BadRequest
from sky.night_events import SkyError
from targets import pictures, serializers, visibility
from targets.resolving import target_of
from targets.views.visibility import asked_target, limits_in, no_site


def picture(request: Request) -> str:
    """The SVG of what a query asks for."""
    query: dict[str, Any] = validated(serializers.PictureQuery, request.query_params.dict())
    now = timezone.now()
    codes = [code.strip() for code in query["site"].split(",") if code.strip()]
    names = [name.strip() for name in query.get("target", "").split(";") if name.strip()]
    if not 1 <= len(codes) * max(1, len(names)) <= pictures.MAX_CURVES:
        raise BadRequest(f"target: targets times sites must be from 1 to {pictures.MAX_CURVES}.")
    targets = [target_of(name, now) for name in names] or [asked_target(query)]
    sites = visibility.sites_asked(codes, limits_in(query))
    curves = [pictures.Curve(site, target) for site in sites for target in targets]
    try:
        return pictures.svg(curves, query.get("start"), query["theme"], now)
    except SkyError as problem:
        raise BadRequest(f"start: {problem}") from None


class PictureSvgView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="The altitudes of a night as a picture",
        parameters=[serializers.PictureQuery],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR, 400: BAD_REQUEST, 404: no_site},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """One site or several, one target or several, eight lines at most (SVG)."""
        return HttpResponse(picture(request), content_type="image/svg+xml; charset=utf-8")


class PicturePngView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="The same picture in pixels",
        parameters=[serializers.PictureQuery],
        responses={(200, "image/png"): OpenApiTypes.BINARY, 400: BAD_REQUEST, 404: no_site},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """1920 × 960 pixels (PNG)."""
        return HttpResponse(pictures.png(picture(request)), content_type="image/png")
