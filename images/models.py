from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Count, F, Min, Q, Sum
from django.db.models.lookups import BuiltinLookup

from photonranch.db.prefix import begins_with

KEY = 255
# A file whose task has not begun after this long: it waits behind others, or its task was lost.
TASK_LOST = timedelta(seconds=30)
# How the reason begins of a file that was given up for an error nobody foresaw.
UNEXPECTED = "unexpected: "
# Who makes a product and gives no sign for this long has died.
LEASE = timedelta(seconds=30)


@models.CharField.register_lookup
class Like(BuiltinLookup[Any]):
    """`LIKE` as the clients write it: `%` any text, `_` one character, upper and lower case apart.

    Django's own lookups escape both. SQLite's LIKE does not tell cases apart, its GLOB does.
    """

    lookup_name = "like"
    prepare_rhs = True

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return f"{'GLOB' if connection.vendor == 'sqlite' else 'LIKE'} {rhs}"

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().process_rhs(compiler, connection)
        pattern = str(params[0])
        if connection.vendor == "sqlite":
            brackets = pattern.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")
            return sql, [brackets.replace("%", "*").replace("_", "?")]
        return sql, [pattern.replace("\\", "\\\\")]


# --- Frames ------------------------------------------------------------------------------------------------


class Images(models.QuerySet["Image"]):
    MOST = 10_000

    def shown(self) -> Self:
        """Frames with a picture, newest first, without the intermediate frames of smart stacks."""
        return self.filter(listed=True).order_by("-capture_date", "-id")

    def older_than(self, capture_date: datetime, image_id: int | None) -> Self:
        """What follows in a list after the frame of that date and id."""
        if image_id is None:
            return self.filter(capture_date__lt=capture_date)
        # The first condition is implied by the second; it is the one that an index can seek to.
        return self.filter(capture_date__lte=capture_date).filter(
            Q(capture_date__lt=capture_date) | Q(id__lt=image_id)
        )

    def newest_of_each_site(self) -> "list[Image]":
        """One frame a site. A seek in the index "image_site_newest" finds the next site and its newest frame
        at once, so the cost is a query a site, whatever the number of frames."""
        found: list[Image] = []
        shown = self.filter(listed=True).order_by("site", "-capture_date", "-id")
        while image := shown.filter(site__gt=found[-1].site if found else "").first():
            found.append(image)
        return found

    def with_picture(self, base_filename: str) -> "Image | None":
        return self.filter(base_filename=base_filename).exclude(jpg="").first()

    def with_fits(self, site: str, start: datetime, end: datetime) -> Self:
        """Frames with a FITS file, oldest first; served by "image_site_date"."""
        found = self.filter(site=site, capture_date__gte=start, capture_date__lte=end)
        return found.exclude(fits_large="", fits_small="").order_by("capture_date", "id")

    def expired(self, now: datetime) -> Self:
        """Served by the partial index "image_expiry"."""
        return self.filter(expires_at__lt=now).order_by("expires_at")


class DateSource(models.TextChoices):
    HEADER = "header", "its header"
    UPLOAD = "upload", "the time of upload"


