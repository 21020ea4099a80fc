"""Names: what they may mean, and the answer that pages expect of CDS's Sesame."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import BadRequest
from photonranch.lenient_json import dumps
from sky.night_events import SkyError
from targets import serializers
from targets.resolving import resolve

MAX_CALLBACK = 100
M31 = {
    "name": "M31",
    "aliases": ["Andromeda Galaxy", "NGC224", "Andromeda", "Andromeda Nebula"],
    "kind": "galaxy",
    "ra": 10.68479,
    "dec": 41.26906,
    "epoch": "J2000",
    "size": 177.8,
    "magnitude": 3.44,
    "source": "OpenNGC",
}


class ResolveView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="What a name, its beginning, or coordinates may mean",
        parameters=[serializers.ResolveQuery],
        responses={200: serializers.TargetObject(many=True), 400: BAD_REQUEST},
        examples=[OpenApiExample("m 31", value=M31, response_only=True)],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """The likeliest first; an empty list when nothing is known. Quick enough to be asked with every
        letter."""
        query = validated(serializers.ResolveQuery, request.query_params.dict())
        return Response(list(placed(query["q"], query["limit"])))


def placed(text: str, limit: int) -> list[dict[str, Any]]:
    """What the text may mean, without those that have no place now (a satellite that came down)."""
    now, found = timezone.now(), []
    for target in resolve(text, now, limit):
        try:
            found.append(serializers.target_object(target, now))
        except SkyError:
            continue
    return found


class SesameView(ApiView):
    @extend_schema(
        tags=["targets"],
        summary="The answer of CDS's name resolver, as scripts ask for it",
        parameters=[serializers.SesameQuery],
        responses={(200, "application/javascript"): OpenApiTypes.STR, 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """As `nph-sesame.jsonp` answers: `Target.Resolver` with `jradeg` and `jdedeg`, or none of it."""
        query = validated(serializers.SesameQuery, request.query_params.dict())
        found = placed(query["object"], 1)
        body = dumps(
            {"Target": {"name": query["object"], **({"Resolver": resolver(found[0])} if found else {})}}
        )
        callback = query.get("callback", "")
        if not callback:
            return HttpResponse(body, content_type="application/json")
        if not is_callback(callback):
            raise BadRequest("callback: must be the name of a function.")
        return HttpResponse(f"{callback}({body.decode()});", content_type="application/javascript")


def is_callback(name: str) -> bool:
    """Whether it is a name of JavaScript, or several with dots: nothing that could be more than a call."""
    plain = name.replace(".", "").replace("_", "").replace("$", "")
    return len(name) <= MAX_CALLBACK and plain.isascii() and plain.isalnum() and not name[0].isdigit()


def resolver(found: dict[str, Any]) -> dict[str, Any]:
    hours, minutes, seconds = _sexagesimal(found["ra"] / 15, 2)
    degrees, arc_minutes, arc_seconds = _sexagesimal(abs(found["dec"]), 1)
    sign = "-" if found["dec"] < 0 else "+"
    return {
        "name": f"Photon Ranch ({found['source']})",
        "otype": found["kind"],
        "jpos": f"{hours}:{minutes}:{seconds} {sign}{degrees}:{arc_minutes}:{arc_seconds}",
        "jradeg": found["ra"],
        "jdedeg": found["dec"],
        "oname": found["name"],
    }


def _sexagesimal(value: float, digits: int) -> tuple[str, str, str]:
    ticks = round(value * 3600 * 10**digits)
    whole, seconds = divmod(ticks, 60 * 10**digits)
    first, second = divmod(whole, 60)
    return f"{first:02}", f"{second:02}", f"{seconds / 10**digits:0{digits + 3}.{digits}f}"
