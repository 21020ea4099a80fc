from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q, Subquery

from photonranch.db.prepared import Param, PreparedQuery
from sitecfg.fields import JsonTextField


class Sites(models.QuerySet["Site"]):
    def light(self) -> Self:
        """Without the configurations, 10 to 13 kB each: for questions that the columns answer."""
        return self.defer("configuration")

    def in_brief(self, code: str) -> "Site | None":
        """The site without its configuration, or None; by the primary key."""
        return _IN_BRIEF.first(code=code)

    def with_its_wema(self, code: str) -> Self:
        """The site and the WEMA it stands under, by primary key in one query."""
        its_wema = self.model.objects.filter(code=code).values("wema")
        return self.light().filter(Q(code=code) | Q(code__in=Subquery(its_wema)))

    def standing_at(self, code: str) -> Self:
        """The site itself and, of a WEMA, the observatories under it. Served by the index "site_of_wema"."""
        return self.light().filter(Q(code=code) | Q(wema=code)).order_by("code")


# Asked with every command.
_IN_BRIEF: "PreparedQuery[Site]" = PreparedQuery(
    lambda: Site.objects.light().filter(pk=Param("code", models.CharField()))
)


class Site(models.Model):
    """A site and its configuration, as the site itself sent it.

    The other columns are read out of the configuration when it is put (sitecfg/configuration.py), so that the
    questions asked with every command and every night need not load the whole of it.
    """

    class Kind(models.TextChoices):
        OBS = "obs", "observatory"
        WEMA = "wema", "weather and enclosure manager"

    code = models.CharField(max_length=40, primary_key=True, help_text="Short and lower case, such as saf.")
    kind = models.CharField(max_length=8, choices=Kind, help_text="The configuration's instance_type.")
    wema = models.CharField(
        max_length=40, blank=True, help_text="The WEMA it stands under; a WEMA names itself."
    )
    devices = models.JSONField(
        default=dict, help_text="Device type → the names of its instances, as commands address them."
    )
    latitude = models.FloatField(null=True, blank=True, help_text="Degrees north; an obs may leave it out.")
    longitude = models.FloatField(null=True, blank=True, help_text="Degrees east; an obs may leave it out.")
    elevation = models.FloatField(null=True, blank=True, help_text="Metres; an obs may leave it out.")
    time_zone = models.CharField(max_length=100, blank=True, help_text="Its TZ_database_name (IANA).")
    configuration = JsonTextField(default=dict, help_text="What the site put, unchanged.")

    objects = Sites.as_manager()

    class Meta:
        indexes = [models.Index(fields=["wema"], name="site_of_wema")]

    def __str__(self) -> str:
        return self.code


class Configurations(models.QuerySet["Configuration"]):
    def newest(self, site: str) -> "Configuration | None":
        """The last version of a site. Served by the index "configuration_newest"."""
        return self.filter(site=site).order_by("-pk").first()


class Configuration(models.Model):
    """A version of a site's configuration: what was put, by whom and when. It outlives the site."""

    site = models.CharField(max_length=40)
    configuration = JsonTextField(null=True, help_text="As it was put; empty: it was deleted.")
    put_at = models.DateTimeField(help_text="When it came here.")
    put_by = models.CharField(
        max_length=255, blank=True, help_text="The user or the key it came with; empty: nobody said."
    )

    objects = Configurations.as_manager()

    class Meta:
        verbose_name = "version of a configuration"
        verbose_name_plural = "versions of configurations"
        indexes = [models.Index(fields=["site", "-id"], name="configuration_newest")]

    def __str__(self) -> str:
        return f"{self.site} {self.put_at:%Y-%m-%d %H:%M:%S}"


class SiteKeys(models.QuerySet["SiteKey"]):
    def valid(self) -> Self:
        return self.filter(revoked_at=None)


