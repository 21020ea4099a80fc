from django.db import migrations, models
from django.db.models import Q

IN_ONE_BATCH = 2000


def date_of_upload(apps, schema_editor):
    """Frames whose header names no DATE-OBS have the time of upload as their date. Safe to run twice."""
    image = apps.get_model("images", "Image")
    header = apps.get_model("images", "ImageHeader")
    last = 0
    while batch := list(
        image.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:IN_ONE_BATCH]
    ):
        last = batch[-1]
        dated = header.objects.filter(image__in=batch, cards__has_key="DATE-OBS").values("image")
        image.objects.filter(Q(pk__in=batch) & ~Q(pk__in=dated)).update(capture_date_source="upload")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("images", "0003_tries_and_refusals")]

    operations = [
        migrations.AlterField(
            "image", "data_type", models.CharField(help_text="Such as EX; EP and EF expire.", max_length=60)
        ),
        migrations.AlterField("infoimage", "data_type", models.CharField(max_length=60)),
        migrations.AlterField(
            "image",
            "capture_date",
            models.DateTimeField(
                help_text="When the exposure began, by its header, to the millisecond; else when the first file came."
            ),
        ),
        migrations.AlterField(
            "image",
            "right_ascension",
            models.FloatField(blank=True, help_text="Degrees, ICRS, of the centre.", null=True),
        ),
        migrations.AlterField(
            "image",
            "declination",
            models.FloatField(blank=True, help_text="Degrees, ICRS, of the centre.", null=True),
        ),
        migrations.AddField(
            "image",
            "capture_date_source",
            models.CharField(
                choices=[("header", "its header"), ("upload", "the time of upload")],
                db_default="header",
                default="upload",
                help_text="What the capture date is taken from.",
                max_length=8,
            ),
        ),
        migrations.AddField(
            "image",
            "object_name",
            models.CharField(
                blank=True, db_default="", default="", help_text="OBJECT: what was looked at.", max_length=100
            ),
        ),
        migrations.AddField(
            "image",
            "pixel_scale",
            models.FloatField(blank=True, help_text="Arc seconds to a pixel, by the WCS.", null=True),
        ),
        migrations.AddField(
            "image",
            "footprint",
            models.JSONField(
                blank=True,
                help_text="The corners: [right ascension, declination] of each, degrees, ICRS.",
                null=True,
            ),
        ),
        migrations.AddField(
            "image",
            "details",
            models.JSONField(
                blank=True,
                help_text="What its page shows besides: image_type, instrument, telescope, gain, temperature.",
                null=True,
            ),
        ),
        migrations.AddField(
            "upload",
            "mended",
            models.JSONField(
                blank=True, help_text="What was odd in its header, and how it was read: sentences.", null=True
            ),
        ),
        migrations.RunPython(date_of_upload, migrations.RunPython.noop),
    ]
