from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from photonranch.api.fields import SITE_CODE
from projects.checks import warnings

# The scheduler of Las Cumbres Observatory, which makes and deletes projects of its own.
SCHEDULER = "lco"
# A project for whichever site has time.
COMMON_POOL = "common pool"


class Projects(models.QuerySet["Project"]):
    # More than anybody made in the ten years of the original network.
    MOST_OF_USER = 5000
    PAGE = 500

    def named(self, project_name: str, created_at: str) -> Self:
        """The one project, byte for byte. Served by the constraint "project_identity"."""
        return self.filter(project_name=project_name, created_at=created_at)

    def of_user(self, user_id: str) -> Self:
        """A user's projects, newest first. Served by the index "project_user"."""
        return self.filter(user_id=user_id).order_by("-pk")

    def among(self, keys: Iterable[tuple[str, str]]) -> "dict[tuple[str, str], Project]":
        """Those that `keys` (project_name, created_at) name, by key, in one query."""
        wanted = set(keys)
        found = self.filter(
            project_name__in={name for name, _ in wanted}, created_at__in={created for _, created in wanted}
        )
        return {project.key: project for project in found if project.key in wanted}

    def pages_of_json(self, most: int | None = None) -> Iterator[list[str]]:
        """The documents as JSON text, newest first, a list of PAGE at a time, at most `most` in all.

        They go from the database to the client as text: nothing is parsed, and no more than one page is in
        memory. Each page is a query of its own, by key, so no transaction stays open while a slow client
        reads; what is made or deleted meanwhile may be missing or there.
        """
        left, before = most, None
        while left is None or left > 0:
            page = self if before is None else self.filter(pk__lt=before)
            size = self.PAGE if left is None else min(self.PAGE, left)
            rows = list(page.order_by("-pk").values_list("pk", Cast("document", TextField()))[:size])
            if rows:
                yield [text for _, text in rows]
            if len(rows) < size:
                return
            before = rows[-1][0]
            left = None if left is None else left - len(rows)


class Project(models.Model):
    """One project: the object that a client sent, and the keys that it is asked for by.

    `document` holds the whole object, unknown keys included. What the server itself changes in it are
    project_data and remaining (progress), scheduled_with_events, and project_name when it is renamed.
    """

    project_name = models.CharField(max_length=255)
    created_at = models.CharField(
        max_length=64, help_text="As the client wrote it: with the name, the project's identity."
    )
    user_id = models.CharField(max_length=255, help_text="Whose project it is.")
    origin = models.CharField(max_length=40, blank=True, help_text="LCO: made by the scheduler.")
    # Every change is pushed to each of them.
    MOST_SITES = 100

    document = models.JSONField(help_text="The project.")

    objects = Projects.as_manager()

    class Meta:
        verbose_name = "project"
        constraints = [
            models.UniqueConstraint(fields=["project_name", "created_at"], name="project_identity")
        ]
        indexes = [models.Index(fields=["user_id", "-id"], name="project_user")]

    def __str__(self) -> str:
        return self.project_name

    @property
    def key(self) -> tuple[str, str]:
        return self.project_name, self.created_at

    @property
    def project_id(self) -> str:
        """How events of the calendar name it."""
        return f"{self.project_name}#{self.created_at}"

    @property
    def by_scheduler(self) -> bool:
        return self.origin.lower() == SCHEDULER

    @property
    def warnings(self) -> list[str]:
        """What in it a telescope would skip or stumble over. The scheduler's are run by its own rules."""
        return [] if self.by_scheduler else warnings(self.document)

    @property
    def sites(self) -> list[str]:
        """The codes of the sites that it names, at most MOST_SITES; empty: whichever has time."""
        named = self.document.get("project_sites")
        texts = [site for site in named if isinstance(site, str)] if isinstance(named, list) else []
        sites = dict.fromkeys(site for site in texts if site != COMMON_POOL)
        return [site for site in sites if SITE_CODE.fullmatch(site)][: self.MOST_SITES]


# --- Frames ------------------------------------------------------------------------------------------------


class ProjectFrames(models.QuerySet["ProjectFrame"]):
    MOST = 500

    def newest(self) -> Self:
        """Of a project: served by the index "frame_project_newest"."""
        return self.select_related("project").order_by("-changed_at", "pk")[: self.MOST]

    def left_waiting(self, since: datetime) -> Self:
        """What was not looked at since then: its message was lost. Served by "frame_waiting".

        What came in the future came before a clock jumped back.
        """
        ahead = timezone.now() + timedelta(minutes=1)
        waiting = self.filter(state=ProjectFrame.State.WAITING)
        return waiting.filter(Q(changed_at__lt=since) | Q(changed_at__gt=ahead)).order_by("changed_at")

    def counted(self) -> Self:
        """Those that count for an exposure."""
        return self.filter(exposure_index__isnull=False)

    def left_out(self, reason: str) -> None:
        """They count for nothing from now on."""
        self.update(
            state=ProjectFrame.State.LEFT_OUT,
            exposure_index=None,
            reason=reason,
            changed_at=timezone.now(),
        )


class ProjectFrame(models.Model):
    """A frame, and the exposure of a project that it counts for; or why it counts for none.

    There is one of each frame whose header was read, and of each that a site reported. The project itself
    holds the names and what remains; they change together, under the project's lock, which comes first.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "to be matched"
        COUNTED = "counted", "counts, by its header"
        REPORTED = "reported", "counts, as the site reported"
        LEFT_OUT = "left out", "counts for no project"

    base_filename = models.CharField(max_length=255, primary_key=True, help_text="The frame.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # Without a constraint in the database: the version before runs on this schema, too, and could not delete
    # a project that has frames.
    project = models.ForeignKey(
        Project,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
        related_name="frames",
        help_text="Whose exposure it counts for, or in whose time it was taken.",
    )
    exposure_index = models.PositiveIntegerField(
        null=True, blank=True, help_text="Which of the project's exposures, from 0; empty: none."
    )
    event_id = models.CharField(
        max_length=255, blank=True, default="", help_text="The event that was on when it was taken."
    )
    reason = models.TextField(blank=True, default="", help_text="Why it counts for none.")
    changed_at = models.DateTimeField(help_text="When it last changed what it counts for, or is to be.")

    objects = ProjectFrames.as_manager()

    class Meta:
        verbose_name = "frame of a project"
        verbose_name_plural = "frames of projects"
        indexes = [
            models.Index(
                fields=["project", "-changed_at"],
                name="frame_project_newest",
                condition=Q(project__isnull=False),
            ),
            models.Index(fields=["-changed_at"], name="frame_newest"),
            models.Index(fields=["changed_at"], name="frame_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return self.base_filename

    @property
    def counts_by_header(self) -> bool:
        """Whether what it counts for was found here; also while that is looked at again."""
        return self.exposure_index is not None and self.state != self.State.REPORTED
