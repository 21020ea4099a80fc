"""What belongs to the server and to no app: is it alive, which keys sign its tokens."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from photonranch.api.rendering import Response, sentence
from photonranch.api.views import ApiView
from photonranch.auth import tokens
from photonranch.errors import NotFound


class HealthView(ApiView):
    # Nothing that this asks may fail, so it asks nothing, not even who is calling.
    authentication_classes: list[type[BaseAuthentication]] = []

    @extend_schema(
        tags=["server"],
        summary="Is the server alive?",
        responses={(200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="`ok`")},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """200 as soon as the server serves."""
        return sentence("ok")


class ApiRootView(ApiView):
    authentication_classes: list[type[BaseAuthentication]] = []

    @extend_schema(
        tags=["server"],
        summary="Does the API answer?",
        responses={(200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="One line.")},
        auth=[],
    )
    def get(self, request: Request) -> HttpResponse:
        """What operators' monitors ask for; it reads nothing."""
        return sentence("This is the Photon Ranch API; see /api/docs.")


class OwnKeysView(ApiView):
    authentication_classes: list[type[BaseAuthentication]] = []

    @extend_schema(
        tags=["server"],
        summary="The keys that this server signs tokens with",
        responses={200: OpenApiTypes.OBJECT},
        examples=[
            OpenApiExample(
                "one key",
                value={
                    "keys": [
                        {"kty": "RSA", "kid": "own", "alg": "RS256", "use": "sig", "n": "…", "e": "AQAB"}
                    ]
                },
                response_only=True,
            )
        ],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """A JWK set (RFC 7517), for other services that check the same tokens."""
        if not tokens.uses_own_issuer():
            raise NotFound("Tokens come from another issuer here.", as_object=True)
        return Response(tokens.own_keys_published())
