from collections.abc import Iterable, Iterator
from typing import Self

from django.db import models
from django.db.models import TextField
from django.db.models.functions import Cast

from photonranch.fields import SITE_CODE

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
    def sites(self) -> list[str]:
        """The codes of the sites that it names, at most MOST_SITES; empty: whichever has time."""
        named = self.document.get("project_sites")
        texts = [site for site in named if isinstance(site, str)] if isinstance(named, list) else []
        sites = dict.fromkeys(site for site in texts if site != COMMON_POOL)
        return [site for site in sites if SITE_CODE.fullmatch(site)][: self.MOST_SITES]
