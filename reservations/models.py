from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.db import connections, models
from django.db.models import F, Q

from projects.checks import NO_DATE, NO_PROJECT
from projects.models import Project
from sitecfg.models import Site

# The scheduler of Las Cumbres Observatory, and one of our own: what they plan may lie over people's
# reservations.
SCHEDULERS = ("lco", "scheduler")
# What people's events are.
PEOPLE = "ptr"


_CREATORS = """
    SELECT creator_id, by_scheduler FROM reservations_reservation
        WHERE "end" > %s AND start <= %s AND site = %s
    UNION
    SELECT creator_id, by_scheduler FROM reservations_reservation
        WHERE "end" > %s AND start <= %s AND site IN (
            SELECT code FROM sitecfg_site WHERE wema = %s AND code <> %s
        )
    LIMIT %s
"""


class Reservations(models.QuerySet["Reservation"]):
    # A month of a busy site has some hundreds.
    MOST = 5000
    MOST_CREATORS = 1000

    def overlapping(self, site: str, start: datetime, end: datetime) -> Self:
        """What touches the window from `start` to `end`, its edges included, earliest first, at most MOST.

        Served by the index "reservation_site_end".
        """
        return self.filter(site=site, end__gte=start, start__lte=end).order_by("start", "pk")[: self.MOST]

    def active(self, site: str, at: datetime) -> Self:
        """What is on at `site` at the instant `at` (start ≤ at < end), at most MOST.

        A reservation of an observatory is one of its weather and enclosure manager, too. One statement of two
        halves, each of them served by the index "reservation_site_end".
        """
        there, under_it = self._on(site, at)
        return there.union(under_it, all=True)[: self.MOST]

    def now_on(self, now: datetime) -> Self:
        """What is on anywhere at `now`. Served by the index "reservation_over": nothing lies further ahead
        than 20 days, so what is not over yet is little, however long the calendar has been kept."""
        return self.filter(end__gt=now, start__lte=now)

    def creators(self, site: str, at: datetime) -> list[tuple[str, bool]]:
        """Whose the active events are, each once: (creator_id, whether it is the scheduler's).

        The limit is one that nobody reaches. It keeps PostgreSQL, which takes start and end for independent
        and expects a thousand rows, from starting parallel workers: 1.1 ms instead of 7.8 among 300,000.
        Written out because every command asks it, and the ORM took longer over making the statement than all
        the rest of the command takes (0.7 of 1.5 ms).
        """
        connection = connections[self.db]
        instant = connection.ops.adapt_datetimefield_value(at)
        with connection.cursor() as cursor:
            cursor.execute(
                _CREATORS, [instant, instant, site, instant, instant, site, site, self.MOST_CREATORS]
            )
            return [(creator, bool(by_scheduler)) for creator, by_scheduler in cursor.fetchall()]

    def _on(self, site: str, at: datetime) -> tuple[Self, Self]:
        on = self.filter(start__lte=at, end__gt=at)
        under_it = Site.objects.filter(wema=site).exclude(code=site).values("code")
        return on.filter(site=site), on.filter(site__in=under_it)

    def holders(self, site: str, at: datetime) -> frozenset[str]:
        """The ids of the users who hold `site` at the instant `at`; empty: nobody does.

        People go before the scheduler: calling a reservation the scheduler's own lets it lie over another
        one, and gives no right to the telescope there.
        """
        found = self.creators(site, at)
        people = frozenset(creator for creator, by_scheduler in found if not by_scheduler)
        return people or frozenset(creator for creator, _ in found)

    def held(self, site: str, start: datetime, end: datetime) -> Self:
        """What people hold of the time from `start` to `end`, earliest first.

        Served by the index "reservation_site_end".
        """
        held = self.filter(site=site, end__gt=start, start__lt=end, by_scheduler=False)
        return held.order_by("start", "pk")

    def of_sites(self, sites: Iterable[str], start: datetime, end: datetime) -> Self:
        """What is on at any of `sites` between two instants, earliest first, at most MOST.

        Served by the index "reservation_site_end", a range a site.
        """
        found = self.filter(site__in=sites, end__gt=start, start__lt=end)
        return found.order_by("start", "pk")[: self.MOST]

    def of_user(self, user_id: str, ending_from: datetime) -> Self:
        """What a user holds that ends at `ending_from` or later. Served by "reservation_creator_end"."""
        return self.filter(creator_id=user_id, end__gte=ending_from).order_by("end", "pk")[: self.MOST]

    def known(self, event_ids: Iterable[str]) -> set[str]:
        """Those of these ids that are events."""
        return set(self.filter(pk__in=list(event_ids)).values_list("pk", flat=True))

    def naming(self, project_id: str) -> Self:
        """Whose text is `project_id`, whether or not they deliver it. Served by "reservation_project"."""
        return self.filter(project_id=project_id)

    def linked_to(self, project: Project) -> Self:
        """Served by the index "reservation_link"."""
        return self.filter(linked_project=project).order_by("pk")


