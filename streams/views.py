"""The doors for services that are not part of this server."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from photonranch.api import ApiView, body_of, validated
from photonranch.auth import datastream_writer
from streams import serializers
from streams.services import publish


class SendView(ApiView):
    @extend_schema(
        tags=["datastream"],
        summary="Send to everybody who watches a site",
        request=serializers.NewFrame,
        responses={
            200: serializers.NewFrame,
            400: OpenApiResponse(OpenApiTypes.STR, description="A sentence that names the field."),
            401: OpenApiResponse(OpenApiTypes.STR, description="No credential, or a user who is no admin."),
        },
        examples=[
            OpenApiExample(
                "to the watchers of tst",
                value={"site": "tst", "topic": "testing", "data": {"text": "hello, site tst"}},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """The frame goes to the site's sockets as it is, with an `id` in front.

        Takes a user who is an admin, or a key of the datastream.
        """
        datastream_writer(request)
        frame = validated(serializers.NewFrame, body_of(request))
        publish(frame["site"], frame["topic"], frame["data"])
        return Response(frame)
