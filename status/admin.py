import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from status import lastseen
from status.models import LastSeen, Phase, Status


class LookOnly(admin.ModelAdmin[Any]):
    """What sites say is theirs: staff look at it, and may delete it."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Status)
class StatusAdmin(LookOnly):
    list_display = ["site", "status_type", "posted_at", "wx_ok"]
    list_filter = ["status_type"]
    search_fields = ["site"]
    ordering = ["site", "status_type"]
    fields = ["site", "status_type", "posted_at", "wx_ok", "as_json"]
    readonly_fields = ["posted_at", "as_json"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Status]:
        return super().get_queryset(request).defer("document")

    @admin.display(description="last post", ordering="server_timestamp_ms")
    def posted_at(self, status: Status) -> datetime:
        return datetime.fromtimestamp(status.server_timestamp_ms / 1000, timezone.get_current_timezone())

    @admin.display(description="document")
    def as_json(self, status: Status) -> str:
        return format_html("<pre>{}</pre>", json.dumps(status.document, indent=2, ensure_ascii=False))


@admin.register(Phase)
class PhaseAdmin(LookOnly):
    list_display = ["site", "message", "said_at"]
    search_fields = ["site", "message"]
    ordering = ["-timestamp"]

    @admin.display(description="said", ordering="timestamp")
    def said_at(self, phase: Phase) -> datetime:
        return datetime.fromtimestamp(phase.timestamp, timezone.get_current_timezone())


@admin.register(LastSeen)
class LastSeenAdmin(LookOnly):
    list_display = ["site", "endpoint", "at", "warning"]
    list_filter = ["endpoint"]
    search_fields = ["site"]
    ordering = ["site", "endpoint"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LastSeen]:
        lastseen.notebook.write()
        polls = LastSeen.objects.filter(site=OuterRef("site"), endpoint=lastseen.POLL)
        seen: QuerySet[LastSeen] = super().get_queryset(request)
        return seen.annotate(polled_at=Subquery(polls.values("at")))

    @admin.display(description="")
    def warning(self, seen: Any) -> str:
        if seen.endpoint != lastseen.CALENDAR or not seen.polled_at:
            return ""
        calls = {lastseen.CALENDAR: seen.at, lastseen.POLL: seen.polled_at}
        if not lastseen.calendar_stopped(calls, timezone.now()):
            return ""
        return format_html("<b>{}</b>", "polls for commands but stopped asking for its calendar")
