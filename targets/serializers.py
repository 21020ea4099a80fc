from datetime import datetime
from typing import Any

from rest_framework import serializers

from photonranch.api.fields import NumberField, SiteField, TextField
from photonranch.lenient_json import Json
from targets.models import TargetList
from targets.target import Target
from targets.visibility import MAX_NIGHTS, MAX_SITES, MAX_TARGETS, numbers

LIST_NAME = 100
MAX_LISTED = 1000


class WholeNumberField(NumberField):
    """A whole number within bounds."""

    default_error_messages = {"whole": "must be a whole number from {least} to {most}."}

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(**kwargs)

    def to_internal_value(self, data: Json) -> int:
        number = super().to_internal_value(data)
        if number != int(number) or not self.least <= number <= self.most:
            self.fail("whole", least=self.least, most=self.most)
        return int(number)


class DateField(serializers.DateField):
    default_error_messages = {"invalid": "must be a day such as 2026-11-26."}


class ResolveQuery(serializers.Serializer[Any]):
    """The query of `targets/resolve`."""

    q = TextField(max_length=200, help_text="A name or its beginning, or coordinates.")
    limit = WholeNumberField(least=1, most=50, required=False, default=10, help_text="At most so many: 10.")


class SesameQuery(serializers.Serializer[Any]):
    """The query of `nph-sesame.jsonp`."""

    object = TextField(max_length=200, help_text="A name.")
    callback = TextField(max_length=100, required=False, help_text="The function that the answer calls.")


class TargetObject(serializers.Serializer[Any]):
    """A target that a name or coordinates may stand for."""

    name = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
    kind = serializers.CharField(help_text="galaxy, star, planet, asteroid, satellite, coordinates …")
    ra = serializers.FloatField(help_text="Degrees, ICRS; of what moves, now and from the Earth's centre.")
    dec = serializers.FloatField(help_text="Degrees, ICRS.")
    epoch = serializers.CharField(help_text="J2000; of date; or the date of the orbital elements.")
    size = serializers.FloatField(allow_null=True, help_text="Minutes of arc.")
    magnitude = serializers.FloatField(allow_null=True)
    source = serializers.CharField(help_text="Whose data it is, or how coordinates were read.")  # type: ignore[assignment]
    warning = serializers.CharField(required=False, help_text="Why the place is uncertain; else left out.")


class LimitsQuery(serializers.Serializer[Any]):
    """Limits of a call; each takes the place of the site's own."""

    min_altitude = NumberField(required=False, help_text="Degrees. Default: the site's, or 15.")
    max_airmass = NumberField(required=False, help_text="1 or more.")
    max_ha = NumberField(required=False, help_text="Hours from the meridian, 0 to 12.")
    sun_below = NumberField(required=False, help_text="Degrees. Default: -18.")
    moon_distance = NumberField(required=False, help_text="Degrees. Default: the site's own, if it has one.")
    moon_illumination = NumberField(required=False, help_text="Lit fraction, 0 to 1, while the moon is up.")


class VisibilityQuery(LimitsQuery):
    """The query of `visibility`."""

    site = TextField(max_length=40, help_text="A site's code, or `all`.")
    target = TextField(max_length=200, required=False, help_text="A name, or coordinates.")
    ra = NumberField(required=False, help_text="Degrees, ICRS, with dec instead of target.")
    dec = NumberField(required=False, help_text="Degrees, ICRS.")
    start = DateField(required=False, help_text="The day at whose noon the first night begins. Default: now.")
    nights = WholeNumberField(
        least=1, most=MAX_NIGHTS, required=False, default=1, help_text="How many: 1, at most 366."
    )


class ManyQuery(LimitsQuery):
    """The body of POST `visibility`."""

    targets = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=MAX_TARGETS, help_text="Names or objects."
    )
    sites = serializers.ListField(
        child=SiteField(), required=False, min_length=1, max_length=MAX_SITES, help_text="Default: all."
    )
    start = DateField(required=False, help_text="The night. Default: this one.")


class PictureQuery(VisibilityQuery):
    """The query of the pictures: several targets, or several sites, with commas between."""

    site = TextField(max_length=400, help_text="One code or several, with commas between.")
    target = TextField(max_length=1000, required=False, help_text="One name or several, with ; between.")
    theme = serializers.ChoiceField(["light", "dark", "red"], required=False, default="light")


class ListBody(serializers.Serializer[Any]):
    """A list of targets."""

    name = TextField(max_length=LIST_NAME, help_text="What you call it.")
    targets = serializers.ListField(
        child=serializers.JSONField(), required=False, max_length=MAX_LISTED, help_text="Names or objects."
    )


class ListChange(ListBody):
    name = TextField(max_length=LIST_NAME, required=False, help_text="What you call it.")


class ListImport(serializers.Serializer[Any]):
    """A list as another program wrote it."""

    name = TextField(max_length=LIST_NAME)
    text = TextField(max_length=1_000_000, help_text="The file's text.")
    form = serializers.ChoiceField(
        ["csv", "skylist"], required=False, help_text="Default: what it looks like."
    )


class ListObject(serializers.Serializer[Any]):
    """A list of targets as it is kept."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    targets = serializers.ListField(child=serializers.DictField())
    shared_at = serializers.CharField(allow_null=True, help_text="The path that shows it to everybody.")
    changed_at = serializers.DateTimeField()


def target_object(target: Target, when: datetime) -> dict[str, Any]:
    """Raises BadTarget and OutsideEphemeris where it has no place at that time."""
    ra, dec = target.where(when)
    made = {
        "name": target.name,
        "aliases": list(target.aliases),
        "kind": target.kind,
        "ra": numbers([ra], 7)[0],
        "dec": numbers([dec], 7)[0],
        "epoch": target.epoch,
        "size": target.size,
        "magnitude": target.magnitude,
        "source": target.source,
    }
    return {**made, "warning": target.warning} if target.warning else made


def list_object(kept: TargetList) -> dict[str, Any]:
    return {
        "id": kept.pk,
        "name": kept.name,
        "targets": kept.targets,
        "shared_at": f"/api/targets/shared/{kept.share_key}" if kept.share_key else None,
        "changed_at": kept.changed_at.isoformat(),
    }
