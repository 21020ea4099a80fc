from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin
from photonranch.admin.dates import Dates
from photonranch.admin.display import as_json, at, label, list_link
from photonranch.admin.filters import ChoiceFilter
from photonranch.db.prefix import begins_with
from projects.checks import NO_PROJECT
from reservations import services
from reservations.models import Reservation, Reservations, SiteCalendar
from sitecfg.site_filter import SiteFilter, by_site
from sitecfg.site_link import SiteLinked


class When(ChoiceFilter):
    title = "when"
    parameter_name = "when"
    options = (("now", "now"), ("coming", "coming"), ("over", "over"))
    # The indexes "reservation_over" and "reservation_newest".
    served = ("now", "coming")

    def narrow(self, queryset: Reservations, value: str) -> Reservations:
        now = timezone.now()
        match value:
            case "now":
                return queryset.now_on(now)
            case "coming":
                return queryset.filter(start__gt=now)
        return queryset.filter(end__lte=now)


class Kind(ChoiceFilter):
    title = "type"
    parameter_name = "type"
    options = (("realtime", "realtime"), ("project", "project"))

    def narrow(self, queryset: Reservations, value: str) -> Reservations:
        return queryset.filter(reservation_type=value)


@admin.register(Reservation)
class ReservationAdmin(SiteLinked, StaffAdmin):
    """To look at, and to cancel. Changes belong to the calendar, where the rules are."""

    list_display = ["begins", "ends", "site_link", "state", "creator", "title", "reservation_type", "project"]
    list_display_links = ["begins"]
    list_filter = [When, SiteFilter, Kind, "by_scheduler"]
    search_fields = ["creator", "creator_id", "title", "project_id"]
    search_help_text = "Start of an event id; who, title, project"
    ordering = ["-start"]
    dates = Dates("start")
    actions = ["cancel"]
    fields = [
        "event_id", "site_link", "begins", "ends", "state", "creator", "creator_id", "title",
        "reservation_type", "project", "origin", "exclusive", "changed", "sent",
    ]  # fmt: skip
    readonly_fields = fields
    removal = "Everybody who looks at the calendar sees it disappear."
    sent = as_json("details", "what else was sent")

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-end"] if by_site(request) and "date" not in request.GET else ["-start"]

    def seek(self, queryset: Reservations, term: str) -> list[Reservations]:
        return [
            begins_with(queryset, "event_id", term).order_by("event_id"),
            queryset.filter(creator_id=term).order_by("-end"),
            queryset.naming(term).order_by("-pk"),
        ]

    def remove_row(self, row: Reservation, by: str) -> None:
        services.remove(row)

    @admin.display(description="from", ordering="start")
    def begins(self, event: Reservation) -> SafeString | str:
        return at(event.start)

    @admin.display(description="to", ordering="end")
    def ends(self, event: Reservation) -> SafeString | str:
        return at(event.end)

    @admin.display(description="state")
    def state(self, event: Reservation) -> SafeString:
        now = timezone.now()
        if event.end <= now:
            return label("over")
        return label("now", "good") if event.start <= now else label("coming", "work")

    @admin.display(description="project", ordering="project_id")
    def project(self, event: Reservation) -> SafeString | str:
        if event.project_id in ("", NO_PROJECT, f"{NO_PROJECT}#"):
            return "–"
        name, _, created_at = event.project_id.partition("#")
        return list_link(name, "projects.project", q=created_at or name)

    @admin.display(description="last change")
    def changed(self, event: Reservation) -> SafeString | str:
        return at(event.last_modified)

    @staff_action(
        "Cancel",
        permission="remove",
        question="Take these out of the calendar? Whoever made them is not asked.",
        icon="event_busy",
        dangerous=True,
    )
    def cancel(self, request: HttpRequest, rows: list[Reservation]) -> Done:
        for event in rows:
            services.remove(event)
        return Done(f"{counted(len(rows), 'reservation')} canceled.", rows)


@admin.register(SiteCalendar)
class SiteCalendarAdmin(StaffAdmin):
    """What those who want time at one site queue up for; to look at only."""

    list_display = ["site", "events"]
    search_fields = ["site"]
    ordering = ["site"]
    fields = ["site", "events"]
    readonly_fields = fields

    @admin.display(description="reservations")
    def events(self, calendar: SiteCalendar) -> SafeString:
        return list_link("reservations", "reservations.reservation", site=calendar.site)
