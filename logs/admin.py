from django.contrib import admin
from django.http import HttpRequest

from logs.models import LogMessage


@admin.register(LogMessage)
class LogMessageAdmin(admin.ModelAdmin[LogMessage]):
    list_display = ["received_at", "site", "log_level", "message"]
    list_filter = ["log_level"]
    search_fields = ["site", "message"]
    date_hierarchy = "received_at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: LogMessage | None = None) -> bool:
        return False
