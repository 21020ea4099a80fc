"""`/readyz` and `/metrics`, for load balancers and Prometheus."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from prometheus_client.exposition import choose_encoder
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from photonranch.api.rendering import Response
from photonranch.api.views import ApiView
from photonranch.errors import Forbidden, NotSignedIn
from photonranch.observe import readiness
from photonranch.observe.multiprocess import Everything

# By these a proxy says for whom it asks.
_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")


class ReadyView(ApiView):
    # Who is calling may need the database to be known.
    authentication_classes: list[type[BaseAuthentication]] = []

    @extend_schema(
        tags=["server"],
        summary="Is everything there that the server needs?",
        responses={
            200: OpenApiTypes.OBJECT,
            503: OpenApiResponse(OpenApiTypes.OBJECT, description="The same, with the reason of what fails."),
        },
        examples=[
            OpenApiExample(
                "no worker",
                value={
                    "ready": False,
                    "checks": {
                        "database": {"ok": True, "ms": 0.7},
                        "redis": {"ok": True, "ms": 0.3},
                        "worker": {"ok": False, "ms": 0.4, "reason": "no worker has given a sign of life"},
                        "storage": {"ok": True, "ms": 2.1},
                    },
                },
                response_only=True,
                status_codes=["503"],
            )
        ],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Each part is asked at the same time, for 2 seconds at most, and once a second whoever asks."""
        answer = readiness.as_answer(readiness.results())
        return Response(answer, status=200 if answer["ready"] else 503)


class MetricsView(ApiView):
    authentication_classes: list[type[BaseAuthentication]] = []

    @extend_schema(
        tags=["server"],
        summary="What the server counts, for Prometheus",
        responses={
            (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="Prometheus' text format."),
            401: OpenApiResponse(OpenApiTypes.OBJECT, description="Not the token in METRICS_TOKEN."),
            403: OpenApiResponse(OpenApiTypes.STR, description="From outside, where no token is set."),
        },
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """Counts of all processes; the numbers of no site. What cannot be asked for is left out."""
        may_read(request._request)
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(Everything()), content_type=content_type)


def may_read(request: HttpRequest) -> None:
    """With METRICS_TOKEN whoever shows it; without, who asks from this machine or a private network.

    Raises NotSignedIn or Forbidden. What a proxy passes on comes from a private address too, but says for
    whom.
    """
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
            raise NotSignedIn
    elif not _is_near(request):
        raise Forbidden("The metrics are for this machine and its network; elsewhere set METRICS_TOKEN.")


def _is_near(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a socket file: a proxy in any case
        return False
    return address.is_private and not any(header in request.META for header in _PROXIED)
