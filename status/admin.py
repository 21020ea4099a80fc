from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from photonranch.admin.actions import Done, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.dates import Dates
from photonranch.admin.display import as_json, at, label
from photonranch.api.instants import nearest
from sitecfg.site_filter import SiteFilter, by_site
from sitecfg.site_link import SiteLinked
from status import calls as site_calls
from status import lastseen, services
from status.models import MINUTE_MS, LastSeen, Phase, Status, WeatherSample


@admin.register(Status)
class StatusAdmin(SiteLinked, StaffAdmin):
    """What sites say is theirs: staff look at it, and may have it forgotten."""

    list_display = ["site_link", "status_type", "posted", "weather"]
    list_display_links = ["status_type"]
    list_filter = [SiteFilter]
    search_fields = ["site", "status_type"]
    search_help_text = "Site, type"
    ordering = ["site", "status_type"]
    fields = ["site_link", "status_type", "posted", "weather", "shown"]
    readonly_fields = fields
    removal = "The site's next post begins afresh."
    actions = ["remove_chosen", "clear_site"]
    shown = as_json("document")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Status]:
        found: QuerySet[Status] = super().get_queryset(request)
        return found.defer("document")

    def remove_row(self, row: Status, by: str) -> None:
        services.forget(row)

    @admin.display(description="last post", ordering="server_timestamp_ms")
    def posted(self, status: Status) -> SafeString | str:
        return at(status.server_timestamp_ms / 1000)

    @admin.display(description="weather", ordering="wx_ok")
    def weather(self, status: Status) -> SafeString | str:
        if status.wx_ok is None:
            return "–"
        return label("allows observing", "good") if status.wx_ok else label("does not allow it", "bad")

    @staff_action(
        "Forget everything of these sites",
        permission="remove",
        question="Forget all types of status of these sites? Their next posts begin afresh.",
        icon="layers_clear",
        dangerous=True,
    )
    def clear_site(self, request: HttpRequest, rows: list[Status]) -> Done:
        sites = sorted({status.site for status in rows})
        forgotten = sum(services.clear(site) for site in sites)
        return Done(f"{forgotten} types of status of {', '.join(sites)} forgotten.", rows)


@admin.register(Phase)
class PhaseAdmin(SiteLinked, StaffAdmin):
    list_display = ["said_at", "site_link", "message"]
    list_display_links = ["said_at"]
    list_filter = [SiteFilter]
    search_fields = ["message"]
    search_help_text = "Text of the message"
    ordering = ["-timestamp"]
    dates = Dates("timestamp", to_value=datetime.timestamp, to_time=nearest)
    fields = ["said_at", "site_link", "message"]
    readonly_fields = fields

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-timestamp", "-id"] if by_site(request) else ["-timestamp"]

    def remove_row(self, row: Phase, by: str) -> None:
        services.remove_phase(row)

    @admin.display(description="said", ordering="timestamp")
    def said_at(self, phase: Phase) -> SafeString | str:
        return at(phase.timestamp)


@admin.register(LastSeen)
class LastSeenAdmin(SiteLinked, StaffAdmin):
    list_display = ["site_link", "endpoint", "heard", "warning"]
    list_display_links = ["endpoint"]
    list_filter = [SiteFilter]
    search_fields = ["site", "endpoint"]
    search_help_text = "Site, call"
    ordering = ["site", "endpoint"]
    fields = ["site_link", "endpoint", "heard"]
    readonly_fields = fields
    removal = "It is noted again with the next call."

    def get_queryset(self, request: HttpRequest) -> QuerySet[LastSeen]:
        lastseen.notebook.write()
        polls = LastSeen.objects.filter(site=OuterRef("site"), endpoint=site_calls.POLL)
        seen: QuerySet[LastSeen] = super().get_queryset(request)
        return seen.annotate(polled_at=Subquery(polls.values("at")))

    def remove_row(self, row: LastSeen, by: str) -> None:
        services.forget_calls(row)

    @admin.display(description="last call", ordering="at")
    def heard(self, seen: LastSeen) -> SafeString | str:
        return at(seen.at)

    @admin.display(description="")
    def warning(self, seen: Any) -> SafeString | str:
        if seen.endpoint != site_calls.CALENDAR or not seen.polled_at:
            return ""
        calls = {site_calls.CALENDAR: seen.at, site_calls.POLL: seen.polled_at}
        if not site_calls.calendar_stopped(calls, timezone.now()):
            return ""
        return label("polls for commands but stopped asking for its calendar", "bad")


@admin.register(WeatherSample)
class WeatherSampleAdmin(SiteLinked, StaffAdmin):
    """Measured; kept for two days, then removed by the clock."""

    list_display = [
        "measured", "site_link", "temperature", "dewpoint", "humidity", "wind", "sky_temperature",
        "sky_brightness", "cloud_cover", "rain_rate",
    ]  # fmt: skip
    list_display_links = ["measured"]
    list_filter = [SiteFilter]
    ordering = ["-minute"]
    fields = list_display
    readonly_fields = fields

    @admin.display(description="measured", ordering="minute")
    def measured(self, sample: WeatherSample) -> SafeString | str:
        return at(sample.minute * MINUTE_MS / 1000)
