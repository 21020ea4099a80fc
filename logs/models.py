from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q


class LogMessages(models.QuerySet["LogMessage"]):
    # A busy night has some thousands; more than this is nobody's reading.
    MOST = 10_000

    def recent(self, site: str, after: float) -> Self:
        """Messages of `site` that are younger than `after` (unix seconds), newest first, at most MOST.

        Messages of one instant keep the order in which they came. Served by the index "log_site_newest".
        """
        found = self.filter(site=site, timestamp__gt=after).order_by("-timestamp", "-id")
        return found[: self.MOST]

    def serious(self) -> Self:
        """Errors and worse. No index serves it: for the newest messages, or those of an hour."""
        levels = Q(log_level__iexact="error") | Q(log_level__iexact="critical")
        return self.filter(levels)

    def received_since(self, when: datetime) -> Self:
        """Served by the index "log_received"."""
        return self.filter(received_at__gte=when)

    def received_before(self, when: datetime) -> Self:
        """Served by the index "log_received"."""
        return self.filter(received_at__lt=when)


class LogMessage(models.Model):
    """One message. `timestamp` is the sender's clock, `received_at` is ours."""

    site = models.CharField(max_length=40, help_text="The site that shows the message, such as saf.")
    message = models.TextField(help_text="What people read; may have several lines.")
    log_level = models.CharField(
        max_length=40,
        default="info",
        help_text="debug, info, warning, error or critical, in any case; others are shown as info.",
    )
    timestamp = models.FloatField(help_text="When it happened, by the sender's clock: unix time in seconds.")
    received_at = models.DateTimeField(help_text="When it came here.")

    objects = LogMessages.as_manager()

    class Meta:
        verbose_name = "message"
        indexes = [
            models.Index(fields=["site", "-timestamp", "-id"], name="log_site_newest"),
            models.Index(fields=["received_at"], name="log_received"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.log_level}: {self.message[:60]}"
