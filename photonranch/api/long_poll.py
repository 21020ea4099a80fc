"""Calls that wait for something to happen (long poll), without a thread or a database connection.

A view that has nothing to answer yet says what it waits for, and answers as if it did not wait:

    instead_wait(request, ForSomething(...))
    raise NotFound("Nothing yet.")

Under ASGI that answer is put aside; when the wait ends the view is asked again. Under WSGI, where waiting
would hold a worker's thread, it goes out at once. So a view stays an ordinary one, and pays nothing for it.
While it waits a request holds neither thread nor connection (`photonranch.servers.handlers`).
"""

from collections.abc import Callable
from typing import Any, Protocol, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

_KEY = "photonranch.waits_for"


class Wait(Protocol):
    async def again(self) -> bool:
        """Returns True when it may be worth asking again, and False when the time is up."""


def instead_wait(request: Request, wait: Wait) -> None:
    """The answer to `request` may be put aside until `wait` ends; asked again, the first counts."""
    request.META[_KEY] = wait


class WaitingMiddleware:
    """Asks again for a request whose view said what it waits for."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """The response, or under ASGI something to await for it."""
        return self._answer(request) if self.is_async else self.get_response(request)

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        wait = waits = cast(Wait | None, request.META.pop(_KEY, None))
        while wait and waits:
            # A client that leaves meanwhile cancels here, where nothing was taken for it.
            if not await wait.again():
                break
            response = await self.get_response(request)
            waits = request.META.pop(_KEY, None)
        return response