class Image(models.Model):
    """A frame: what is known of it, and which of its files are here.

    `jpg`, `thumbnail`, `fits_large` and `fits_small` hold the last part of the file's name (`EX10.jpg`), or
    nothing when there is none. The header has a table of its own: lists never touch it.
    """

    base_filename = models.CharField(
        max_length=120, unique=True, help_text="{site}-{instrument}-{date}-{counter}"
    )
    site = models.CharField(max_length=40)
    instrument = models.CharField(max_length=100)
    data_type = models.CharField(max_length=60, help_text="Such as EX; EP and EF expire.")
    capture_date = models.DateTimeField(
        help_text="When the exposure began, by its header, to the millisecond; else when the first file came."
    )
    capture_date_source = models.CharField(
        max_length=8,
        choices=DateSource,
        default=DateSource.UPLOAD,
        db_default=DateSource.HEADER,
        help_text="What the capture date is taken from.",
    )
    jpg = models.CharField(max_length=60, blank=True, default="", help_text="Medium size: level 10 or 13.")
    thumbnail = models.CharField(max_length=60, blank=True, default="", help_text="128 px high: level 11.")
    fits_large = models.CharField(max_length=60, blank=True, default="", help_text="Level 00 or 01.")
    fits_small = models.CharField(max_length=60, blank=True, default="", help_text="Level 10 or 13.")
    listed = models.BooleanField(
        default=False, help_text="Has a picture, and is no intermediate frame of a smart stack."
    )
    right_ascension = models.FloatField(null=True, blank=True, help_text="Degrees, ICRS, of the centre.")
    declination = models.FloatField(null=True, blank=True, help_text="Degrees, ICRS, of the centre.")
    pixel_scale = models.FloatField(null=True, blank=True, help_text="Arc seconds to a pixel, by the WCS.")
    footprint = models.JSONField(
        null=True, blank=True, help_text="The corners: [right ascension, declination] of each, degrees, ICRS."
    )
    altitude = models.FloatField(null=True, blank=True, help_text="Degrees.")
    azimuth = models.FloatField(null=True, blank=True, help_text="Degrees.")
    airmass = models.FloatField(null=True, blank=True)
    exposure_time = models.FloatField(null=True, blank=True, help_text="Seconds.")
    object_name = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="OBJECT: what was looked at."
    )
    filter_used = models.CharField(max_length=100, blank=True, default="")
    details = models.JSONField(
        null=True,
        blank=True,
        help_text="What its page shows besides: image_type, instrument, telescope, gain, temperature.",
    )
    user_id = models.CharField(max_length=255, blank=True, default="", help_text="Whose frame it is.")
    user_key = models.CharField(
        max_length=255, blank=True, default="", help_text="The id without - and |, as headers carry it."
    )
    username = models.CharField(max_length=255, blank=True, default="")
    smart_stack = models.CharField(
        max_length=100, blank=True, default="", help_text="SMARTSTK: frames of one stack share it; or no."
    )
    stack_number = models.IntegerField(null=True, blank=True, help_text="SSTKNUM: how many frames it sums.")
    fits_path = models.CharField(max_length=255, blank=True, default="", help_text="At the site.")
    fits_filename = models.CharField(max_length=255, blank=True, default="", help_text="At the site.")
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = Images.as_manager()

    class Meta:
        verbose_name = "image"
        indexes = [
            # Every list is newest first and stops at its limit: each way of asking has the index that
            # ends in the date, so it reads as many rows as it answers.
            models.Index(
                "site", F("capture_date").desc(), F("id").desc(), name="image_site_newest",
                condition=Q(listed=True),
            ),
            models.Index(
                F("capture_date").desc(), F("id").desc(), name="image_newest", condition=Q(listed=True)
            ),
            models.Index(
                "user_key", F("capture_date").desc(), F("id").desc(), name="image_user_newest",
                condition=Q(listed=True),
            ),
            models.Index(
                "username", F("capture_date").desc(), F("id").desc(), name="image_username_newest",
                condition=Q(listed=True),
            ),
            models.Index(
                "filter_used", F("capture_date").desc(), F("id").desc(), name="image_filter_newest",
                condition=Q(listed=True),
            ),
            models.Index(
                "site", "filter_used", F("capture_date").desc(), F("id").desc(),
                name="image_site_filter_newest", condition=Q(listed=True),
            ),
            models.Index(fields=["site", "capture_date"], name="image_site_date"),
            models.Index(
                fields=["site", "smart_stack"], name="image_stack",
                condition=~Q(smart_stack="") & ~Q(smart_stack="no"),
            ),
            models.Index(fields=["expires_at"], name="image_expiry", condition=Q(expires_at__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.base_filename

    def file_key(self, tail: str) -> str:
        return f"data/{self.base_filename}-{tail}"


class ImageHeader(models.Model):
    """A frame's FITS header: 5 to 15 kB, read one at a time."""

    image = models.OneToOneField(
        Image, on_delete=models.CASCADE, primary_key=True, related_name="fits_header"
    )
    cards = models.JSONField(default=dict, help_text="Keyword → value.")
    from_text = models.BooleanField(help_text="Sent as text; values are text then.")

    def __str__(self) -> str:
        return f"header of {self.image_id}"


# --- Files -------------------------------------------------------------------------------------------------


class Uploads(models.QuerySet["Upload"]):
    MOST_RECENT = 10_000

    def recent(self, site: str, after: datetime) -> Self:
        """What came in under `data/`, newest first; every site's for `all`.

        Served by "upload_site_newest" and "upload_newest".
        """
        found = self.filter(directory="data", uploaded_at__gt=after).order_by("-uploaded_at", "-id")
        return (found if site == "all" else found.filter(site=site))[: self.MOST_RECENT]

    def to_try(self, now: datetime) -> Self:
        """Stored, and not read at their time: their task was lost, or reading them failed and the pause is
        over. Served by the partial index "upload_waiting".

        What came in the future came before a clock jumped back.
        """
        lost = Q(try_at__isnull=True, uploaded_at__lt=now - TASK_LOST)
        ahead = Q(uploaded_at__gt=now + timedelta(minutes=1))
        return self.filter(lost | ahead | Q(try_at__lte=now), state=Upload.State.WAITING)

    def in_turn(self, now: datetime, most: int) -> list[int]:
        """Which of them to try first: those never tried, newest and oldest in turn; then the others, those
        that failed least often before those that may never be read."""
        never = self.to_try(now).filter(tries=0)
        newest = never.order_by("-uploaded_at").values_list("pk", flat=True)[:most]
        oldest = never.order_by("uploaded_at").values_list("pk", flat=True)[:most]
        turns = dict.fromkeys(pk for pair in zip(newest, oldest, strict=True) for pk in pair)
        again = self.to_try(now).filter(tries__gt=0).order_by("tries", "try_at").values_list("pk", flat=True)
        return [*turns, *again[:most]][:most]

    def backlog(self) -> tuple[int, datetime | None]:
        """How many files wait to be read, and when the oldest of them came; served by "upload_waiting"."""
        found = self.filter(state=Upload.State.WAITING).aggregate(Count("pk"), Min("uploaded_at"))
        return found["pk__count"], found["uploaded_at__min"]

    def failed_since(self, since: datetime) -> int:
        """How many files came since then that cannot be read; served by "upload_failed"."""
        return self.filter(state=Upload.State.FAILED, uploaded_at__gt=since).count()

    def given_up_since(self, since: datetime) -> int:
        """How many of those had an error that nobody foresaw; served by "upload_failed"."""
        failed = self.filter(state=Upload.State.FAILED, uploaded_at__gt=since)
        return failed.filter(reason__startswith=UNEXPECTED).count()

    def of_image(self, base_filename: str) -> Self:
        """Every stored file of a frame; served by the key's unique index."""
        return self.beginning_with(f"data/{base_filename}-")

    def first_of_image(self, base_filename: str) -> datetime | None:
        """When the first of a frame's files came."""
        first: datetime | None = self.of_image(base_filename).aggregate(Min("uploaded_at"))[
            "uploaded_at__min"
        ]
        return first

    def beginning_with(self, first: str) -> Self:
        """Those whose key begins with `first`."""
        return begins_with(self, "key", first)


class Upload(models.Model):
    """A file that came in, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be read"
        DONE = "done", "read"
        KEPT = "kept", "kept, not a frame"
        FAILED = "failed", "cannot be read"

    key = models.CharField(max_length=KEY, unique=True, help_text="Where it lies in the store.")
    directory = models.CharField(max_length=20)
    channel = models.SmallIntegerField(null=True, blank=True, help_text="Of an info image.")
    filename = models.CharField(max_length=KEY)
    site = models.CharField(max_length=40, blank=True)
    size_bytes = models.BigIntegerField()
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, default="", help_text="Why it is not a frame, or cannot be read.")
    tries = models.SmallIntegerField(default=0, db_default=0, help_text="How often reading it was begun.")
    try_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is read again, unless it has been read by then."
    )
    mended = models.JSONField(
        null=True, blank=True, help_text="What was odd in its header, and how it was read: sentences."
    )

    objects = Uploads.as_manager()

    class Meta:
        verbose_name = "upload"
        indexes = [
            models.Index(
                fields=["site", "-uploaded_at", "-id"],
                name="upload_site_newest",
                condition=Q(directory="data"),
            ),
            models.Index(fields=["-uploaded_at", "-id"], name="upload_newest", condition=Q(directory="data")),
            models.Index(fields=["uploaded_at"], name="upload_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["uploaded_at"], name="upload_info_oldest", condition=Q(directory="info-images")
            ),
            models.Index(fields=["-uploaded_at"], name="upload_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return self.key


class StoredVolumes(models.QuerySet["StoredVolume"]):
    def total(self) -> "Total":
        """Of everything, as it was last measured."""
        found = self.aggregate(Sum("files"), Sum("size_bytes"), Min("measured_at"))
        return Total(found["files__sum"] or 0, found["size_bytes__sum"] or 0, found["measured_at__min"])


class Total(NamedTuple):
    """`measured_at` is None until it was measured for the first time, or while there is nothing."""

    files: int
    size_bytes: int
    measured_at: datetime | None


class StoredVolume(models.Model):
    """How much of a site lies in a directory of the store; measured by images.services.usage."""

    directory = models.CharField(max_length=20, help_text="data, info-images …, or products.")
    site = models.CharField(max_length=40, blank=True)
    files = models.PositiveIntegerField()
    size_bytes = models.BigIntegerField()
    measured_at = models.DateTimeField()

    objects = StoredVolumes.as_manager()

    class Meta:
        verbose_name = "stored volume"
        constraints = [models.UniqueConstraint(fields=["directory", "site"], name="volume_once")]

    def __str__(self) -> str:
        return f"{self.directory} {self.site}"


class InfoImage(models.Model):
    """What one of a site's three info channels shows now."""

    site = models.CharField(max_length=40)
    channel = models.SmallIntegerField()
    base_filename = models.CharField(max_length=120)
    data_type = models.CharField(max_length=60)
    date = models.CharField(max_length=8, help_text="Of the file's name.")
    jpg = models.CharField(max_length=60, blank=True, default="")
    thumbnail = models.CharField(max_length=60, blank=True, default="")
    fits_large = models.CharField(max_length=60, blank=True, default="")
    fits_small = models.CharField(max_length=60, blank=True, default="")
    others = models.JSONField(default=list, help_text="Last parts of its other files' names.")
    columns = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What its header says, if one came."
    )
    cards = models.JSONField(default=dict, help_text="The header.")
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = "info image"
        constraints = [models.UniqueConstraint(fields=["site", "channel"], name="info_image_one_a_channel")]

    def __str__(self) -> str:
        return f"{self.site} {self.channel}: {self.base_filename}"

    def file_key(self, tail: str) -> str:
        return f"info-images/{self.channel}/{self.base_filename}-{tail}"


# --- What is made to be downloaded -------------------------------------------------------------------------


class Products(models.QuerySet["Product"]):
    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lt=now).defer("recipe").order_by("expires_at")

    def backlog(self) -> tuple[int, datetime | None]:
        """How many are waited for, and when the oldest was asked for; served by "product_unfinished"."""
        found = self.filter(state__in=Product.UNFINISHED).aggregate(Count("pk"), Min("created_at"))
        return found["pk__count"], found["created_at__min"]

    def silent(self, now: datetime) -> Self:
        """Nobody has touched them for LEASE: a worker was killed, or a task lost. Served by the partial index
        "product_unfinished".

        What was touched in the future was touched before a clock jumped back.
        """
        return self.filter(Q(touched_at__lt=now - LEASE) | Q(touched_at__gt=now + LEASE))

    def abandoned(self, now: datetime) -> Self:
        return self.filter(state__in=Product.UNFINISHED).silent(now).defer("recipe")


class Product(models.Model):
    """A file made on request (an unpacked frame, a TIFF, a zip), kept a while; the same question, the same
    file.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"
        # Of this file it can never be made: nobody tries again.
        REFUSED = "refused"

    UNFINISHED = (State.WAITING, State.BUILDING)

    id = models.CharField(
        max_length=40, primary_key=True, help_text="A digest of what it is made of and how."
    )
    kind = models.CharField(max_length=10, help_text="fits, tif or zip.")
    site = models.CharField(max_length=40, blank=True)
    filename = models.CharField(max_length=KEY, help_text="What it is called when it is saved.")
    recipe = models.JSONField(help_text="What to make it of.")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.TextField(blank=True, default="")
    done = models.BigIntegerField(default=0, help_text="Bytes.")
    total = models.BigIntegerField(default=0, help_text="Bytes.")
    claim = models.CharField(max_length=40, blank=True, default="", help_text="Whose work it is.")
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="When its maker last gave a sign.")
    expires_at = models.DateTimeField()

    objects = Products.as_manager()

    class Meta:
        verbose_name = "download"
        indexes = [
            models.Index(fields=["expires_at"], name="product_expiry"),
            models.Index(
                fields=["touched_at"],
                name="product_unfinished",
                condition=Q(state__in=["waiting", "building"]),
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def file_key(self) -> str:
        return f"products/{self.id}.{self.kind}"
