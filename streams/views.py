"""The doors for services that are not part of this server."""

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import datastream_writer
from streams import serializers
from streams.services import publish
from streams.sqs import operations, signatures
from streams.sqs.errors import SqsError
from streams.sqs.wire import wire_of


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
        auth=[each for each in BY_KEY if each],
    )
    def post(self, request: Request) -> Response:
        """The frame goes to the site's sockets as it is, with an `id` in front.

        Takes a user who is an admin, or a key of the datastream.
        """
        datastream_writer(request)
        frame = validated(serializers.NewFrame, body_of(request))
        publish(frame["site"], frame["topic"], frame["data"])
        return Response(frame)


@method_decorator(csrf_exempt, name="dispatch")  # a signature, and no cookie, says who calls
class SqsView(View):
    """SQS, as far as senders need it; its answers and errors are Amazon's, so it is no ApiView."""

    def post(self, request: HttpRequest, **_: str) -> HttpResponse:
        wire = wire_of(request)
        try:
            signatures.check(request)
            return wire.answer(operations.perform(request, wire.operation, wire.parameters))
        except SqsError as error:
            return wire.refusal(error)
