from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from projects import progress, services
from projects.models import Project


def bar(percent: int) -> SafeString:
    return format_html('<progress max="100" value="{}"></progress> {} %', percent, percent)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin[Project]):
    """To look at, and to delete. Changes belong to the projects pages, where the rules are."""

    list_display = ["project_name", "created_at", "user_id", "sites", "taken", "remaining", "progress"]
    list_filter = ["origin"]
    search_fields = ["project_name", "user_id", "created_at"]
    ordering = ["-pk"]
    show_full_result_count = False
    readonly_fields = ["progress", "exposures"]
    fields = ["project_name", "created_at", "user_id", "origin", *readonly_fields, "document"]

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
        return bar(progress.of(project.document).percent)

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

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Project) -> None:
        services.remove(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            services.remove(project)
