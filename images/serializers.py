"""Images as JSON: what comes in, and the packages that REST answers."""

from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from images import names
from images.models import DateSource, Image, InfoImage, Upload
from images.pages import COLUMNS, Row
from images.pictures import STRETCHES
from images.store import Store
from photonranch.api.fields import JsonField, NumberField, SiteField, TextField
from photonranch.api.instants import NotATime, from_either, from_milliseconds

# From this moment on frames' right ascension is shown in degrees, before in hours: the web frontend divides
# by 15 accordingly. Unix seconds, 8 March 2023.
DEGREES_SINCE = 1_678_267_200
DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000


# --- In ----------------------------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.STR)
class InstantField(JsonField):
    """A date (`2026-11-20 20:00:00`, ISO 8601, UTC when it does not say) or unix seconds."""

    default_error_messages = {"invalid": "must be a date such as 2026-11-20 20:00:00."}

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return from_either(data)
        except NotATime:
            self.fail("invalid")


@extend_schema_field(OpenApiTypes.INT)
class ChannelField(JsonField):
    """A whole number, or text that is one; anything else becomes 0, which no channel has."""

    def to_internal_value(self, data: Any) -> int:
        text = str(data).strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


class UploadRequest(serializers.Serializer[Any]):
    """The body of `upload`. `filename` is the documented name of `object_name`."""

    object_name = TextField(max_length=1000, required=False, help_text="The file's name.")
    filename = TextField(max_length=1000, required=False, help_text="The same.")
    s3_directory = TextField(
        max_length=100, required=False, default="data", help_text=f"One of {', '.join(names.DIRECTORIES)}."
    )
    info_channel = ChannelField(required=False, default=1, help_text="1, 2 or 3, for info-images.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        name = attrs.get("object_name") or attrs.get("filename")
        if not name:
            raise serializers.ValidationError({"object_name": "this key is missing."})
        return {**attrs, "object_name": name}


class UploadForm(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Where to post the file, as multipart/form-data.")
    fields = serializers.DictField(  # type: ignore[assignment]  # the documented name
        child=serializers.CharField(), help_text="Parts to send before the part named `file`."
    )


class Filters(serializers.Serializer[Any]):
    """The query of `filtered_images`. Empty values count as left out."""

    site = SiteField(required=False)
    username = TextField(max_length=255, required=False)
    user_id = TextField(max_length=255, required=False, help_text="As in the token, or as headers carry it.")
    filter = TextField(max_length=100, required=False)
    exposure_time_min = NumberField(required=False, help_text="Seconds.")
    exposure_time_max = NumberField(required=False, help_text="Seconds.")
    start_date = InstantField(required=False, help_text="Earliest capture date, UTC.")
    end_date = InstantField(required=False, help_text="Latest capture date, UTC.")
    filename = TextField(
        max_length=120,
        required=False,
        help_text="A pattern for base_filename: % stands for any text, _ for one character.",
    )


class BeforeField(TextField):
    """`capture_date` of the last image that one has, and its id: `1752211964123,42`, or the date alone."""

    default_error_messages = {
        "cursor": "must be capture_date,image_id of the last image, such as 1752211964123,42."
    }

    def to_internal_value(self, data: Any) -> Any:
        date, _, image_id = super().to_internal_value(data).partition(",")
        try:
            return from_milliseconds(int(date)), int(image_id) if image_id else None
        except ValueError:  # of which NotATime is one
            self.fail("cursor")


class LimitField(NumberField):
    default_error_messages = {"limit": f"must be a whole number from 1 to {MAX_LIMIT}."}

    def to_internal_value(self, data: Any) -> int:
        number = super().to_internal_value(data)
        if not isinstance(number, int) or not 1 <= number <= MAX_LIMIT:
            self.fail("limit")
        return number


class FilteredQuery(Filters):
    limit = LimitField(required=False, default=DEFAULT_LIMIT, help_text=f"At most {MAX_LIMIT}.")
    before = BeforeField(max_length=60, required=False, help_text="Continue a list: capture_date,image_id.")


class LatestQuery(serializers.Serializer[Any]):
    userid = TextField(max_length=255, required=False, help_text="Only this user's.")
    before = BeforeField(max_length=60, required=False, help_text="Continue a list: capture_date,image_id.")


class DownloadRequest(serializers.Serializer[Any]):
    """The body of `download`."""

    s3_directory = TextField(max_length=100, required=False, default="data")
    object_name = TextField(max_length=1000, help_text="The stored file's full name.")
    image_type = JsonField(
        required=False,
        default="",
        help_text="fits: packed files are unpacked. tif: a stretched 16-bit TIFF. Anything else, or nothing: "
        "the file as stored.",
    )
    stretch = serializers.ChoiceField(
        choices=STRETCHES,
        required=False,
        default="arcsinh",
        error_messages={"invalid_choice": "must be linear or arcsinh."},
    )


class ZipRequest(serializers.Serializer[Any]):
    """The body of `downloadzip`."""

    site = SiteField()
    start_timestamp_s = InstantField(help_text="Unix seconds, or a date.")
    end_timestamp_s = InstantField(help_text="Unix seconds, or a date.")
    fits_size = serializers.ChoiceField(
        choices=["small", "large", "best"],
        required=False,
        default="best",
        help_text="best: the larger of what a frame has.",
        error_messages={"invalid_choice": "must be small, large or best."},
    )


# --- Out ---------------------------------------------------------------------------------------------------


class ImagePackage(serializers.Serializer[Any]):
    """A frame, as lists and `image` answer it."""

    image_id = serializers.IntegerField()
    base_filename = serializers.CharField()
    data_type = serializers.CharField()
    site = serializers.CharField()
    capture_date = serializers.IntegerField(help_text="Unix time in ms.")
    capture_date_source = serializers.ChoiceField(
        choices=DateSource.choices,
        help_text="upload: its header does not say when it was taken; the date is when its first file came.",
    )
    sort_date = serializers.IntegerField(help_text="Unix time in ms.")
    exposure_time = serializers.FloatField(help_text="Seconds.")
    right_ascension = serializers.FloatField(help_text="Degrees; hours for frames before 8 March 2023.")
    declination = serializers.FloatField(help_text="Degrees.")
    altitude = serializers.FloatField()
    azimuth = serializers.FloatField()
    airmass = serializers.FloatField()
    object_name = serializers.CharField(help_text="What was looked at; empty: its header does not say.")
    filter_used = serializers.CharField()
    fits_01_exists = serializers.BooleanField()
    fits_10_exists = serializers.BooleanField()
    fits_01_name = serializers.CharField(help_text="To ask `download` for; empty: there is none.")
    fits_10_name = serializers.CharField(help_text="To ask `download` for; empty: there is none.")
    jpg_medium_exists = serializers.BooleanField()
    jpg_small_exists = serializers.BooleanField()
    jpg_url = serializers.CharField()
    jpg_thumbnail_url = serializers.CharField(help_text="Empty: there is none.")
    s3_directory = serializers.CharField()
    user_id = serializers.CharField()
    username = serializers.CharField()
    fits_filename = serializers.CharField(
        help_text="To ask for a quick look at: the large FITS file, else the small one; empty: there is none."
    )
    fits_path = serializers.CharField()
    SMARTSTK = serializers.CharField()
    SSTKNUM = serializers.CharField()


class OneImagePackage(ImagePackage):
    """A frame by its name: what lists answer, and what no list reads."""

    pixel_scale = serializers.FloatField(help_text="Arc seconds to a pixel; null: not known.")
    footprint = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="The corners, right ascension and declination in degrees; null: not known.",
    )
    details = serializers.DictField(help_text="image_type, instrument, telescope, gain, temperature.")


class RecentUpload(serializers.Serializer[Any]):
    site = serializers.CharField()
    filename = serializers.CharField(help_text="With its directory.")
    upload_timestamp_s = serializers.IntegerField()
    expire_timestamp_s = serializers.IntegerField(help_text="When it leaves this list.")
    size_bytes = serializers.IntegerField()


def milliseconds(when: datetime) -> int:
    return round(when.timestamp() * 1000)


def row_of(image: Image) -> Row:
    return {name: getattr(image, name) for name in COLUMNS}


def package(row: Row, store: Store, base_url: str) -> dict[str, Any]:
    base = row["base_filename"]
    captured = milliseconds(row["capture_date"])
    return {
        "image_id": row["id"],
        "base_filename": base,
        "data_type": row["data_type"],
        "site": row["site"],
        "capture_date": captured,
        "capture_date_source": row["capture_date_source"],
        "sort_date": captured,
        # The frontend formats it as a number; a frame without one is shown as 0.
        "exposure_time": row["exposure_time"] if row["exposure_time"] is not None else 0,
        **_pointing(row, captured),
        "airmass": row["airmass"],
        "object_name": row["object_name"],
        "filter_used": row["filter_used"],
        "fits_01_exists": bool(row["fits_large"]),
        "fits_10_exists": bool(row["fits_small"]),
        "fits_01_name": f"{base}-{row['fits_large']}" if row["fits_large"] else "",
        "fits_10_name": f"{base}-{row['fits_small']}" if row["fits_small"] else "",
        "jpg_medium_exists": bool(row["jpg"]),
        "jpg_small_exists": bool(row["thumbnail"]),
        "jpg_url": _link(f"data/{base}-{row['jpg']}", store, base_url) if row["jpg"] else "",
        "jpg_thumbnail_url": _link(f"data/{base}-{row['thumbnail']}", store, base_url)
        if row["thumbnail"]
        else "",
        "s3_directory": "data",
        "user_id": row["user_id"],
        "username": row["username"],
        "fits_filename": _best_fits(base, row["fits_large"], row["fits_small"]),
        "fits_path": row["fits_path"],
        **_stack(row),
    }


def one_package(image: Image, store: Store, base_url: str) -> dict[str, Any]:
    more = {
        "pixel_scale": image.pixel_scale,
        "footprint": image.footprint,
        "details": image.details or {},
    }
    return {**package(row_of(image), store, base_url), **more}


def _link(key: str, store: Store, base_url: str) -> str:
    return store.link(key, base_url)


def _best_fits(base: str, large: str, small: str) -> str:
    """The FITS file to look at, the large one if it is here. Where this is empty nobody is offered a look."""
    tail = large or small
    return f"{base}-{tail}" if tail else ""


def _pointing(row: Row, captured_ms: int) -> dict[str, Any]:
    degrees = row["right_ascension"]
    in_hours = degrees is not None and captured_ms <= DEGREES_SINCE * 1000
    return {
        "right_ascension": degrees / 15 if in_hours else degrees,
        "declination": row["declination"],
        "altitude": row["altitude"],
        "azimuth": row["azimuth"],
    }


def _stack(row: Row) -> dict[str, str]:
    """The frontend keeps one frame a stack, the highest number, and takes "no" for a stack like any other: a
    frame that is in none has no number."""
    stacked = row["smart_stack"] not in ("", "no")
    number = row["stack_number"] if stacked else None
    return {"SMARTSTK": row["smart_stack"], "SSTKNUM": "" if number is None else str(number)}


def info_package(info: InfoImage, store: Store, base_url: str) -> dict[str, Any]:
    """What a channel shows, with whatever its header says."""
    urls = {"jpg_url": info.jpg, "jpg_small_url": info.thumbnail}
    urls |= {"fits_01_url": info.fits_large, "fits_10_url": info.fits_small}
    links = {name: store.link(info.file_key(tail), base_url) if tail else "" for name, tail in urls.items()}
    known = dict(info.columns)
    source = DateSource.HEADER if "capture_date" in known else DateSource.UPLOAD
    captured = from_either(known.pop("capture_date")) if "capture_date" in known else info.updated_at
    return {
        "header": info.cards,
        **known,
        "site": info.site,
        "channel": str(info.channel),
        "base_filename": info.base_filename,
        "data_type": info.data_type,
        "file_date": info.date,
        "capture_date": milliseconds(captured),
        "capture_date_source": source,
        "s3_directory": "info-images",
        "expiration_timestamp": int(info.expires_at.timestamp()),
        "jpg_medium_exists": bool(info.jpg),
        "jpg_small_exists": bool(info.thumbnail),
        "fits_01_exists": bool(info.fits_large),
        "fits_10_exists": bool(info.fits_small),
        "fits_filename": _best_fits(info.base_filename, info.fits_large, info.fits_small),
        **links,
    }


def recent_upload(upload: Upload, keep_s: int) -> dict[str, Any]:
    uploaded = int(upload.uploaded_at.timestamp())
    return {
        "site": upload.site,
        "filename": upload.key,
        "upload_timestamp_s": uploaded,
        "expire_timestamp_s": uploaded + keep_s,
        "size_bytes": upload.size_bytes,
    }
