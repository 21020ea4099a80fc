from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from images.admin import ImageAdmin
from images.models import Image
from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.display import Tone, as_json, at, label, link, list_link
from photonranch.admin.filters import ChoiceFilter
from photonranch.db.prefix import begins_with
from projects import frames, progress, services
from projects.models import SCHEDULER, Project, ProjectFrame, ProjectFrames, Projects
from projects.serializers import named_sites


def bar(percent: int, of: str) -> SafeString:
    return format_html(
        '<progress max="100" value="{}" aria-label="{}"></progress> {} %',
        percent,
        f"progress of {of}",
        percent,
    )


class Origin(ChoiceFilter):
    title = "origin"
    parameter_name = "origin"
    options = (("lco", "the scheduler"), ("people", "people"))

    def narrow(self, queryset: Projects, value: str) -> Projects:
        if value == SCHEDULER:
            return queryset.filter(origin__iexact=SCHEDULER)
        return queryset.exclude(origin__iexact=SCHEDULER)


@admin.register(Project)
class ProjectAdmin(StaffAdmin):
    """To look at, and to delete. Changes belong to the projects pages, where the rules are."""

    list_display = [
        "project_name",
        "created_at",
        "user_id",
        "sites",
        "taken",
        "remaining",
        "progress",
        "events",
    ]
    list_filter = [Origin]
    search_fields = ["project_name", "user_id", "created_at"]
    search_help_text = "Name, user, created_at"
    ordering = ["-pk"]
    fields = [
        "project_name", "created_at", "user_id", "origin", "sites", "events", "progress", "warnings",
        "exposures", "its_frames", "sent",
    ]  # fmt: skip
    readonly_fields = fields
    removal = "It is taken out of the calendar's events, which stay."
    sent = as_json("document")

    def seek(self, queryset: Projects, term: str) -> list[Projects]:
        return [queryset.filter(project_name=term).order_by("-created_at"), queryset.of_user(term)]

    def remove_row(self, row: Project, by: str) -> None:
        services.remove(row)

    @admin.display
    def sites(self, project: Project) -> str:
        return ", ".join(map(str, named_sites(project)))

    @admin.display
    def taken(self, project: Project) -> int:
        return progress.of(project.document).taken

    @admin.display
    def remaining(self, project: Project) -> int:
        return progress.of(project.document).remaining

    @admin.display
    def progress(self, project: Project) -> SafeString:
        return bar(progress.of(project.document).percent, project.project_name)

    @admin.display(description="in the calendar")
    def events(self, project: Project) -> SafeString:
        return list_link("events", "reservations.reservation", q=project.project_id)

    @admin.display(description="what telescopes will stumble over")
    def warnings(self, project: Project) -> SafeString | str:
        return format_html_join("", "<div>{}</div>", ((each,) for each in project.warnings)) or "–"

    @admin.display
    def exposures(self, project: Project) -> SafeString:
        lines = progress.of(project.document).lines
        return format_html_join(
            "",
            "<div>{} × {} s {} {}: {} taken, {} remain</div>",
            (
                (line.wanted, line.exposure, line.filter, line.imtype, line.taken, line.remaining)
                for line in lines
            ),
        )

    @admin.display(description="frames")
    def its_frames(self, project: Project) -> SafeString:
        return list_link("which count, and which do not", "projects.projectframe", project=project.pk)


# --- Frames ------------------------------------------------------------------------------------------------


TONES: dict[str, Tone] = {"counted": "good", "reported": "good", "left out": "", "waiting": "wait"}


class FrameState(ChoiceFilter):
    title = "state"
    parameter_name = "state"
    options = tuple((state.value, str(state.label)) for state in ProjectFrame.State)
    # The partial index "frame_waiting".
    served = ("waiting",)

    def narrow(self, queryset: ProjectFrames, value: str) -> ProjectFrames:
        return queryset.filter(state=value)


@admin.register(ProjectFrame)
class ProjectFrameAdmin(StaffAdmin):
    """To look at: which frames count for which exposure, and why others do not."""

    list_display = ["base_filename", "how", "project_link", "exposure_index", "reason", "changed"]
    list_filter = [FrameState]
    search_fields = ["base_filename", "reason"]
    search_help_text = "Start of a frame's name; reason"
    ordering = ["-changed_at"]
    list_select_related = ["project"]
    actions = ["match_again"]
    fields = [
        "base_filename", "how", "project_link", "exposure_index", "event", "reason", "changed",
    ]  # fmt: skip
    readonly_fields = fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # The page of a project links to its frames.
        return lookup == "project" or bool(super().lookup_allowed(lookup, value, request))

    def seek(self, queryset: ProjectFrames, term: str) -> list[ProjectFrames]:
        return [begins_with(queryset, "base_filename", term).order_by("base_filename")]

    @admin.display(description="state")
    def how(self, frame: ProjectFrame) -> SafeString:
        return label(frame.get_state_display(), TONES.get(frame.state, ""))

    @admin.display(description="project")
    def project_link(self, frame: ProjectFrame) -> SafeString | str:
        return link("projects.project", frame.project_id, str(frame.project or ""))

    @admin.display(description="event")
    def event(self, frame: ProjectFrame) -> SafeString | str:
        return link("reservations.reservation", frame.event_id)

    @admin.display(description="last change")
    def changed(self, frame: ProjectFrame) -> SafeString | str:
        return at(frame.changed_at)

    @staff_action(
        "Match again",
        permission="act",
        question="Look again which exposure these count for? What a site reported stays.",
        icon="sync",
    )
    def match_again(self, request: HttpRequest, rows: list[ProjectFrame]) -> Done:
        for frame in rows:
            frames.expect(frame.pk)
        return Done(f"{counted(len(rows), 'frame')} will be matched again.", rows)


@admin.display(description="counts for")
def counts_for(image: Image) -> SafeString | str:
    """On the page of an image: the project whose exposure it counts for, or why it counts for none."""
    frame = ProjectFrame.objects.select_related("project").filter(pk=image.base_filename).first()
    if frame is None:
        return "Its header has not come."
    said = frame.reason or frame.get_state_display()
    if frame.project and frame.exposure_index is not None:
        said = f"{frame.project}, exposure {frame.exposure_index}"
    return link("projects.projectframe", frame.pk, said)


ImageAdmin.also_show(counts_for)