class SiteKey(models.Model):
    """What a site's machines show instead of a user's token. The key itself is shown once and never kept."""

    class Scope(models.TextChoices):
        SITE = "site", "one site"
        PIPE = "pipe", "PIPE"
        DATASTREAM = "datastream", "the datastream of all sites"

    scope = models.CharField(max_length=12, choices=Scope, default=Scope.SITE, help_text="What it opens.")
    site = models.CharField(max_length=40, blank=True, help_text="The site it belongs to, such as saf.")
    start = models.CharField(max_length=12, help_text="Its first characters, to know it by.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key.")
    note = models.CharField(max_length=200, blank=True, help_text="Where it is used.")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=255, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="Right to ten minutes.")
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="Refused since then.")

    objects = SiteKeys.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="site") & ~Q(site="") | ~Q(scope="site") & Q(site=""),
                name="sitekey_names_its_site",
            )
        ]

    def __str__(self) -> str:
        return f"{self.start}… of {self.holder}"

    @property
    def holder(self) -> str:
        """Whose key it is, and the user name that goes with it in HTTP Basic: saf, pipe or datastream."""
        return self.site or self.scope


class Nights(models.QuerySet["Night"]):
    def that_holds(self, site: str, when: datetime) -> "Night | None":
        """The night of `site` whose block holds `when`. One query, served by the index "night_at"."""
        night = self.filter(site=site, start__lte=when).order_by("-start").first()
        return night if night and when < night.end else None

    def from_date(self, site: str, first: date, count: int) -> Self:
        """Served by the constraint "night_once"."""
        after = first + min(timedelta(days=count), date.max - first)
        return self.filter(site=site, date__gte=first, date__lt=after).order_by("date")


class Night(models.Model):
    """A night that was computed ahead. Rows only save time: what is not here is computed when it is asked."""

    site = models.CharField(max_length=40)
    date = models.DateField(help_text="The day on whose local noon it begins.")
    start = models.DateTimeField(help_text="That noon.")
    end = models.DateTimeField(help_text="The next local noon.")
    events = JsonTextField(help_text="Name → TAI Julian day.")

    objects = Nights.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "date"], name="night_once")]
        indexes = [
            models.Index(fields=["site", "-start"], name="night_at"),
            models.Index(fields=["end"], name="night_over"),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.date}"


class NightNotes(models.QuerySet["NightNote"]):
    def current(self, site: str, now: datetime) -> "NightNote | None":
        return self.filter(site=site, expires_at__gt=now).first()

    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)


class NightNote(models.Model):
    """The note that everybody sees who opens the site's page; a site has one, until it expires."""

    site = models.CharField(max_length=40, primary_key=True)
    note_data = JsonTextField(help_text="What its author sent: message, username and more.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    author = models.CharField(max_length=255, help_text="Who wrote it, by their token.")

    objects = NightNotes.as_manager()

    class Meta:
        verbose_name = "night log note"

    def __str__(self) -> str:
        return f"{self.site} {self.created_at:%Y-%m-%d %H:%M}"


class ControlRooms(models.QuerySet["ControlRoom"]):
    def ready(self, provider: str) -> Self:
        return self.filter(provider=provider).exclude(url="")


class ControlRoom(models.Model):
    """A site's control room. While one is being made its row has no address, and holds the others off."""

    site = models.CharField(max_length=40, primary_key=True)
    provider = models.CharField(max_length=20, help_text="jitsi or remotehq.")
    url = models.CharField(max_length=500, blank=True, help_text="Where it is; empty while it is being made.")
    slug = models.CharField(max_length=200, blank=True, help_text="The provider's name for it.")
    room_id = models.CharField(max_length=200, blank=True, help_text="The provider's number for it.")
    config = models.JSONField(default=dict, help_text="What runs in it, as the provider was told.")
    claimed_at = models.DateTimeField(help_text="When somebody began to make it.")
    restarted_at = models.DateTimeField(help_text="When it last began afresh.")

    objects = ControlRooms.as_manager()

    def __str__(self) -> str:
        return f"{self.site} {self.url or '(being made)'}"
