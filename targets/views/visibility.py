"""When and where: one target through many nights, many targets through one."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import BadRequest
from sky.night_events import SkyError
from targets import serializers, visibility
from targets.resolving import target_of
from targets.serializers import target_object
from targets.target import Target

no_site = OpenApiResponse(OpenApiTypes.STR, description="No such site, or nobody knows where it stands.")
NIGHT = {
    "date": "2026-11-26",
    "dark_start": "2026-11-27T01:21:07.978Z",
    "dark_end": "2026-11-27T12:21:07.171Z",
    "windows": [{"start": "2026-11-27T01:21:07.978Z", "end": "2026-11-27T10:09:58.416Z"}],
    "transit": "2026-11-27T03:23:27.304Z",
    "max_altitude": 84.133,
    "best": "2026-11-27T03:23:27.304Z",
    "moon_distance": 74.16,
    "moon_illumination": 0.8962,
    "hours": 8.814,
    "why_not": None,
}
ANSWERS = {"type": "object", "additionalProperties": True}


class VisibilityView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["targets"],
        summary="When a target can be observed",
        parameters=[serializers.VisibilityQuery],
        responses={200: OpenApiResponse(ANSWERS), 400: BAD_REQUEST, 404: no_site},
        examples=[
            OpenApiExample("M31 from saf", value={"site": "saf", "nights": [NIGHT]}, response_only=True)
        ],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """One site: its nights. `site=all`: the nights of every site. Altitudes are without refraction."""
        query = validated(serializers.VisibilityQuery, request.query_params.dict())
        now, target = timezone.now(), asked_target(query)
        sites = visibility.sites_asked(None if query["site"] == "all" else [query["site"]], limits_in(query))
        visibility.check_cost([target], len(sites), query["nights"])
        told = placed(target, now)
        nights = [
            visibility.nights_of(target, site, query.get("start"), query["nights"], now) for site in sites
        ]
        if query["site"] != "all":
            return Response({"site": sites[0].code, "target": told, "nights": nights[0]})
        return Response(
            {
                "target": told,
                "sites": [
                    {"site": site.code, "nights": each} for site, each in zip(sites, nights, strict=True)
                ],
            }
        )

    @extend_schema(
        tags=["targets"],
        summary="When many targets can be observed in a night",
        request=serializers.ManyQuery,
        responses={200: OpenApiResponse(ANSWERS), 400: BAD_REQUEST, 404: no_site},
        examples=[
            OpenApiExample(
                "two of them",
                value={"targets": ["M31", {"name": "mine", "ra": 83.8, "dec": -5.4}], "sites": ["saf"]},
                request_only=True,
            )
        ],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """`sites` in the order asked for, and in each the targets' nights in the order of `targets`."""
        query = validated(serializers.ManyQuery, body_of(request))
        now = timezone.now()
        targets = [_numbered(number, each, now) for number, each in enumerate(query["targets"])]
        sites = visibility.sites_asked(query.get("sites"), limits_in(query))
        visibility.check_cost(targets, len(sites), 1)
        day = query.get("start")
        return Response(
            {
                "targets": [{"name": target.name, "kind": target.kind} for target in targets],
                "sites": [{"site": site.code, "nights": _night(targets, site, day, now)} for site in sites],
            }
        )


def _night(targets: list[Target], site: visibility.SiteAsked, day: Any, now: Any) -> list[dict[str, Any]]:
    """Stars together, whatever moves one by one, in the order of the targets."""
    stars = [at for at, target in enumerate(targets) if target.star is not None]
    rows: dict[int, dict[str, Any]] = {}
    try:
        date = day or visibility.tonight(site.place, now)
        if stars:
            together = visibility.targets_of([targets[at] for at in stars])
            rows |= dict(zip(stars, visibility.rows(together, site, date), strict=True))
        for at, target in enumerate(targets):
            if target.star is None:
                (rows[at],) = visibility.rows(visibility.targets_of([target]), site, date)
    except (SkyError, OverflowError) as problem:
        raise BadRequest(f"start: {problem}") from None
    return [rows[at] for at in range(len(targets))]


def _numbered(number: int, given: object, now: Any) -> Target:
    try:
        return target_of(given, now)
    except BadRequest as problem:
        raise BadRequest(f"targets.{number}: {problem.sentence.removeprefix('target: ')}") from None


def asked_target(query: dict[str, Any]) -> Target:
    """The target of a query: by its name, or by ra and dec in degrees. Raises BadRequest."""
    now = timezone.now()
    if "target" in query:
        return target_of(query["target"], now)
    if "ra" not in query or "dec" not in query:
        raise BadRequest("target: is missing; or ra and dec, in degrees.")
    return target_of({"ra": query["ra"], "dec": query["dec"]}, now)


def limits_in(query: dict[str, Any]) -> dict[str, float]:
    return {name: float(query[name]) for name in visibility.LIMITS if name in query}


def placed(target: Target, now: Any) -> dict[str, Any]:
    try:
        return target_object(target, now)
    except SkyError as problem:
        raise BadRequest(f"target: {problem}") from None
