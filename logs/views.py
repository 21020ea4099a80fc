"""The documented endpoints of the user-status service."""

import time

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from logs import serializers, services
from logs.models import LogMessage
from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_writer

DAY_S = 86_400


class NewLogView(ApiView):
    site_call = "newlog"

    @extend_schema(
        tags=["logs"],
        summary="Add a message",
        request=serializers.NewLog,
        responses={200: serializers.PushedLog, 400: BAD_REQUEST},
        examples=[
            OpenApiExample(
                "from an observatory",
                value={
                    "site": "saf",
                    "log_message": "Here is a log sent with python.",
                    "log_level": "info",
                    "timestamp": 1604514063.25,
                },
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Kept for seven days, and pushed to the site's sockets as topic `userstatus`."""
        body = validated(serializers.NewLog, body_of(request))
        site_writer(request, body["site"])
        message = services.add(
            body["site"], body["log_message"], log_level=body["log_level"], timestamp=body["timestamp"]
        )
        return Response(serializers.pushed(message))


class RecentLogsView(ApiView):
    @extend_schema(
        tags=["logs"],
        summary="Messages of the last while",
        parameters=[serializers.RecentLogsQuery],
        responses={200: serializers.RecentLog(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Newest first, at most 10,000."""
        query = validated(serializers.RecentLogsQuery, request.query_params.dict())
        found = LogMessage.objects.recent(query["site"], query.get("after_time", time.time() - DAY_S))
        return Response([serializers.recent(message) for message in found])
