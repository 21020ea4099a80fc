from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from ulid import ULID

from jobs import services, states
from jobs.models import Job, JobReport, SiteClock
from photonranch.admin.actions import Done, counted, staff_action
from photonranch.admin.base import StaffAdmin, StaffInline
from photonranch.admin.dates import Dates
from photonranch.admin.display import Tone, as_json, at, label, link, list_link
from photonranch.admin.filters import ChoiceFilter
from photonranch.auth.credentials import identify
from photonranch.db.prefix import begins_with
from photonranch.errors import ApiError
from sitecfg.site_filter import SiteFilter, by_site
from sitecfg.site_link import SiteLinked

TONES: dict[str, Tone] = {states.UNREAD: "wait", states.ALTERNATE: "wait", states.COMPLETE: "good"}


def state_label(status: str) -> SafeString:
    return label(status, TONES.get(status, "" if states.stage(status) == states.DONE else "work"))


class StateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "state"
    options = (
        (states.UNREAD, "waiting"),
        (states.RECEIVED, "fetched"),
        (states.COMPLETE, "complete"),
        ("FAILED", "failed"),
        (states.CANCELED, "canceled"),
        (states.EXPIRED, "expired"),
    )
    # The partial index "job_unread".
    served = (states.UNREAD,)

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(status=value)


class ReportInline(StaffInline):
    model = JobReport
    fields = ["received", "status", "estimate", "applied"]
    readonly_fields = fields
    verbose_name_plural = "What the site reported"

    @admin.display(description="received")
    def received(self, report: JobReport) -> SafeString | str:
        return at(report.received_at)

    @admin.display(description="seconds left", empty_value="–")
    def estimate(self, report: JobReport) -> Any:
        return estimate_text(report.seconds_until_complete)


def estimate_text(estimate: Any) -> Any:
    """A site's estimate, or None when it told none."""
    return None if estimate == services.NO_ESTIMATE else estimate


def first_ulid(when: datetime) -> str:
    """The smallest key that a job of this instant can have."""
    return str(ULID.from_bytes(max(0, int(when.timestamp() * 1000)).to_bytes(6, "big") + bytes(10)))


def time_of(ulid: str) -> datetime:
    return ULID.from_str(ulid).datetime


@admin.register(Job)
class JobAdmin(SiteLinked, StaffAdmin):
    """Observatories move jobs on; staff take back what waits, or ask for the same again."""

    list_display = ["issued", "site_link", "command", "state", "estimate", "user_name"]
    list_display_links = ["issued", "command"]
    list_filter = [SiteFilter, StateFilter]
    search_fields = ["ulid", "user_name", "user_id", "action", "device_type", "device_instance"]
    search_help_text = "Start of a ULID; user, device, action"
    ordering = ["-ulid"]
    dates = Dates("ulid", to_value=first_ulid, to_time=time_of)
    inlines = [ReportInline]
    actions = ["cancel", "issue_again"]
    fields = [
        "ulid", "issued", "site_link", "command", "state", "alternate_state", "estimate", "required",
        "optional", "user_name", "user_id", "user_roles", "around",
    ]  # fmt: skip
    readonly_fields = fields
    required = as_json("required_params", "required parameters")
    optional = as_json("optional_params", "optional parameters")

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return ["-timestamp_ms"] if by_site(request) else ["-ulid"]

    def seek(self, queryset: QuerySet[Any], term: str) -> list[QuerySet[Any]]:
        return [begins_with(queryset, "ulid", term.upper()).order_by("-ulid")]

    @admin.display(description="issued", ordering="ulid")
    def issued(self, job: Job) -> SafeString | str:
        return at(job.timestamp_ms / 1000)

    @admin.display(description="command")
    def command(self, job: Job) -> str:
        return f"{job.device_type} {job.device_instance}: {job.action}"

    @admin.display(description="state", ordering="status")
    def state(self, job: Job) -> SafeString:
        return state_label(job.status)

    @admin.display(description="state on the alternate queue")
    def alternate_state(self, job: Job) -> SafeString:
        return state_label(job.alternate_status)

    @admin.display(description="seconds left", empty_value="–")
    def estimate(self, job: Job) -> Any:
        return estimate_text(job.seconds_until_complete)

    @admin.display(description="see also")
    def around(self, job: Job) -> SafeString:
        return list_link(f"all jobs of {job.site}", "jobs.job", site=job.site)

    # --- Actions -------------------------------------------------------------------------------------------

    @staff_action("Cancel", icon="cancel")
    def cancel(self, request: HttpRequest, rows: list[Job]) -> Done:
        canceled = services.cancel([job.pk for job in rows])
        late = len(rows) - len(canceled)
        sentence = f"{len(canceled)} canceled."
        if late:
            sentence += f" {late} had been fetched by the site, or ended, already."
        return Done(sentence, canceled, messages.SUCCESS if canceled else messages.WARNING)

    @staff_action(
        "Issue again",
        permission="issue",
        question="Have the site carry out these commands once more? Each becomes a new job in your name.",
        icon="replay",
    )
    def issue_again(self, request: HttpRequest, rows: list[Job]) -> Done:
        caller = identify("", request.user)
        issued, refusals = [], []
        # In the order in which they were given.
        for job in sorted(rows, key=lambda job: job.pk):
            try:
                issued.append(services.issue_again(caller, job))
            except ApiError as problem:
                refusals.append(f"{job}: {problem.sentence}")
        sentence = " ".join([f"{counted(len(issued), 'job')} issued again.", *refusals])
        return Done(sentence, issued, messages.WARNING if refusals else messages.SUCCESS)

    def has_issue_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.add_job")


@admin.register(JobReport)
class JobReportAdmin(StaffAdmin):
    list_display = ["received", "job_link", "status", "estimate", "applied"]
    list_display_links = ["received"]
    list_select_related = ["job"]
    list_filter = ["applied"]
    search_fields = ["status"]
    search_help_text = "ULID of a job; state"
    ordering = ["-pk"]
    fields = ["received", "job_link", "status", "estimate", "applied"]
    readonly_fields = fields

    def seek(self, queryset: QuerySet[Any], term: str) -> list[QuerySet[Any]]:
        return [queryset.filter(job=term.upper()).order_by("-pk")]

    @admin.display(description="received", ordering="pk")
    def received(self, report: JobReport) -> SafeString | str:
        return at(report.received_at)

    @admin.display(description="seconds left", empty_value="–")
    def estimate(self, report: JobReport) -> Any:
        return estimate_text(report.seconds_until_complete)

    @admin.display(description="job")
    def job_link(self, report: JobReport) -> SafeString | str:
        return link("jobs.job", report.job_id, str(report.job))


@admin.register(SiteClock)
class SiteClockAdmin(StaffAdmin):
    """The last time that was given out at each site, which its jobs queue up for; to look at only."""

    list_display = ["site", "last"]
    search_fields = ["site"]
    ordering = ["site"]
    fields = ["site", "last_ms", "last"]
    readonly_fields = fields

    @admin.display(description="last job", ordering="last_ms")
    def last(self, clock: SiteClock) -> SafeString | str:
        return at(clock.last_ms / 1000)
