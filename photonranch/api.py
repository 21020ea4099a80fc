"""The edge: what holds for every endpoint of every app, written once.

JSON in whatever the Content-Type says; strict JSON out; `/x`, `/x/` and `//x/` are one path and nothing
redirects; errors are raised as small named exceptions where the problem is, and rendered here.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from drf_spectacular.openapi import AutoSchema
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from photonranch.auth import CallerAuthentication, comes_from_page, known_caller, without_session
from photonranch.errors import (
    ApiError,
    BadRequest,
    MethodNotServed,
    NotFound,
    RefusedByFramework,
    TooLarge,
)
from photonranch.excerpts import excerpt
from photonranch.fields import SITE_CODE
from photonranch.jsontext import Json, NotJson, dumps, loads
from photonranch.outages import outage
from photonranch.reading import first_sentence
from photonranch.signals import site_called

log = logging.getLogger(__name__)

# What is still read of a body that is refused, so that the refusal arrives.
READ_ON_PIECES = 512  # 32 MiB


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
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return JsonResponse({"message": f"The query has more than {most} parameters."}, status=400)
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


# --- Bodies in and out -------------------------------------------------------------------------------------


class JsonParser(BaseParser):
    """What DRF and OpenAPI know of the form of bodies; `BodyRequest` reads them."""

    media_type = "application/json"


def _whole_body(request: HttpRequest) -> bytes:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not request.META.get("CONTENT_LENGTH") and not hasattr(request, "_body"):
        # It comes in chunks, and Django knows no bound for those.
        text = request.read(limit + 1)
        if len(text) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        return text
    try:
        return request.body
    except RequestDataTooBig:
        _read_on(request)
        raise TooLarge(f"The body is larger than {limit} bytes.") from None


def _read_on(request: HttpRequest) -> None:
    """Under WSGI the body is still on its way: a client whose line is cut never reads why."""
    for _ in range(READ_ON_PIECES):
        if not request.read(65_536):
            return


def read_json(text: bytes) -> Json:
    if not text.strip():
        return {}
    try:
        return loads(text)
    except NotJson:
        raise BadRequest("The body is not JSON.") from None


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


class OnlyJson(BaseContentNegotiation):
    """Whatever the headers ask for or claim: JSON in, JSON out."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class BodyRequest(Request):
    """Every body is read as JSON, once: one that comes in chunks too, which DRF takes for none."""

    _json: Json = NotImplemented
    _caller: Any = None

    def __init__(self, request: HttpRequest, **options: Any) -> None:
        super().__init__(request, **options)
        # Read often; DRF passes them on only after it has looked for them in vain.
        self.method, self.META = request.method, request.META

    @property
    def user(self) -> Any:
        """Who is calling (auth.Caller); DRF's own property looks in three places whenever it is read."""
        return super().user if self._caller is None else self._caller

    @user.setter
    def user(self, value: Any) -> None:
        self._caller = self._user = self._request.user = value

    @property
    def data(self) -> Json:
        if self._json is NotImplemented:
            self._json = read_json(_whole_body(self._request))
        return self._json


# It knows nothing of the request that it is asked about: one does for all.
_NEGOTIATOR = OnlyJson()


class ApiView(APIView):
    """A view of the documented API.

    `harmless_body`: what to answer, with the error's status, when something goes wrong that is not the
    caller's mistake. For calls whose clients act on the type of the body and not on the status code.
    `errors_are_objects`: every refusal is `{"message": sentence}`. For clients that parse whatever comes.
    `changes`: the methods that change something. In strict mode (REQUIRE_SITE_KEYS) each of them is closed to
    a caller who shows nothing, before the body is looked at; which key or role it takes, the method itself
    decides (`site_writer`, `pipe_writer`, `user_of` …). A POST that only asks takes itself out of the list.
    `session_counts`: False where a GET changes something. A browser's cookie goes along with whatever link or
    image of another page leads here, so such a GET takes a token or a key, and a session counts as nobody.
    `site_call`: for calls that sites make, the name under which it is remembered when each site last made it.
    The site is the one in the path, or in the body.
    """

    authentication_classes = [CallerAuthentication]
    permission_classes = []
    throttle_classes = []
    parser_classes = [JsonParser]
    renderer_classes = [JsonRenderer]
    content_negotiation_class = OnlyJson
    schema = AutoSchema()

    harmless_body: ClassVar[Json] = None
    site_call: ClassVar[str] = ""
    errors_are_objects: ClassVar[bool] = False
    session_counts: ClassVar[bool] = True
    changes: ClassVar[frozenset[str]] = frozenset(["POST", "PUT", "PATCH", "DELETE"])

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        return BodyRequest(request, authenticators=self.get_authenticators(), negotiator=_NEGOTIATOR)

    def get_exception_handler(self) -> Callable[..., HttpResponse | None]:
        return render_error

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who is calling; the rest of what DRF does here is decided for all views alike."""
        self.perform_authentication(request)
        if not self.session_counts and request.method == "GET":
            without_session(request)
        if request.method in self.changes:
            known_caller(request)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """None: DRF would work out Allow and Vary for every answer, and `Response` has its own headers."""
        return {}

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        if self.site_call and response.status_code < 400:
            self._tell_who_called(request)
        return response

    def _tell_who_called(self, request: Request) -> None:
        """The web page makes some of the same calls in a site's name, and reads what sites write."""
        if request.method not in ("POST", "PUT") or comes_from_page(request):
            return
        site = self.kwargs.get("site")
        if site is None and isinstance(request.data, dict):
            site = request.data.get("site")
        if isinstance(site, str) and SITE_CODE.fullmatch(site):
            # Robust: what goes wrong while this is noted must not cost an answer that is already made.
            site_called.send_robust(type(self), site=site, endpoint=self.site_call)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What may be called here; a browser's preflight is answered by the CORS middleware before."""
        return Response(status=204)


def body_of(request: Request) -> dict[str, Json]:
    """The request's body, which must be a JSON object."""
    data = request.data
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data