class LinkedBy(models.TextChoices):
    """Who put a project into an event."""

    ANYBODY = "", "anybody"
    ADMIN = "admin", "an admin"
    SITE = "site", "the site"
    SCHEDULER = "scheduler", "the scheduler"


class Reservation(models.Model):
    """One event of the calendar: somebody has a site for a while.

    In PostgreSQL the exclusion constraint "reservation_one_holder" (migration 0002) keeps two exclusive rows
    of different people from overlapping, whatever way they are written.
    """

    event_id = models.CharField(max_length=255, primary_key=True, help_text="Chosen by the client.")
    site = models.CharField(max_length=40)
    start = models.DateTimeField(help_text="From this instant on.")
    end = models.DateTimeField(help_text="Until just before this instant.")
    start_text = models.CharField(max_length=40, help_text="The start as it was given.")
    end_text = models.CharField(max_length=40, help_text="The end as it was given.")
    creator_id = models.CharField(max_length=255, help_text="Who holds it, by their token. Never changes.")
    creator = models.CharField(max_length=255, help_text="How they are shown. Never changes.")
    title = models.CharField(max_length=1000, blank=True)
    reservation_type = models.CharField(max_length=40, help_text="realtime or project.")
    project_id = models.CharField(
        max_length=600, default=NO_PROJECT, help_text="project_name#created_at, or none: as clients see it."
    )
    # Without a constraint in the database: the version before runs on this schema, too, and could not delete
    # a project that is linked. An id is never used again, so a link to what is gone leads nowhere.
    linked_project = models.ForeignKey(
        Project,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The project that stood under that name when it was put in, if it may be delivered here.",
    )
    linked_by = models.CharField(
        max_length=10,
        choices=LinkedBy.choices,
        default=LinkedBy.ANYBODY,
        db_default=LinkedBy.ANYBODY.value,
        help_text="With whose right the project was put in: their own projects people put in themselves.",
    )
    origin = models.CharField(max_length=40, help_text="PTR: made by people; LCO: made by the scheduler.")
    by_scheduler = models.BooleanField(default=False, help_text="Its origin is lco, in any case.")
    exclusive = models.BooleanField(
        default=True,
        help_text="Overlapped nobody's time when it was made; not so for the scheduler's and some of admins.",
    )
    details = models.JSONField(default=dict, help_text="What else the client sent, unchanged.")
    last_modified = models.DateTimeField()

    objects = Reservations.as_manager()

    class Meta:
        verbose_name = "reservation"
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="reservation_has_length")]
        indexes = [
            models.Index(fields=["site", "end", "start"], name="reservation_site_end"),
            models.Index(fields=["creator_id", "end"], name="reservation_creator_end"),
            models.Index(fields=["project_id"], name="reservation_project"),
            models.Index(
                fields=["linked_project"],
                name="reservation_link",
                condition=Q(linked_project__isnull=False),
            ),
            models.Index(fields=["end"], name="reservation_over"),
            # What the admin lists, newest first, and its years and months.
            models.Index(fields=["-start"], name="reservation_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.start_text} – {self.end_text} {self.creator}"

    @property
    def project_key(self) -> tuple[str, str] | None:
        """The name and created_at of the project that it names; None when it names none."""
        return named_project(self.project_id)


class SiteCalendar(models.Model):
    """A site that has reservations. Its row is what those who want time at one site queue up for."""

    site = models.CharField(max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.site


def is_scheduler(origin: str) -> bool:
    return origin.lower() in SCHEDULERS


def named_project(project_id: str) -> tuple[str, str] | None:
    """The name and created_at in a text that names a project; None when it names none.

    Clients write "no project" as `none`, `none#` and `none#undefined`; no project can have such a name.
    """
    name, _, created_at = project_id.partition("#")
    return None if name in ("", NO_PROJECT) or created_at in ("", NO_DATE) else (name, created_at)
