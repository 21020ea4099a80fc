"""The quick look's endpoints. Under ASGI they wait for a child process without holding a thread."""

import asyncio
import logging
from concurrent.futures import Future
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from analysis import frames, pool, serializers, services
from images.store import Stored
from photonranch.api.bodies import body_of
from photonranch.api.rendering import Response, answer_500, render_error
from photonranch.api.validation import validated
from photonranch.api.views import ApiView

log = logging.getLogger(__name__)

refusals = {
    400: OpenApiResponse(OpenApiTypes.STR, description="A sentence that names the field."),
    404: OpenApiResponse(OpenApiTypes.STR, description="There is no such file, nor another of that frame."),
    422: OpenApiResponse(OpenApiTypes.STR, description="The file cannot be analysed; why not."),
    503: OpenApiResponse(OpenApiTypes.STR, description="Too many are asked for at once; try again."),
}
frame = {"full_filename": "saf-sq003ms-20260711-00000012-EX00.fits.fz", "s3_directory": "data"}
region = {"shape": "rect", "x0": 0.25, "y0": 0.25, "x1": 0.75, "y1": 0.75}


class Started(HttpResponse):
    """Stands for the answer of a measurement that has begun."""

    def __init__(self, answer: "Future[HttpResponseBase]") -> None:
        super().__init__(status=202)
        self.answer = answer


class MeasuringView(ApiView):
    """Asks one question of services.measure; the answer goes out under `answers_under`."""

    changes = frozenset()
    measures = ""
    answers_under = ""

    def started(self, request: Request, asks: Any) -> Started:
        body = validated(asks, body_of(request))
        stored = frames.find(body.pop("full_filename"), body.pop("s3_directory"))
        options = {"region" if key == "subregion" else key: value for key, value in body.items()}
        return Started(pool.start(lambda: self._answer(stored, options)))

    def _answer(self, stored: Stored, options: dict[str, Any]) -> HttpResponseBase:
        """In a thread of the pool, where nobody else turns what goes wrong into an answer."""
        try:
            return Response({self.answers_under: services.measure(stored, self.measures, options)})
        except Exception as error:
            known = render_error(error, {"view": self})
            if known is None:
                log.exception("%s could not be analysed", stored.key)
            return known or answer_500(self.request._request)


class StatisticsView(MeasuringView):
    measures, answers_under = "statistics", "stats"

    @extend_schema(
        tags=["quick look"],
        summary="Statistics of a frame, or of a part of it",
        request=serializers.StatisticsRequest,
        responses={200: serializers.StatisticsAnswer, **refusals},
        examples=[
            OpenApiExample("the middle of it", value={**frame, "subregion": region}, request_only=True)
        ],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Pixels without a value (NaN, BLANK) do not count."""
        return self.started(request, serializers.StatisticsRequest)


class HistogramView(MeasuringView):
    measures, answers_under = "histogram", "histogram"

    @extend_schema(
        tags=["quick look"],
        summary="How often which values occur in a frame, or in a part of it",
        request=serializers.HistogramRequest,
        responses={200: serializers.HistogramAnswer, **refusals},
        examples=[OpenApiExample("all of it", value={**frame, "clip_percent": 0.001}, request_only=True)],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """At most 256 bins of the same width."""
        return self.started(request, serializers.HistogramRequest)


class ProfileView(MeasuringView):
    measures, answers_under = "profile", "data"

    @extend_schema(
        tags=["quick look"],
        summary="The values along a line through a frame",
        request=serializers.ProfileRequest,
        responses={200: serializers.ProfileAnswer, **refusals},
        examples=[
            OpenApiExample(
                "from the left to the right",
                value={**frame, "start": {"x": 0, "y": 0.5}, "end": {"x": 1, "y": 0.5}},
                request_only=True,
            )
        ],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Interpolated between pixels; over pixels without a value the line goes straight."""
        return self.started(request, serializers.ProfileRequest)


class StarsView(MeasuringView):
    measures, answers_under = "stars", "stars"

    @extend_schema(
        tags=["quick look"],
        summary="The stars of a frame, or of a part of it, and how sharp they are",
        request=serializers.StatisticsRequest,
        responses={200: serializers.StarsAnswer, **refusals},
        examples=[OpenApiExample("all of it", value=frame, request_only=True)],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Round, whole ones, at least five times as bright as the sky's noise."""
        return self.started(request, serializers.StatisticsRequest)


async def answer_of(started: Started) -> HttpResponseBase:
    """A client that leaves meanwhile gives up its place, if it has not come to its turn yet."""
    return await asyncio.wrap_future(started.answer)


def give_up(making: "asyncio.Task[HttpResponseBase]") -> None:
    """What a request came to whose client has left: a measurement that has begun gives its place back."""
    if not making.cancelled() and making.exception() is None:
        response = making.result()
        if isinstance(response, Started):
            response.answer.cancel()


def waits(view: type[MeasuringView]) -> Any:
    """`view`, answering when its measurement is done."""
    plain: Any = view.as_view()

    async def waiting_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        making = asyncio.ensure_future(sync_to_async(plain)(request, *args, **kwargs))
        try:
            # The thread cannot be stopped, and what it starts would be lost with a task that is cancelled.
            response: HttpResponseBase = await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(give_up)
            raise
        if not isinstance(response, Started):
            return response
        return await answer_of(response)

    # What tells the API's description, and Django, of a class behind a function.
    for name in ("cls", "initkwargs", "view_class", "csrf_exempt"):
        if hasattr(plain, name):
            setattr(waiting_view, name, getattr(plain, name))
    return waiting_view


statistics = waits(StatisticsView)
histogram = waits(HistogramView)
profile = waits(ProfileView)
stars = waits(StarsView)
