"""Finding frames: by name, the latest, by filters; headers, recent uploads, info channels."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from images import pages, people, serializers
from images.models import Image, ImageHeader, InfoImage, Upload
from images.store import base_url, store
from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import BadRequest, NotFound
from photonranch.excerpts import excerpt

not_found = OpenApiResponse(OpenApiTypes.STR, description="There is no such image.")

# The web frontend's name for the picture that it shows where a site has none; it asks for its header, too.
PLACEHOLDER = "placeholder image"


def asked(request: Request) -> dict[str, Any]:
    """The query; the documentation shows it as a body, which is read too. Empty values count as left out."""
    body = body_of(request) if request._request.META.get("CONTENT_LENGTH") else {}
    return {key: value for key, value in {**body, **request.query_params.dict()}.items() if value != ""}


def packages(
    request: Request, conditions: dict[str, Any], before: pages.Before | None, limit: int
) -> Response:
    """A list of packages, with the address of what follows when there is more."""
    rows = pages.page(conditions, before, limit + 1)
    where, base = store(), base_url(request._request)
    response = Response([serializers.package(row, where, base) for row in rows[:limit]])
    if len(rows) > limit:
        last = rows[limit - 1]
        ended_with = f"{serializers.milliseconds(last['capture_date'])},{last['id']}"
        query = urlencode({**request.query_params.dict(), "before": ended_with})
        response["Link"] = f'<{base}{request.path}?{query}>; rel="next"'
    return response


class ImageView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="A frame by its name",
        responses={200: serializers.OneImagePackage, 404: not_found},
        auth=[],
    )
    def get(self, request: Request, base_filename: str) -> Response:
        """404 until its medium jpg is here."""
        image = Image.objects.with_picture(base_filename)
        if image is None:
            raise NotFound(f"There is no image {excerpt(base_filename)}.")
        return Response(serializers.one_package(image, store(), base_url(request._request)))


class LatestImagesView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="The latest frames of a site",
        parameters=[serializers.LatestQuery],
        responses={200: serializers.ImagePackage(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request, site: str, number: int) -> Response:
        """Newest first, at most 10,000; without the intermediate frames of smart stacks."""
        query = validated(serializers.LatestQuery, asked(request))
        conditions = {"site": site}
        if "userid" in query:
            conditions["user_key"] = people.key_of(query["userid"])
        return packages(request, conditions, query.get("before"), min(number, serializers.MAX_LIMIT))


class LatestImageAllSitesView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="The latest picture of every site",
        responses={200: OpenApiTypes.OBJECT},
        examples=[OpenApiExample("two sites", value={"saf": "https://…", "mrc1": "https://…"})],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Site → URL of the jpg; sites without one are left out."""
        where, base = store(), base_url(request._request)
        newest = Image.objects.newest_of_each_site()
        return Response({image.site: where.link(image.file_key(image.jpg), base) for image in newest})


class FilteredImagesView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="Search the archive",
        parameters=[serializers.FilteredQuery],
        responses={200: serializers.ImagePackage(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Newest first; the header `Link` has the address of what follows."""
        query = validated(serializers.FilteredQuery, asked(request))
        limit, before = query.pop("limit"), query.pop("before", None)
        return packages(request, conditions_of(query), before, limit)


# Parameter → the condition it sets.
CONDITIONS = {
    "site": "site",
    "username": "username",
    "filter": "filter_used",
    "exposure_time_min": "exposure_time__gte",
    "exposure_time_max": "exposure_time__lte",
    "start_date": "capture_date__gte",
    "end_date": "capture_date__lte",
    "filename": "base_filename__like",
}


def conditions_of(query: dict[str, Any]) -> dict[str, Any]:
    """Lookup → value."""
    conditions = {CONDITIONS[name]: value for name, value in query.items() if name in CONDITIONS}
    if "user_id" in query:
        conditions["user_key"] = people.key_of(query["user_id"])
    return conditions


class FitsHeaderView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="A frame's FITS header",
        responses={200: OpenApiTypes.OBJECT, 404: not_found},
        auth=[],
    )
    def get(self, request: Request, base_filename: str) -> Response:
        """Keyword → value. Values are text when the site sent the header as text."""
        found = ImageHeader.objects.filter(image__base_filename=base_filename)
        cards = found.values_list("cards", flat=True).first()
        if cards is None:
            known = base_filename == PLACEHOLDER or Image.objects.filter(base_filename=base_filename).exists()
            if not known:
                raise NotFound(f"There is no image {excerpt(base_filename)}.")
            cards = {}
        return Response(cards)


class RecentUploadsView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="Files that came in lately",
        parameters=[OpenApiParameter("site", str, required=True, description="A site's code, or all.")],
        responses={
            200: serializers.RecentUpload(many=True),
            404: OpenApiResponse(OpenApiTypes.STR, description="No site was given."),
        },
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The last 48 hours, newest first, at most 10,000."""
        site = asked(request).get("site")
        if not site:
            raise NotFound("site: this key is missing.")
        keep = timedelta(hours=settings.DOWNLOAD_KEEP_HOURS)
        found = Upload.objects.recent(str(site), timezone.now() - keep)
        keep_s = int(keep.total_seconds())
        return Response([serializers.recent_upload(upload, keep_s) for upload in found])


class InfoImageView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="What a site's info channel shows",
        responses={
            200: OpenApiTypes.OBJECT,
            204: OpenApiResponse(description="Nothing."),
            400: BAD_REQUEST,
        },
        auth=[],
    )
    def get(self, request: Request, site: str, channel: str) -> Response:
        """204 when there is nothing: a 404 would leave the previous site's picture on the screen."""
        if channel not in ("1", "2", "3"):
            raise BadRequest("channel: must be 1, 2 or 3.")
        shown = InfoImage.objects.filter(site=site, channel=int(channel), expires_at__gt=timezone.now())
        info = shown.first()
        if info is None:
            return Response(status=204)
        return Response(serializers.info_package(info, store(), base_url(request._request)))
