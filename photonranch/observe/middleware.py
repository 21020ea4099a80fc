"""The outermost middleware: gives every request its id, counts it, and writes its line in the log."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from photonranch.observe import metrics, tracing

access = logging.getLogger("photonranch.access")

_META = "HTTP_" + tracing.HEADER.upper().replace("-", "_")
# What nginx calls a request whose client went away before the answer.
CLIENT_LEFT = 499


class Observed:
    """Costs some 15 µs a request, and as much again where a line is written for it."""

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
        began, request_id = time.perf_counter(), tracing.accepted(request.META.get(_META))
        token = tracing.begin(request_id)
        try:
            return seen(request, self.get_response(request), request_id, began)
        finally:
            tracing.end(token)

    async def answer(self, request: HttpRequest) -> HttpResponseBase:
        began, request_id = time.perf_counter(), tracing.accepted(request.META.get(_META))
        token = tracing.begin(request_id)
        try:
            return seen(request, await self.get_response(request), request_id, began)
        except asyncio.CancelledError:
            note(request, CLIENT_LEFT, began)
            raise
        finally:
            tracing.end(token)


def seen(request: HttpRequest, response: HttpResponseBase, request_id: str, began: float) -> HttpResponseBase:
    response.headers[tracing.HEADER] = request_id
    note(request, response.status_code, began)
    return response


def note(request: HttpRequest, status: int, began: float) -> None:
    """The time is that until the answer begins; how long a client takes to read it is its own affair."""
    seconds, route = time.perf_counter() - began, route_of(request)
    metrics.count_request(str(request.method), route, status, seconds)
    if settings.ACCESS_LOG and access.isEnabledFor(logging.INFO):
        path = quote(request.path)  # without what follows a `?`, and without line ends
        line = {
            "method": request.method,
            "path": path,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "caller": getattr(request, "caller_kind", ""),
        }
        access.info("%s %s %d", request.method, path, status, extra=line)


def route_of(request: HttpRequest) -> str:
    """The pattern of the path (never the path: it may name a site); the admin's many are one."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith(settings.STATIC_URL) else "none"
    return "admin" if match.route.startswith("admin") else match.route
