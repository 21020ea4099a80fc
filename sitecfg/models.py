from django.db import models


class Sites(models.QuerySet["Site"]):
    def in_brief(self, code: str) -> "Site | None":
        """The site without its configuration, or None; by the primary key."""
        return next(iter(self.defer("configuration").filter(pk=code)), None)


class Site(models.Model):
    """A site and its configuration, as the site itself sent it.

    `kind`, `wema` and `devices` are read out of the configuration when it is put, so that the questions asked
    with every command need not load the whole of it (10 to 13 kB).
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
    configuration = models.JSONField(default=dict, help_text="What the site put, unchanged.")

    objects = Sites.as_manager()

    def __str__(self) -> str:
        return self.code
