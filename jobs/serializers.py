"""Jobs as JSON: what comes in, and the one object that REST answers and the sockets are sent."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.models import ALTERNATE, MAIN, Job
from photonranch.api.fields import JsonField, NumberField, ObjectField, SiteField, TextField

DAY_MS = 86_400_000


class NewJob(serializers.Serializer[Any]):
    """The body of `newjob`. Who asks is read from the token, whatever the body says of it."""

    site = SiteField(help_text="Where the command goes.")
    device = TextField(max_length=100, help_text="The type of the device, such as camera.")
    instance = TextField(max_length=200, allow_blank=True, help_text="The name of the device.")
    action = TextField(max_length=200, help_text="What to do, such as expose.")
    required_params = ObjectField(help_text="Passed on unchanged.")
    optional_params = ObjectField(help_text="Passed on unchanged.")
    user_name = TextField(
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="Shown when the token has no name.",
    )


@extend_schema_field(OpenApiTypes.BOOL)
class QueueField(serializers.Field):  # type: ignore[type-arg]
    """`alternateQueue: true` means the second, independent queue of the same jobs."""

    def to_internal_value(self, data: Any) -> str:
        return ALTERNATE if data in (True, "true", "True", 1) else MAIN

    def to_representation(self, value: str) -> bool:
        return value == ALTERNATE


class EstimateField(JsonField):
    """A whole number or its text, kept as it came; empty is -1."""

    default_error_messages = {"invalid": "must be a number of seconds."}

    def to_internal_value(self, data: Any) -> Any:
        if data == "":
            return -1
        if isinstance(data, bool) or not isinstance(data, int | float | str) or len(str(data)) > 40:
            self.fail("invalid")
        return data


class SiteQueue(serializers.Serializer[Any]):
    """The body of `getnewjobs`."""

    site = SiteField(help_text="Whose commands.")
    alternateQueue = QueueField(required=False, default=MAIN)  # noqa: N815


class JobUpdate(serializers.Serializer[Any]):
    """The body of `startjob`."""

    site = SiteField(help_text="Where the job is.")
    ulid = TextField(max_length=40, help_text="Which job.")
    secondsUntilComplete = EstimateField(required=False, default=-1, help_text="Default -1: no estimate.")  # noqa: N815
    alternateQueue = QueueField(required=False, default=MAIN)  # noqa: N815


class JobStatusUpdate(JobUpdate):
    """The body of `updatejobstatus`."""

    newStatus = TextField(  # noqa: N815
        max_length=40,
        required=False,
        default="",
        allow_blank=True,
        help_text="Such as STARTED, EXPOSING, COMPLETE. Left out: only the estimate changes.",
    )

    def validate_newStatus(self, status: str) -> str:  # noqa: N802
        if "#" in status:
            raise serializers.ValidationError("must not contain '#'.")
        return status


class RecentJobs(serializers.Serializer[Any]):
    """The body of `getrecentjobs`."""

    site = SiteField(help_text="Whose jobs.")
    timeRange = NumberField(required=False, default=DAY_MS, help_text="Greatest age in ms. Default: a day.")  # noqa: N815


class JobObject(serializers.Serializer[Any]):
    """A job."""

    site = serializers.CharField()
    ulid = serializers.CharField()
    statusId = serializers.CharField(help_text="`{status}#{ulid}` on the main queue.")  # noqa: N815
    replicaStatusId = serializers.CharField(help_text="`{status}#{ulid}` on the alternate queue.")  # noqa: N815
    timestamp_ms = serializers.IntegerField(help_text="Unix time in ms; grows strictly per site.")
    deviceType = serializers.CharField()  # noqa: N815
    deviceInstance = serializers.CharField()  # noqa: N815
    action = serializers.CharField()
    required_params = ObjectField()
    optional_params = ObjectField()
    user_name = serializers.CharField()
    user_id = serializers.CharField()
    user_roles = serializers.ListField(child=serializers.CharField())
    secondsUntilComplete = JsonField(required=False, help_text="Once the site reported one.")  # noqa: N815


class Updated(serializers.Serializer[Any]):
    """The answer to a report."""

    ResponseMetadata = ObjectField(help_text='`{"HTTPStatusCode": 200}`')
    ulid = serializers.CharField()
    statusId = serializers.CharField()  # noqa: N815
    secondsUntilComplete = JsonField()  # noqa: N815


def job_object(job: Job) -> dict[str, Any]:
    shown = {
        "site": job.site,
        "ulid": job.ulid,
        "statusId": f"{job.status}#{job.ulid}",
        "replicaStatusId": f"{job.alternate_status}#{job.ulid}",
        "timestamp_ms": job.timestamp_ms,
        "deviceType": job.device_type,
        "deviceInstance": job.device_instance,
        "action": job.action,
        "required_params": job.required_params,
        "optional_params": job.optional_params,
        "user_name": job.user_name,
        "user_id": job.user_id,
        "user_roles": job.user_roles,
    }
    if job.seconds_until_complete is not None:
        shown["secondsUntilComplete"] = job.seconds_until_complete
    return shown


def updated(job: Job, queue: str) -> dict[str, Any]:
    return {
        "ResponseMetadata": {"HTTPStatusCode": 200},
        "ulid": job.ulid,
        "statusId": f"{getattr(job, queue)}#{job.ulid}",
        "secondsUntilComplete": job.seconds_until_complete,
    }
