"""The class that every view of the documented API derives from."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.openapi import AutoSchema
from rest_framework.request import Request
from rest_framework.views import APIView

from photonranch.api.bodies import _NEGOTIATOR, BodyRequest, JsonParser, OnlyJson
from photonranch.api.fields import SITE_CODE
from photonranch.api.rendering import JsonRenderer, Response, render_error
from photonranch.api.signals import site_called
from photonranch.auth.credentials import CallerAuthentication, without_session
from photonranch.auth.permissions import known_caller
from photonranch.auth.sessions import comes_from_page
from photonranch.lenient_json import Json


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
