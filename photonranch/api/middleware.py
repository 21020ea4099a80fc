"""What every request passes, and what only pages pass.

Programs ask some thousands of times for every page that a person opens, and need neither sessions nor CSRF
tokens nor static files. Under ASGI each of Django's own middlewares also costs a hop to a thread and back, so
the paths that programs call (SERVICES) go around them; `Edge` and CORS are all they meet.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from axes.middleware import AxesMiddleware as Axes
from corsheaders.middleware import CorsMiddleware as Cors
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthentication
from django.contrib.messages.middleware import MessageMiddleware as DjangoMessages
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSession
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware as DjangoXFrameOptions
from django.middleware.common import CommonMiddleware as DjangoCommon
from django.middleware.csrf import CsrfViewMiddleware as DjangoCsrf
from django.middleware.security import SecurityMiddleware as DjangoSecurity
from whitenoise.middleware import WhiteNoiseMiddleware as WhiteNoise

from photonranch.api import csp
from photonranch.api.header_lines import without_backslashes
from photonranch.api.rendering import Response, sentence

log = logging.getLogger(__name__)

# The first part of every path that programs call. The admin's pages keep Django's own manners.
SERVICES = frozenset(
    [
        "api", "calendar", "datastream", "healthz", "jobs", "logs", "metrics", "projects", "quickanalysis",
        "readyz", "sqs", "status", ".well-known",
    ]
)  # fmt: skip


def is_service(path: str) -> bool:
    return path.lstrip("/").partition("/")[0] in SERVICES


# Behind these a name follows that clients choose: its slashes are its own, whichever way they were escaped.
_NAME_FOLLOWS = re.compile(r"/+api/+pipe/+(queue|status)/(?=.*[^/])(.+)", re.DOTALL)


def plain_path(path: str) -> str:
    """`/x` for `/x/` and `//x/`, where programs call; other paths stay as they are.

    Telescopes post to `/api//upload/`, and their HTTP library would lose the body in a redirect.
    """
    if "//" not in path and not path.endswith("/"):
        return path
    if match := _NAME_FOLLOWS.fullmatch(path):
        name = match[2].rstrip("/") if match[2].rstrip("/").endswith("/dequeue") else match[2]
        return f"/api/pipe/{match[1]}/{name}"
    return "/" + "/".join(part for part in path.split("/") if part) if is_service(path) else path


class Edge:
    """Makes `/x`, `/x/` and `//x/` one path, and says whose path it is; refuses `%00`.

    PostgreSQL neither stores a NUL nor looks for one.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if self.is_async:
            return self.answer(request)
        return refused(request) or finished(request, self.get_response(prepared(request)))

    async def answer(self, request: HttpRequest) -> HttpResponse:
        return refused(request) or finished(request, await self.get_response(prepared(request)))


def client_address(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy that is the last address that it noted: those before it are
    what the client made up."""
    if settings.TRUST_PROXY and (noted := request.META.get("HTTP_X_FORWARDED_FOR")):
        return str(noted).rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def refused(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that goes no further: for another host, or with a NUL in its address."""
    try:
        request.get_host()
    except DisallowedHost as problem:
        # Left to Django it would be an error with a traceback, as often as anybody likes.
        log.info("refused: %s", problem)
        says = "This server does not go by the host name of this request (ALLOWED_HOSTS)."
        return JsonResponse({"message": says}, status=400)
    if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return sentence("The address contains %00, which is no part of any text.", 400)
    return None


def prepared(request: HttpRequest) -> HttpRequest:
    if "HTTP_COOKIE" in request.META:
        request.META["HTTP_COOKIE"] = without_backslashes(request.META["HTTP_COOKIE"])
    request.path_info = plain_path(request.path_info)
    request.is_service = is_service(request.path_info)  # type: ignore[attr-defined]
    return request


def finished(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if isinstance(response, Response):
        return response
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        csp.add(request, response)
    if not response.streaming:
        response.headers.setdefault("Content-Length", str(len(response.content)))
    return response


class CorsMiddleware(Cors):
    """To a program, which names no origin, only `Vary` is said: the rest costs 11 µs a request."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "HTTP_ORIGIN" in request.META or response.has_header("Vary"):
            return super().add_response_headers(request, response)
        response.headers["Vary"] = "origin"
        return response


def pages_only(middleware: type[Any]) -> type[Any]:
    """`middleware`, which the paths of SERVICES go around: past all that follow at once (nine calls less)."""

    class ForPages(middleware):
        def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
            super().__init__(get_response)
            self.beyond = beyond(get_response)

        def __call__(self, request: HttpRequest) -> Any:
            if request.is_service:  # type: ignore[attr-defined]
                return self.beyond(request)
            return super().__call__(request)

    ForPages.__name__ = ForPages.__qualname__ = middleware.__name__
    return ForPages


def beyond(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """What comes after the pages' middleware that `get_response` begins with.

    Django wraps each in a function that has the attributes of what it wraps (functools.wraps).
    """
    innermost: Callable[[HttpRequest], Any] = getattr(get_response, "beyond", get_response)
    return innermost


SecurityMiddleware = pages_only(DjangoSecurity)
SessionMiddleware = pages_only(DjangoSession)
CommonMiddleware = pages_only(DjangoCommon)
AuthenticationMiddleware = pages_only(DjangoAuthentication)
MessageMiddleware = pages_only(DjangoMessages)
XFrameOptionsMiddleware = pages_only(DjangoXFrameOptions)
AxesMiddleware = pages_only(Axes)


class CsrfViewMiddleware(pages_only(DjangoCsrf)):  # type: ignore[misc]
    """The one with a `process_view`, for which Django would hop to a thread with every request under ASGI."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        if self.async_mode:
            setattr(self, "process_view", self.view_later)  # noqa: B010  (mypy knows methods as fixed)

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        if request.is_service:  # type: ignore[attr-defined]
            return None
        refused: HttpResponse | None = super().process_view(request, *args)
        return refused

    async def view_later(self, request: HttpRequest, *args: Any) -> HttpResponse | None:
        if request.is_service:  # type: ignore[attr-defined]
            return None
        refused: HttpResponse | None = await sync_to_async(super().process_view)(request, *args)
        return refused


class WhiteNoiseMiddleware(WhiteNoise):
    """WhiteNoise, at home under ASGI too: as it comes, it would pull every request into a thread."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.beyond = beyond(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if request.is_service:  # type: ignore[attr-defined]
            return self.beyond(request)
        return self.answer(request) if self.is_async else super().__call__(request)

    async def answer(self, request: HttpRequest) -> HttpResponse:
        static_file = await sync_to_async(self._find)(request.path_info)
        if static_file is None:
            response: HttpResponse = await self.get_response(request)
            return response
        return await sync_to_async(self._read)(static_file, request)

    def _find(self, path: str) -> Any:
        return self.find_file(path) if self.autorefresh else self.files.get(path)

    def _read(self, static_file: Any, request: HttpRequest) -> HttpResponse:
        """A static file whole: they are small, and ASGI does not stream from plain iterators."""
        streamed = self.serve(static_file, request)
        whole = HttpResponse(b"".join(streamed), status=streamed.status_code, headers=dict(streamed.headers))
        streamed.close()
        return whole
