"""The documented endpoints of the jobs service."""

import time
from typing import ClassVar

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from jobs import serializers, services, states
from jobs.models import Job
from jobs.warnings import warnings_of
from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_writer, user_of
from photonranch.lenient_json import Json

not_found = OpenApiResponse(OpenApiTypes.STR, description="No such job at this site.")

ULID = "01E4C33S9ZFGS8P0K31FH9FDTN"
a_job = {
    "site": "saf",
    "ulid": ULID,
    "statusId": f"UNREAD#{ULID}",
    "replicaStatusId": f"UNREAD#{ULID}",
    "timestamp_ms": 1585248855359,
    "deviceType": "focuser",
    "deviceInstance": "focuser1",
    "action": "move_relative",
    "required_params": {"position": "1"},
    "optional_params": {},
    "user_name": "Firstname Lastname",
    "user_id": "user-id-1234",
    "user_roles": [],
}


class NewJobView(ApiView):
    @extend_schema(
        tags=["jobs"],
        summary="Ask for a command",
        request=serializers.NewJob,
        responses={
            200: serializers.JobObject,
            400: BAD_REQUEST,
            401: OpenApiResponse(
                OpenApiTypes.STR,
                description='`{"message": "Unauthorized"}` without a token; a sentence when someone else '
                "holds the site, or the site is a WEMA and the caller no admin.",
            ),
        },
        examples=[
            OpenApiExample(
                "move the focuser",
                value={
                    "site": "saf",
                    "device": "focuser",
                    "instance": "focuser1",
                    "action": "move_relative",
                    "required_params": {"position": "1"},
                    "optional_params": {},
                    "user_name": "Firstname Lastname",
                    "user_id": "user-id-1234",
                },
                request_only=True,
            ),
            OpenApiExample("the job", value=a_job, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """`cancel_all_commands` also takes everything that the site has not fetched yet off its queues.

        `warnings` comes along where a command's place is too low for the site now; it is sent nevertheless.
        """
        caller = user_of(request)
        command = validated(serializers.NewJob, body_of(request))
        job = services.create_job(caller, command)
        warnings = warnings_of(job.site, command["required_params"], timezone.now())
        return Response({**serializers.job_object(job), **({"warnings": warnings} if warnings else {})})


class UpdateJobStatusView(ApiView):
    site_call = "updatejobstatus"

    @extend_schema(
        tags=["jobs"],
        summary="Report on a job",
        request=serializers.JobStatusUpdate,
        responses={200: serializers.Updated, 400: BAD_REQUEST, 404: not_found},
        examples=[
            OpenApiExample(
                "started",
                value={"site": "saf", "ulid": ULID, "newStatus": "STARTED", "secondsUntilComplete": 5},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Jobs only move forward: a report that comes late or again is answered with the job as it is."""
        body = validated(serializers.JobStatusUpdate, body_of(request))
        site_writer(request, body["site"])
        queue = body["alternateQueue"]
        job = services.report(
            body["site"],
            body["ulid"],
            status=body["newStatus"],
            estimate=body["secondsUntilComplete"],
            queue=queue,
        )
        return Response(serializers.updated(job, queue))


class StartJobView(ApiView):
    site_call = "startjob"

    @extend_schema(
        tags=["jobs"],
        summary="Report that a job has started",
        request=serializers.JobUpdate,
        responses={200: serializers.Updated, 400: BAD_REQUEST, 404: not_found},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The same as `updatejobstatus` with the status STARTED."""
        body = validated(serializers.JobUpdate, body_of(request))
        site_writer(request, body["site"])
        queue = body["alternateQueue"]
        job = services.report(
            body["site"],
            body["ulid"],
            status=states.STARTED,
            estimate=body["secondsUntilComplete"],
            queue=queue,
        )
        return Response(serializers.updated(job, queue))


class GetNewJobsView(ApiView):
    site_call = "getnewjobs"
    # Telescopes clear an operator's stop over an object, and jam over text: an empty list harms nobody.
    harmless_body: ClassVar[Json] = []

    @extend_schema(
        tags=["jobs"],
        summary="Fetch the commands that nobody fetched yet",
        request=serializers.SiteQueue,
        responses={
            200: serializers.JobObject(many=True),
            400: BAD_REQUEST,
            503: OpenApiResponse(serializers.JobObject(many=True), description="`[]`: ask again."),
        },
        examples=[
            OpenApiExample("poll", value={"site": "saf"}, request_only=True),
            OpenApiExample("one job", value=[a_job], response_only=True, status_codes=["200"]),
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Each job is handed out once, oldest first, as it was before (`UNREAD#…`); it is RECEIVED now."""
        body = validated(serializers.SiteQueue, body_of(request))
        site_writer(request, body["site"])
        return Response(services.claim_unread(body["site"], body["alternateQueue"]))


class GetRecentJobsView(ApiView):
    changes = frozenset()  # it only asks

    @extend_schema(
        tags=["jobs"],
        summary="Jobs of the last while",
        request=serializers.RecentJobs,
        responses={200: serializers.JobObject(many=True), 400: BAD_REQUEST},
        examples=[OpenApiExample("a day", value={"site": "saf", "timeRange": 86_400_000}, request_only=True)],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """Oldest first; of more than 1000 the newest."""
        body = validated(serializers.RecentJobs, body_of(request))
        after_ms = int(time.time() * 1000 - body["timeRange"])
        return Response([serializers.job_object(job) for job in Job.objects.recent(body["site"], after_ms)])
