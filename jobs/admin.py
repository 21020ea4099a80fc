from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job, JobReport


class ReportInline(admin.TabularInline[JobReport, Job]):
    model = JobReport
    extra = 0
    can_delete = False
    fields = ["received_at", "status", "seconds_until_complete", "applied"]
    readonly_fields = ["received_at", "status", "seconds_until_complete", "applied"]

    def has_add_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(admin.ModelAdmin[Job]):
    list_display = ["ulid", "site", "status", "device_type", "device_instance", "action", "user_name"]
    list_filter = ["status"]
    search_fields = ["ulid", "site", "user_name", "user_id", "action"]
    ordering = ["-ulid"]
    inlines = [ReportInline]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Job | None = None) -> bool:
        return False
