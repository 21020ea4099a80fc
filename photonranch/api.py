"""The edge: what holds for every endpoint of every app, written once.

JSON in whatever the Content-Type says; strict JSON out; `/x`, `/x/` and `//x/` are one path and nothing
redirects; errors are raised as small named exceptions where the problem is, and rendered here.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions, serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from photonranch.auth import CallerAuthentication
from photonranch.errors import ApiError, BadRequest, NotFound, TooLarge, Unavailable
from photonranch.jsontext import Json, NotJson, dumps, loads

log = logging.getLogger(__name__)

# The first part of every path that programs call. The admin's pages keep Django's own manners.
SERVICES = frozenset(
    ["api", "calendar", "datastream", "healthz", "jobs", "logs", "projects", "sqs", "status", ".well-known"]
)


# --- Errors ------------------------------------------------------------------------------------------------


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
            return BadRequest(_first_sentence(error.detail))
        case OperationalError() | InterfaceError():
            log.exception("the database does not answer")
            return Unavailable("The database does not answer just now; please try again.")
        case UnreadablePostError():
            return BadRequest("The body ended before it was complete.")
    return None


def render_error(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's exception handler; None lets Django answer 500 (and log what happened)."""
    harmless = getattr(context["view"], "harmless_body", None)
    known = _as_api_error(error)
    if harmless is not None and not (known and known.status in (400, 404)):
        if known is None:
            log.exception("%s failed", context["view"].__class__.__name__)
        return Response(harmless, status=known.status if known else 503)
    if isinstance(error, exceptions.MethodNotAllowed):
        response: HttpResponse = sentence(f"{context['request'].method} is not served here.", 405)
        response["Allow"] = ", ".join(context["view"].allowed_methods)
        return response
    if known is None:
        return None
    if known.as_object:
        response = JsonResponse({"message": known.sentence}, status=known.status)
    else:
        response = sentence(known.sentence, known.status)
    if known.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _first_sentence(detail: Any, path: str = "") -> str:
    """The first problem that a serializer found, with the name of its field."""
    if isinstance(detail, Mapping):
        key, value = next(iter(detail.items()))
        inner = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
        return _first_sentence(value, inner)
    if isinstance(detail, list):
        return _first_sentence(next((item for item in detail if item), "not valid"), path)
    return f"{path}: {detail}" if path else str(detail)


def answer_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"message": "Bad Request"}, status=400)


def answer_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"message": "Forbidden"}, status=403)


def answer_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return JsonResponse({"message": "Not Found"}, status=404)


def answer_500(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"message": "Internal server error"}, status=500)


# --- Paths -------------------------------------------------------------------------------------------------


class EdgeMiddleware:
    """Makes `/x`, `/x/` and `//x/` one path, for the paths that programs call.

    Telescopes post to `/api//upload/`, and their HTTP library would lose the body in a redirect.
    """

    sync_capable = True
    # One middleware that is only sync makes every async view hold a thread for as long as it runs.
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or under ASGI the coroutine that ends with it."""
        request.path_info = plain_path(request.path_info)
        return self.get_response(request)


def plain_path(path: str) -> str:
    if "//" not in path and not path.endswith("/"):
        return path
    parts = [part for part in path.split("/") if part]
    return "/" + "/".join(parts) if parts and parts[0] in SERVICES else path


# --- Bodies in and out -------------------------------------------------------------------------------------


class JsonParser(BaseParser):
    """Reads every body as JSON; an empty one is an empty object."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Json:
        request: HttpRequest = parser_context["request"]._request
        try:
            text = request.body
        except RequestDataTooBig:
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            raise TooLarge(f"The body is larger than {limit} bytes.") from None
        except RawPostDataException:
            raise BadRequest("The body was already read.") from None
        return read_json(text)


def read_json(text: bytes) -> Json:
    if not text.strip():
        return {}
    try:
        return loads(text)
    except NotJson:
        raise BadRequest("The body is not JSON.") from None


class JsonRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "text"

    def render(self, data: Json, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        status = renderer_context["response"].status_code if renderer_context else 200
        return b"" if status == 204 else dumps(data)


class OnlyJson(BaseContentNegotiation):
    """Whatever the headers ask for or claim: JSON in, JSON out."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A view of the documented API.

    `harmless_body`: what to answer, with the error's status, when something goes wrong that is not the
    caller's mistake. For calls whose clients act on the type of the body and not on the status code.
    """

    authentication_classes = [CallerAuthentication]
    permission_classes = []
    throttle_classes = []
    parser_classes = [JsonParser]
    renderer_classes = [JsonRenderer]
    content_negotiation_class = OnlyJson
    schema = AutoSchema()

    harmless_body: ClassVar[Json] = None

    def get_exception_handler(self) -> Callable[..., HttpResponse | None]:
        return render_error

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What may be called here; a browser's preflight is answered by the CORS middleware before."""
        return Response(status=204)


def body_of(request: Request) -> dict[str, Json]:
    """The request's body, which must be a JSON object."""
    data = request.data
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data


def validated(serializer: type[serializers.Serializer[Any]], data: Json) -> dict[str, Any]:
    """`data` as `serializer` reads it; a BadRequest names the first field that is wrong.

    Null in a key that may be left out is the same as leaving it out: a client's NaN arrives as null.
    """
    checked = serializer(data=data)
    if None in data.values():
        checked.initial_data = {
            key: value for key, value in data.items() if value is not None or _needs(checked, key)
        }
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _needs(serializer: serializers.Serializer[Any], key: str) -> bool:
    field = serializer.fields.get(key)
    return field is not None and (field.required or field.allow_null)
