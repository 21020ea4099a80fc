"""Answers: JSON made at once, and errors as one plain sentence."""

import logging
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer

from photonranch.api.outages import outage
from photonranch.api.validation import first_sentence
from photonranch.errors import (
    ApiError,
    BadRequest,
    MethodNotServed,
    NotFound,
    RefusedByFramework,
    TooLarge,
)
from photonranch.excerpts import excerpt
from photonranch.lenient_json import Json, dumps

log = logging.getLogger(__name__)


def sentence(text: str, status: int = 200) -> HttpResponse:
    """An answer that is one line of text."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _as_api_error(error: Exception) -> ApiError | None:
    """What DRF and Django raise by themselves, in our words."""
    match error:
        case ApiError():
            return error
        case Http404():
            return NotFound("Not Found", as_object=True)
        case exceptions.ValidationError():
            return BadRequest(first_sentence(error.detail))
        case exceptions.APIException():
            # The refusals of DRF itself, such as a form of answer that is not offered.
            return RefusedByFramework(first_sentence(error.detail), error.status_code)
        case RequestDataTooBig() | TooManyFilesSent():
            return TooLarge("The form has more in it than is taken.")
        case UnreadablePostError():
            return BadRequest("The body ended before it was complete.")
    return outage(error)


def render_error(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler; None lets Django answer 500 (and log what happened)."""
    if isinstance(error, exceptions.MethodNotAllowed):
        known: ApiError | None = MethodNotServed(f"{excerpt(context['request'].method)} is not served here.")
    else:
        known = _as_api_error(error)
    harmless = getattr(context["view"], "harmless_body", None)
    if harmless is not None and not (known and known.status in (400, 404, 405)):
        if known is None:
            log.exception("%s failed", context["view"].__class__.__name__)
        return Response(harmless, status=known.status if known else 503)
    if known is None:
        return None
    if known.as_object or getattr(context["view"], "errors_are_objects", False):
        response: HttpResponse = JsonResponse({"message": known.sentence}, status=known.status)
    else:
        response = sentence(known.sentence, known.status)
    if known.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if known.status == 405:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def answer_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, TooManyFieldsSent):
        limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return JsonResponse({"message": f"The query has more than {limit} parameters."}, status=400)
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return JsonResponse({"message": "The form has more in it than is taken."}, status=413)
    return JsonResponse({"message": "Bad Request"}, status=400)


def answer_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"message": "Forbidden"}, status=403)


def answer_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"message": "Not Found"}, status=404)


def answer_500(request: HttpRequest) -> HttpResponse:
    """For pages and middleware, which have no `render_error`: an outage is not our mistake there either."""
    known = outage(sys.exc_info()[1])
    if known is not None:
        response = sentence(known.sentence, known.status)
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response
    return JsonResponse({"message": "Internal server error"}, status=500)


class Response(HttpResponse):
    """An answer in JSON, or with 204 of nothing, made at once.

    DRF's own renders itself later, for which Django hops to a thread under ASGI, and each of its answers is
    made twice.
    """

    def __init__(self, data: Json = None, status: int = 200) -> None:
        text = b"" if status == 204 else dumps(data)
        # With what `middleware.Edge` would add: asked whether it is there, each takes as long as set at once.
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(text)),
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(text, status=status, headers=headers)


class JsonRenderer(BaseRenderer):
    """What DRF and OpenAPI know of the form of answers; `Response` makes them."""

    media_type = "application/json"
    format = "json"
