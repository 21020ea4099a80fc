"""Quick looks as JSON: what the web frontend asks, and what it is answered."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photonranch.api.fields import NumberField, TextField
from photonranch.lenient_json import Json

MOST_CLIPPED = 49.0


class FractionField(NumberField):
    """From 0 to 1."""

    default_error_messages = {"fraction": "must be a number from 0 to 1."}

    def to_internal_value(self, data: Json) -> int | float:
        number = super().to_internal_value(data)
        if not 0 <= number <= 1:
            self.fail("fraction")
        return number


@extend_schema_field(OpenApiTypes.NUMBER)
class PercentField(NumberField):
    default_error_messages = {"percent": f"must be a number from 0 to {MOST_CLIPPED:g}."}

    def to_internal_value(self, data: Json) -> int | float:
        number = super().to_internal_value(data)
        if not 0 <= number <= MOST_CLIPPED:
            self.fail("percent")
        return number


class RegionRequest(serializers.Serializer[Any]):
    """A rectangle between two opposite corners, in fractions of the frame from its left and its top."""

    shape = serializers.ChoiceField(
        choices=["rect"],
        required=False,
        default="rect",
        error_messages={"invalid_choice": "must be rect."},
    )
    x0 = FractionField()
    y0 = FractionField()
    x1 = FractionField()
    y1 = FractionField()


class PointRequest(serializers.Serializer[Any]):
    """A place, in fractions of the frame from its left and its top."""

    x = FractionField()
    y = FractionField()


class FrameRequest(serializers.Serializer[Any]):
    """Which frame."""

    full_filename = TextField(
        max_length=1000,
        help_text="A FITS file of the frame, such as its `fits_filename`. When it is not here, the large or "
        "the small one of the same frame is looked at.",
    )
    s3_directory = TextField(
        max_length=1000,
        required=False,
        default="",
        allow_blank=True,
        help_text="`data`, `info-images` …; anything else (the frame's `fits_path`) looks in both.",
    )


class StatisticsRequest(FrameRequest):
    """The body of `statistics`, and of `stars`."""

    subregion = RegionRequest(required=False, default=None, help_text="Default: the whole frame.")


class HistogramRequest(StatisticsRequest):
    """The body of `histogram-clipped`."""

    clip_percent = PercentField(
        required=False,
        default=0.001,
        help_text="Percent of the pixels that are left out, of the lowest and of the highest each.",
    )


class ProfileRequest(FrameRequest):
    """The body of `lineprofile`."""

    start = PointRequest()
    end = PointRequest()


# --- Out ---------------------------------------------------------------------------------------------------


class Statistics(serializers.Serializer[Any]):
    """Of all pixels there that have a value."""

    min = serializers.FloatField()
    max = serializers.FloatField()
    median = serializers.FloatField()
    mean = serializers.FloatField()
    std = serializers.FloatField()
    mode = serializers.FloatField(
        help_text="The value that occurs most; of values that are not whole, the middle of the fullest bin."
    )
    median_abs_deviation = serializers.FloatField(help_text="The median of the distances from the median.")


class StatisticsAnswer(serializers.Serializer[Any]):
    stats = Statistics()


class Histogram(serializers.Serializer[Any]):
    counts = serializers.ListField(child=serializers.IntegerField())
    edges = serializers.ListField(child=serializers.FloatField(), help_text="One more than there are counts.")


class HistogramAnswer(serializers.Serializer[Any]):
    histogram = Histogram()


class ProfileAnswer(serializers.Serializer[Any]):
    data = serializers.ListField(  # type: ignore[assignment]  # the frontend's name
        child=serializers.FloatField(), help_text="From start to end, about a pixel apart."
    )


class Star(serializers.Serializer[Any]):
    x = serializers.FloatField(help_text="Fraction of the frame, from its left.")
    y = serializers.FloatField(help_text="Fraction of the frame, from its top.")
    fwhm = serializers.FloatField(help_text="Pixels.")
    elongation = serializers.FloatField(help_text="Longer axis over shorter.")
    peak = serializers.FloatField(help_text="Above the sky.")
    flux = serializers.FloatField()


class Stars(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    fwhm = serializers.FloatField(allow_null=True, help_text="Median, pixels; null: there is no star.")
    elongation = serializers.FloatField(allow_null=True, help_text="Median.")
    background = serializers.FloatField(help_text="The sky's level.")
    noise = serializers.FloatField(help_text="The sky's noise.")
    brightest = Star(many=True, help_text="At most 200.")


class StarsAnswer(serializers.Serializer[Any]):
    stars = Stars()
