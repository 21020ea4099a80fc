from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from photonranch.admin import ChoiceFilter, StaffAdmin, as_json, list_link
from projects import progress, services
from projects.models import SCHEDULER, Project, Projects


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
        "project_name", "created_at", "user_id", "origin", "sites", "events", "progress", "exposures", "sent",
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
        return ", ".join(map(str, project.document.get("project_sites") or []))

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
