from typing import Self

from django.db import models
from django.db.models import Count, Min, Q

from jobs import states
from photonranch.db.prepared import Param, PreparedQuery

# The two queues of a site: the column that holds a job's state in each.
MAIN = "status"
ALTERNATE = "alternate_status"


def _any_unread(queue: str) -> "PreparedQuery[Job]":
    """The key of one job that waits on a queue of `site`."""
    waiting = {"site": Param("site", models.CharField()), queue: states.UNREAD}
    return PreparedQuery(lambda: Job.objects.filter(**waiting).only("pk")[:1])


# Every site asks every three seconds, day and night, and nearly always in vain. Building this query takes the
# ORM longer than everything else in the request together.
_ANY_UNREAD: "dict[str, PreparedQuery[Job]]" = {queue: _any_unread(queue) for queue in (MAIN, ALTERNATE)}


class Jobs(models.QuerySet["Job"]):
    # More than this in one answer is more than a site will ever work off.
    MAX_AT_ONCE = 500
    MAX_RECENT = 1000
    MAX_WAITING = 10_000

    def unread(self, site: str, queue: str = MAIN) -> Self:
        """What a site has not fetched yet, oldest first.

        Served by the partial indexes "job_unread" and "job_unread_alternate", which hold nothing else: their
        size is the length of the queue, not of the history.
        """
        return self.filter(**{"site": site, queue: states.UNREAD}).order_by("timestamp_ms")

    def any_unread(self, site: str, queue: str = MAIN) -> bool:
        """Whether a poll would find anything; served by the same indexes."""
        return bool(_ANY_UNREAD[queue].rows(site=site))

    def backlog(self) -> tuple[int, int | None]:
        """How many commands wait for all sites together, and the `timestamp_ms` of the oldest.

        Read from the index "job_unread", which holds nothing else.
        """
        totals = self.filter(**{MAIN: states.UNREAD}).aggregate(Count("pk"), Min("timestamp_ms"))
        return totals["pk__count"], totals["timestamp_ms__min"]

    def unread_everywhere(self) -> models.QuerySet["Job", tuple[str, str]]:
        """(site, ulid) of what no site has fetched yet, at most MAX_WAITING. Served by "job_unread"."""
        unread = self.filter(status=states.UNREAD).order_by("site", "timestamp_ms")
        return unread.values_list("site", "ulid")[: self.MAX_WAITING]

    def not_fetched(self) -> Self:
        """What may still be taken back: unread on the main queue or, of jobs that only the reader of the
        alternate queue may fetch, on that one."""
        return self.filter(
            Q(status=states.UNREAD) | Q(status=states.ALTERNATE, alternate_status=states.UNREAD)
        )

    def unread_since_before(self, timestamp_ms: int, queue: str) -> Self:
        return self.filter(**{queue: states.UNREAD}, timestamp_ms__lt=timestamp_ms).order_by("timestamp_ms")

    def recent(self, site: str, after_ms: int) -> "list[Job]":
        """Jobs of `site` younger than `after_ms`, oldest first; of more than MAX_RECENT the newest.

        Served by the index "job_site_newest".
        """
        newest = self.filter(site=site, timestamp_ms__gt=after_ms).order_by("-timestamp_ms")
        return list(newest[: self.MAX_RECENT])[::-1]

    def newest(self, site: str, count: int) -> Self:
        """The last `count` jobs of `site`, newest first; served by the same index."""
        return self.filter(site=site).order_by("-timestamp_ms")[:count]


class Job(models.Model):
    """One command. Its columns hold what the documented job object holds."""

    ulid = models.CharField(
        max_length=26,
        primary_key=True,
        help_text="Grows per site: sorted by it, jobs are in the order issued.",
    )
    site = models.CharField(max_length=40)
    status = models.CharField(max_length=40, default=states.UNREAD, help_text="On the main queue.")
    alternate_status = models.CharField(
        max_length=40, default=states.UNREAD, help_text="On the second, independent queue of the same jobs."
    )
    timestamp_ms = models.BigIntegerField(help_text="When it was issued: unix time in ms, unique per site.")
    device_type = models.CharField(max_length=100)
    device_instance = models.CharField(max_length=200)
    action = models.CharField(max_length=200)
    required_params = models.JSONField(default=dict)
    optional_params = models.JSONField(default=dict)
    user_id = models.CharField(max_length=255, help_text="Who asked for it, by their token.")
    user_name = models.CharField(max_length=255, help_text="How they are shown.")
    user_roles = models.JSONField(default=list, help_text="Their roles, by their token.")
    seconds_until_complete = models.JSONField(
        null=True, blank=True, help_text="The site's estimate, as it sent it; -1: none."
    )

    objects = Jobs.as_manager()

    class Meta:
        verbose_name = "job"
        constraints = [models.UniqueConstraint(fields=["site", "timestamp_ms"], name="job_one_per_ms")]
        indexes = [
            models.Index(fields=["site", "-timestamp_ms"], name="job_site_newest"),
            models.Index(
                fields=["site", "timestamp_ms"], name="job_unread", condition=Q(status=states.UNREAD)
            ),
            models.Index(
                fields=["site", "timestamp_ms"],
                name="job_unread_alternate",
                condition=Q(alternate_status=states.UNREAD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.device_type}.{self.action} {self.status}"

    def move(self, queue: str, status: str) -> None:
        """Set the state on one queue, here in memory."""
        setattr(self, queue, status)


class JobReport(models.Model):
    """What a site reported about a job, also when it came late and changed nothing."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="reports")
    status = models.CharField(max_length=40, blank=True, help_text="Empty: only an estimate was reported.")
    seconds_until_complete = models.JSONField(default=None, null=True)
    applied = models.BooleanField(help_text="Whether the job moved on by it; not when it came late or again.")
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = "report"
        ordering = ["received_at", "pk"]

    def __str__(self) -> str:
        return f"{self.status or 'estimate'} at {self.received_at:%Y-%m-%d %H:%M:%S}"


class SiteClock(models.Model):
    """The last `timestamp_ms` given out at a site. Its row is what jobs of one site queue up for."""

    site = models.CharField(max_length=40, primary_key=True)
    last_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.site} {self.last_ms}"
