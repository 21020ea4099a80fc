"""The documented endpoints of the projects service."""

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.callers import ANONYMOUS, Caller
from photonranch.auth.permissions import caller_of, site_writer, user_of
from photonranch.errors import ApiError, NotFound
from projects import frames, progress, serializers, services
from projects.listing import array_response
from projects.models import Project, ProjectFrame
from projects.moving import with_places

not_signed_in = OpenApiResponse(OpenApiTypes.OBJECT, description='`{"message": "Unauthorized"}`')
not_yours = OpenApiResponse(OpenApiTypes.STR, description="It is somebody else's project.")
not_found = OpenApiResponse(OpenApiTypes.STR, description="Project not found.")
taken = OpenApiResponse(OpenApiTypes.STR, description="There is another project of this identity.")

key = {"project_name": "M31 Example Project", "created_at": "2022-07-01T23:45:37Z"}
a_project = {
    **key,
    "user_id": "google-oauth2|xxxxxxxxxxxxxxxxxxxxx",
    "project_note": "SRO filters",
    "project_constraints": {"ra_offset": 0, "dec_offset": 0, "position_angle": 0, "max_airmass": 2},
    "project_targets": [{"name": "M 31", "ra": "0.7123", "dec": "41.2690"}],
    "project_sites": ["sro"],
    "exposures": [{"imtype": "light", "filter": "PL", "exposure": "15", "count": "3", "zoom": "Full"}],
    "remaining": ["3"],
    "project_data": [[]],
    "scheduled_with_events": [],
}


class NewProjectView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Make a project",
        request=serializers.NewProject,
        responses={200: serializers.NewProjectAnswer, 400: BAD_REQUEST, 409: taken},
        examples=[OpenApiExample("a project", value=a_project, request_only=True)],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """It is kept as it came. What a telescope would skip or stumble over is in `warnings`."""
        document = body_of(request)
        body = validated(serializers.NewProject, document)
        project = Project(**body, document=document)
        _may_write(request, project)
        made = services.create(**body, document=document)
        answer = {
            "table_response": {"ResponseMetadata": {"HTTPStatusCode": 200}},
            "new_project": made.document,
            "warnings": made.warnings,
        }
        return Response(answer)


