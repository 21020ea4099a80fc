from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Max, Q, Subquery

from sitecfg.models import Site
from status.documents import SHARED
from status.fields import DocumentField

MINUTE_MS = 60_000


class Statuses(models.QuerySet["Status"]):
    # Every question is served by the unique index "status_one_per_type", but `ages`, which wants all rows.

    def of_type(self, site: str, status_type: str) -> Self:
        return self.filter(site=site, status_type=status_type)

    def shared_by_wema(self, site: str) -> Self:
        """What the WEMA above `site` says of weather and enclosure."""
        return self.filter(status_type__in=SHARED, site__in=Subquery(_wema_of(site)))

    def combined(self, site: str) -> Self:
        """Everything of `site`, and what its WEMA shares, in the order in which they came in."""
        mine = Q(site=site)
        shared = Q(status_type__in=SHARED, site__in=Subquery(_wema_of(site)))
        return self.filter(mine | shared).order_by("server_timestamp_ms")

    def ages(self) -> models.QuerySet["Status", tuple[str, str, int, bool | None]]:
        """(site, type, server_timestamp_ms, wx_ok) of every site in one query.

        One row per site and type. No document is read: they lie outside of the rows (PostgreSQL) or behind
        the other columns on overflow pages (SQLite).
        """
        return self.order_by("site", "status_type").values_list(
            "site", "status_type", "server_timestamp_ms", "wx_ok"
        )

    def roofs_and_weather(self) -> models.QuerySet["Status", tuple[str, str, Any]]:
        """(site, type, document) of enclosures and weather everywhere: a few kB a site, two rows each."""
        return self.filter(status_type__in=SHARED).values_list("site", "status_type", "document")


def _wema_of(site: str) -> models.QuerySet[Site, Any]:
    return Site.objects.filter(code=site).exclude(wema__in=["", site]).values("wema")


class Status(models.Model):
    """All that is known of one type of status at one site."""

    site = models.CharField(max_length=40, help_text="Who posted it: an observatory or a WEMA.")
    status_type = models.CharField(max_length=100, help_text="Such as device, weather or enclosure.")
    server_timestamp_ms = models.BigIntegerField(
        default=0,
        help_text="When the last post came in: unix time in ms by the server's clock, larger each time.",
    )
    wx_ok = models.BooleanField(null=True, help_text="Of weather: whether it allows observing.")
    # Last, so that SQLite reaches the other columns without reading through it.
    document = DocumentField(default=dict, help_text="Every value with the time at which it was reported.")

    objects = Statuses.as_manager()

    class Meta:
        verbose_name = "status"
        verbose_name_plural = "status"
        constraints = [models.UniqueConstraint(fields=["site", "status_type"], name="status_one_per_type")]

    def __str__(self) -> str:
        return f"{self.site} {self.status_type}"


class Phases(models.QuerySet["Phase"]):
    MOST = 3

    def recent(self, site: str, after: float) -> Self:
        """What `site` said it does since `after` (unix seconds): the newest MOST, newest first.

        Served by the index "phase_site_newest".
        """
        found = self.filter(site=site, timestamp__gte=after).order_by("-timestamp", "-id")
        return found[: self.MOST]

    def before(self, timestamp: float) -> Self:
        """Served by the index "phase_timestamp"."""
        return self.filter(timestamp__lt=timestamp).order_by("timestamp")


class Phase(models.Model):
    """One line of what a site says it is doing."""

    site = models.CharField(max_length=40, help_text="The site that says it.")
    message = models.TextField(help_text="What people read in the phase bar.")
    timestamp = models.FloatField(help_text="When it came in: unix time in seconds by the server's clock.")

    objects = Phases.as_manager()

    class Meta:
        verbose_name = "phase"
        indexes = [
            models.Index(fields=["site", "-timestamp", "-id"], name="phase_site_newest"),
            models.Index(fields=["timestamp"], name="phase_timestamp"),
        ]

    def __str__(self) -> str:
        return f"{self.site}: {self.message[:60]}"


class WeatherSamples(models.QuerySet["WeatherSample"]):
    # Two days, the longest that is kept and asked for, of two sites.
    MOST = 2 * 2 * 24 * 60

    def history(self, site: str, after_ms: int) -> "list[WeatherSample]":
        """What was measured at `site` since `after_ms` (unix ms), oldest first, at most one row a minute.

        Where its WEMA measured, the WEMA's rows, and else the site's own. Served by the constraint
        "weather_once_a_minute".
        """
        at_site = Q(site=site) | Q(site__in=Subquery(_wema_of(site)))
        since = self.filter(at_site, minute__gte=after_ms // MINUTE_MS)
        found = list(since.order_by("-minute")[: self.MOST])[::-1]
        return [sample for sample in found if sample.site != site] or found

    def before(self, at_ms: int) -> Self:
        """Served by the index "weather_oldest"."""
        return self.filter(minute__lt=at_ms // MINUTE_MS).order_by("minute")


class WeatherSample(models.Model):
    """What a weather station measured in one minute: the last value of each column, null where it gave none.

    The columns are those of `status.documents.WEATHER`, which says under which names stations report them.
    """

    site = models.CharField(max_length=40, help_text="Whose station it is.")
    minute = models.BigIntegerField(help_text="Unix time in whole minutes, by the server's clock.")
    temperature = models.FloatField(null=True, help_text="°C")
    dewpoint = models.FloatField(null=True, help_text="°C")
    humidity = models.FloatField(null=True, help_text="%")
    wind = models.FloatField(null=True, help_text="m/s")
    sky_temperature = models.FloatField(null=True, help_text="°C")
    sky_brightness = models.FloatField(null=True, help_text="mag/arcsec²")
    cloud_cover = models.FloatField(null=True, help_text="%")
    rain_rate = models.FloatField(null=True, help_text="mm/h")

    objects = WeatherSamples.as_manager()

    class Meta:
        verbose_name = "weather sample"
        constraints = [
            models.UniqueConstraint(fields=["site", "minute"], name="weather_once_a_minute"),
        ]
        indexes = [models.Index(fields=["minute"], name="weather_oldest")]

    def __str__(self) -> str:
        return f"{self.site} {self.minute}"

    @property
    def timestamp_ms(self) -> int:
        return self.minute * MINUTE_MS


# A site that is at work calls every few seconds; what is written of it is late by some 15 s.
ONLINE_S = 300


class LastSeens(models.QuerySet["LastSeen"]):
    def last_heard(self) -> dict[str, datetime]:
        """Site → when any of its calls last came in. One row a site and call: some thousands at most."""
        return dict(self.order_by().values_list("site").annotate(Max("at")))

    def before(self, when: datetime) -> Self:
        return self.filter(at__lt=when)


class LastSeen(models.Model):
    """When a site last made one of its calls; up to lastseen.WRITE_EVERY_S late."""

    site = models.CharField(max_length=40, help_text="Who called, by the site that the call named.")
    endpoint = models.CharField(max_length=40, help_text="The call, such as getnewjobs.")
    at = models.DateTimeField(help_text="When it last came in.")

    objects = LastSeens.as_manager()

    class Meta:
        verbose_name = "last call"
        verbose_name_plural = "last calls"
        constraints = [models.UniqueConstraint(fields=["site", "endpoint"], name="lastseen_one_per_call")]

    def __str__(self) -> str:
        return f"{self.site} {self.endpoint} {self.at:%Y-%m-%d %H:%M:%S}"
