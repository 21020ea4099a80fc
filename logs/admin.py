from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from logs import services
from logs.models import LogMessage, LogMessages
from photonranch.admin.base import StaffAdmin
from photonranch.admin.dates import Dates
from photonranch.admin.display import Tone, at, label
from photonranch.admin.filters import ChoiceFilter
from sitecfg.site_filter import SiteFilter, by_site
from sitecfg.site_link import SiteLinked

TONES: dict[str, Tone] = {"error": "bad", "critical": "bad", "warning": "wait", "info": "work"}


class LevelFilter(ChoiceFilter):
    title = "level"
    parameter_name = "level"
    options = (
        ("serious", "error and critical"),
        ("warning", "warning"),
        ("info", "info"),
        ("debug", "debug"),
    )

    def narrow(self, queryset: LogMessages, value: str) -> LogMessages:
        return queryset.serious() if value == "serious" else queryset.filter(log_level__iexact=value)


@admin.register(LogMessage)
class LogMessageAdmin(SiteLinked, StaffAdmin):
    list_display = ["received", "site_link", "level", "text"]
    list_display_links = ["received", "text"]
    list_filter = [SiteFilter, LevelFilter]
    search_fields = ["message"]
    search_help_text = "Text of the message"
    ordering = ["-received_at"]
    dates = Dates("received_at")
    fields = ["received", "happened", "site_link", "level", "message"]
    readonly_fields = fields
    removal = "It is deleted for good; the pages that show it keep it until they are loaded again."

    def get_ordering(self, request: HttpRequest) -> list[str]:
        # With a date the site's index does not help: it is in the order of the senders' clocks.
        if by_site(request) and "date" not in request.GET:
            return ["-timestamp", "-id"]
        return ["-received_at"]

    def remove_row(self, row: LogMessage, by: str) -> None:
        services.remove(row)

    @admin.display(description="received", ordering="received_at")
    def received(self, message: LogMessage) -> SafeString | str:
        return at(message.received_at)

    @admin.display(description="by the sender's clock")
    def happened(self, message: LogMessage) -> SafeString | str:
        return at(message.timestamp)

    @admin.display(description="level", ordering="log_level")
    def level(self, message: LogMessage) -> SafeString:
        return label(message.log_level, TONES.get(message.log_level.lower(), ""))

    @admin.display(description="message")
    def text(self, message: LogMessage) -> str:
        return message.message if len(message.message) <= 160 else f"{message.message[:159]}…"