class ModifyProjectView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Change a project",
        request=serializers.ModifyProject,
        responses={
            200: serializers.ModifyProjectAnswer,
            400: BAD_REQUEST,
            401: not_signed_in,
            403: not_yours,
            404: not_found,
            409: taken,
        },
        examples=[
            OpenApiExample(
                "a new name", value={**key, "project_changes": {"project_name": "M31"}}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """The owner or an admin may. What was taken stays with the exposures that did not change."""
        body = validated(serializers.ModifyProject, body_of(request))
        caller = _editor(request, body["project_name"], body["created_at"])
        project = services.modify(caller, body["project_name"], body["created_at"], body["project_changes"])
        answer = {"is_successful": True, "project": project.document, "warnings": project.warnings}
        return Response(answer)


class GetProjectView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["projects"],
        summary="One project",
        request=serializers.ProjectKey,
        responses={200: serializers.ProjectObject, 400: BAD_REQUEST, 404: not_found},
        examples=[OpenApiExample("by name and date", value=key, request_only=True)],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The project itself, as it was stored. A target with `elements` and without coordinates has, here,
        those of this moment."""
        body = validated(serializers.ProjectKey, body_of(request))
        return Response(
            with_places(_project(body["project_name"], body["created_at"]).document, timezone.now())
        )


class GetAllProjectsView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["projects"],
        summary="All projects",
        request=None,
        responses={200: serializers.ProjectObject(many=True)},
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Newest first, sent while they are read."""
        return array_response(request, Project.objects.all().pages_of_json())


class GetUserProjectsView(ApiView):
    changes = frozenset()

    @extend_schema(
        tags=["projects"],
        summary="A user's projects",
        request=serializers.UserProjects,
        responses={200: serializers.ProjectObject(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Newest first, at most 5000."""
        body = validated(serializers.UserProjects, body_of(request))
        projects = Project.objects.of_user(body["user_id"])
        return array_response(request, projects.pages_of_json(projects.MOST_OF_USER))


class AddProjectDataView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Report a frame",
        request=serializers.ProjectData,
        responses={200: serializers.ProjectMessage, 400: BAD_REQUEST, 404: not_found},
        examples=[
            OpenApiExample(
                "a frame",
                value={**key, "exposure_index": 0, "base_filename": "dht-sq11-20220701-00001"},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Adds the name to `project_data` and takes one from `remaining`; the same name twice counts once."""
        body = validated(serializers.ProjectData, body_of(request))
        _may_write(request, _project(body["project_name"], body["created_at"]), body["base_filename"])
        frames.add_data(**body)
        return Response({"message": "success"})


class AddProjectEventView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Note an event of the calendar with a project",
        request=serializers.ProjectEvent,
        responses={
            200: serializers.ProjectMessage,
            400: BAD_REQUEST,
            404: not_found,
            409: OpenApiResponse(OpenApiTypes.STR, description="1000 of the calendar's events are noted."),
        },
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """The same event twice is noted once. Of 1000, those that are not in the calendar make room."""
        body = validated(serializers.ProjectEvent, body_of(request))
        _may_write(request, _project(body["project_name"], body["created_at"]))
        if services.add_event(caller_of(request), **body):
            return Response({"message": "Successfully associated event with project."})
        return Response({"message": "Event already associated with project."})


class DeleteProjectView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Delete a project",
        request=serializers.ProjectKey,
        responses={
            200: serializers.ProjectMessage,
            400: BAD_REQUEST,
            401: not_signed_in,
            403: not_yours,
            404: not_found,
        },
    )
    def post(self, request: Request) -> Response:
        """The owner or an admin may. It is taken out of the calendar's events, too."""
        caller = user_of(request)
        body = validated(serializers.ProjectKey, body_of(request))
        services.delete(caller, body["project_name"], body["created_at"])
        return Response({"message": "Successfully deleted project."})


class DeleteSchedulerProjectsView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Delete projects of the scheduler",
        request=serializers.SchedulerProjects,
        responses={200: serializers.SchedulerProjectsAnswer, 400: BAD_REQUEST},
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Only projects of origin LCO; others are left alone, and need `delete-project`."""
        body = validated(serializers.SchedulerProjects, body_of(request))
        project_ids = body["project_ids"]
        for project in Project.objects.among(serializers.project_keys(project_ids)).values():
            _may_write(request, project)
        failed = services.delete_scheduled(project_ids)
        answer = {
            "message": "Delete finished",
            "successful_delete_count": len(project_ids) - len(failed),
            "failed_delete_count": len(failed),
            "failed_ids": failed,
        }
        return Response(answer)


class ProgressView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="How far a user's projects have come",
        parameters=[serializers.UserProjects],
        responses={200: serializers.ProjectProgress(many=True), 400: BAD_REQUEST},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """In frames, per project and per exposure; newest first, at most 500."""
        query = validated(serializers.UserProjects, request.query_params.dict())
        projects = Project.objects.of_user(query["user_id"])
        return Response([serializers.progress_object(project) for project in projects[: projects.PAGE]])


class FramesView(ApiView):
    @extend_schema(
        tags=["projects"],
        summary="Frames, and which exposure each counts for",
        parameters=[serializers.FramesQuery],
        responses={200: serializers.FrameObject(many=True), 400: BAD_REQUEST, 404: not_found},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Those that count for a project and those that were taken in its time and do not, with the reason;
        the last to change first, at most 500."""
        query = validated(serializers.FramesQuery, request.query_params.dict())
        if "base_filename" in query:
            found = ProjectFrame.objects.filter(pk=progress.base_of(query["base_filename"]))
        else:
            found = ProjectFrame.objects.filter(project=_project(query["project_name"], query["created_at"]))
        return Response([serializers.frame_object(frame) for frame in found.newest()])


def _project(project_name: str, created_at: str) -> Project:
    project = Project.objects.named(project_name, created_at).first()
    if project is None:
        raise NotFound("Project not found.")
    return project


def _editor(request: Request, project_name: str, created_at: str) -> Caller:
    """Who changes a project: a user; where the installation lets the old frontend in, also nobody known."""
    if settings.OPEN_PROJECT_WRITES and caller_of(request).kind != "user":
        _may_write(request, _project(project_name, created_at))
        return ANONYMOUS
    return user_of(request)


def _may_write(request: Request, project: Project, base_filename: str = "") -> None:
    """What needs no user, as documented; in strict mode the owner, or the key of a site of the project.

    A project that names no site is for whichever has time: then the site that took the frame.
    """
    caller = caller_of(request)
    if caller.kind == "user" and caller.user_id == project.user_id:
        return
    refusal: ApiError | None = None
    for site in project.sites or [base_filename.partition("-")[0]]:
        try:
            site_writer(request, site)
        except ApiError as refused:
            refusal = refused
        else:
            return
    if refusal is not None:
        raise refusal
