"""Projects as JSON. The project itself is answered as it was stored."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photonranch.api.fields import JsonField, NumberField, ObjectField, TextField
from photonranch.lenient_json import Json
from projects import progress
from projects.models import Project, ProjectFrame
from reservations.times import as_text

MOST_AT_ONCE = 1000


class ProjectKey(serializers.Serializer[Any]):
    """The two keys that name a project, byte for byte."""

    project_name = TextField(max_length=255, help_text="Its name, without `#`.")
    created_at = TextField(max_length=64, help_text="When it was made, as its client wrote it.")


class NewProject(ProjectKey):
    """The body of `new-project`: the whole project. Other keys are kept and come back unchanged."""

    user_id = TextField(max_length=255, help_text="Whose project it is.")


class ModifyProject(ProjectKey):
    """The body of `modify-project`."""

    project_changes = ObjectField(
        help_text="Some keys, or the whole project. Identity, owner and progress are left aside."
    )


class UserProjects(serializers.Serializer[Any]):
    """The body of `get-user-projects`, and the query of `progress`."""

    user_id = TextField(max_length=255, help_text="Whose projects.")


class IndexField(NumberField):
    """A whole number, or its text."""

    default_error_messages = {"whole": "must be a whole number."}

    def to_internal_value(self, data: Json) -> int:
        number = super().to_internal_value(data)
        if not isinstance(number, int):
            self.fail("whole")
        return number


class ProjectData(ProjectKey):
    """The body of `add-project-data`."""

    exposure_index = IndexField(help_text="Which of the project's exposures, from 0.")
    base_filename = TextField(max_length=255, help_text="Such as dht-sq11-20220701-00001.")


class ProjectEvent(ProjectKey):
    """The body of `add-project-event`."""

    event_id = TextField(max_length=255, help_text="An event of the calendar.")


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class ProjectIdsField(serializers.Field):  # type: ignore[type-arg]
    """A list of `project_name#created_at`, each once."""

    default_error_messages = {
        "required": "this key is missing.",
        "null": "this key must not be null.",
        "invalid": "must be a list of project ids.",
        "max_length": "has more than {most} ids.",
    }

    def to_internal_value(self, data: Json) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(project_id, str) for project_id in data):
            self.fail("invalid")
        if len(data) > MOST_AT_ONCE:
            self.fail("max_length", most=MOST_AT_ONCE)
        return list(dict.fromkeys(data))

    def to_representation(self, value: list[str]) -> list[str]:
        return value


def project_keys(project_ids: list[str]) -> list[tuple[str, str]]:
    """The name and created_at in each id."""
    split = (project_id.partition("#") for project_id in project_ids)
    return [(name, created_at) for name, _, created_at in split]


class SchedulerProjects(serializers.Serializer[Any]):
    """The body of `delete-scheduler-projects`."""

    project_ids = ProjectIdsField(help_text="`project_name#created_at` of each.")


class ProjectObject(serializers.Serializer[Any]):
    """A project, as it was stored; these keys and whatever else its client sent."""

    project_name = serializers.CharField()
    created_at = serializers.CharField()
    user_id = serializers.CharField()
    project_note = serializers.CharField(required=False)
    project_priority = serializers.CharField(required=False)
    project_creator = ObjectField(required=False)
    project_constraints = ObjectField(required=False, help_text="What the scheduling must keep to.")
    project_targets = serializers.ListField(child=ObjectField(), required=False, help_text="name, ra, dec")
    project_sites = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Site codes, or `common pool`."
    )
    exposures = serializers.ListField(child=ObjectField(), required=False, help_text="What to take.")
    remaining = serializers.ListField(
        child=JsonField(), required=False, help_text="Frames left to take, per exposure."
    )
    project_data = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Names of the frames taken, per exposure.",
    )
    scheduled_with_events = serializers.ListField(child=serializers.CharField(), required=False)


class WarningsField(serializers.ListField):
    """What a telescope would skip or stumble over."""

    child = serializers.CharField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="Sentences that name the field.", **kwargs)


class NewProjectAnswer(serializers.Serializer[Any]):
    """The answer to `new-project`."""

    table_response = ObjectField(help_text='`{"ResponseMetadata": {"HTTPStatusCode": 200}}`')
    new_project = ProjectObject()
    warnings = WarningsField()


class ModifyProjectAnswer(serializers.Serializer[Any]):
    """The answer to `modify-project`."""

    is_successful = serializers.BooleanField()
    project = ProjectObject()
    warnings = WarningsField()


class ProjectMessage(serializers.Serializer[Any]):
    message = serializers.CharField()


class SchedulerProjectsAnswer(serializers.Serializer[Any]):
    """The answer to `delete-scheduler-projects`."""

    message = serializers.CharField(help_text="`Delete finished`")
    successful_delete_count = serializers.IntegerField()
    failed_delete_count = serializers.IntegerField()
    failed_ids = serializers.ListField(
        child=serializers.CharField(), help_text="Of what does not exist, or is not the scheduler's."
    )


class ExposureProgress(serializers.Serializer[Any]):
    """The progress of one exposure, in frames."""

    exposure_index = serializers.IntegerField()
    filter = serializers.CharField()
    imtype = serializers.CharField()
    exposure = JsonField(help_text="Seconds, as the client sent it.")
    wanted = serializers.IntegerField()
    taken = serializers.IntegerField()
    remaining = serializers.IntegerField()


class ProjectProgress(serializers.Serializer[Any]):
    """How far a project has come, in frames."""

    project_name = serializers.CharField()
    created_at = serializers.CharField()
    user_id = serializers.CharField()
    project_sites = serializers.ListField(child=serializers.CharField())
    wanted = serializers.IntegerField()
    taken = serializers.IntegerField()
    remaining = serializers.IntegerField()
    percent = serializers.IntegerField(help_text="100 only when nothing remains.")
    exposures = ExposureProgress(many=True)


class FramesQuery(serializers.Serializer[Any]):
    """The query of `frames`: a project by its two keys, or one frame."""

    project_name = TextField(max_length=255, required=False, help_text="Frames of this project;")
    created_at = TextField(max_length=64, required=False, help_text="both of its keys are needed.")
    base_filename = TextField(
        max_length=255, required=False, help_text="This frame alone, in whichever form its name is written."
    )

    def validate(self, query: dict[str, Any]) -> dict[str, Any]:
        if "base_filename" in query:
            return query
        for key in ("project_name", "created_at"):
            if key not in query:
                raise serializers.ValidationError({key: "this key is missing."})
        return query


class FrameObject(serializers.Serializer[Any]):
    """A frame, and what it counts for, or why for nothing."""

    base_filename = serializers.CharField()
    state = serializers.ChoiceField(
        choices=ProjectFrame.State.choices,
        help_text="counted: by its header; reported: by `add-project-data`; left out; waiting to be matched.",
    )
    project_name = serializers.CharField(
        allow_null=True, help_text="The project that it counts for, or in whose time it was taken."
    )
    created_at = serializers.CharField(allow_null=True)
    exposure_index = serializers.IntegerField(allow_null=True, help_text="Null: it counts for none.")
    event_id = serializers.CharField(
        help_text="The event that was on when it was taken, if it was looked for."
    )
    reason = serializers.CharField(help_text="Why it counts for none.")
    changed_at = serializers.CharField(help_text="UTC.")


def frame_object(frame: ProjectFrame) -> dict[str, Any]:
    return {
        "base_filename": frame.base_filename,
        "state": frame.state,
        "project_name": frame.project and frame.project.project_name,
        "created_at": frame.project and frame.project.created_at,
        "exposure_index": frame.exposure_index,
        "event_id": frame.event_id,
        "reason": frame.reason,
        "changed_at": as_text(frame.changed_at),
    }


def named_sites(project: Project) -> list[Json]:
    """The sites as they were sent; a project may hold anything there."""
    sites = project.document.get("project_sites")
    return sites[: project.MOST_SITES] if isinstance(sites, list) else []


def progress_object(project: Project) -> dict[str, Any]:
    return {
        "project_name": project.project_name,
        "created_at": project.created_at,
        "user_id": project.user_id,
        "project_sites": named_sites(project),
        **progress.of(project.document).as_json(),
    }
