"""Calls that wait for a product, without holding a thread or a database connection.

How, is told in photonranch.servers.handlers.

One look at the database every LOOK_S answers for all that wait in this process, however many they are. Under
WSGI a request is a thread, so there is (almost) no waiting: the answer's link shows how far it is.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

from images.models import Product

LOOK_S = 0.1
FIRST_LOOK_S = 3.5

Loop = asyncio.AbstractEventLoop


class Watch:
    """Looks at the products that somebody in this event loop waits for, while somebody does."""

    def __init__(self) -> None:
        self.waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.looking: asyncio.Task[None] | None = None

    async def finished(self, product_id: str, seconds: float) -> bool:
        """Whether the product was made, or given up, within `seconds`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(product_id, set()).add(future)
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(future, seconds)
        except TimeoutError:
            return False
        finally:
            self._forget(product_id, future)
        return True

    def _forget(self, product_id: str, future: "asyncio.Future[None]") -> None:
        futures = self.waiting.get(product_id, set())
        futures.discard(future)
        if not futures:
            self.waiting.pop(product_id, None)

    async def _look(self) -> None:
        while self.waiting:
            for product_id in await asyncio.to_thread(_finished_of, list(self.waiting)):
                for future in self.waiting.get(product_id, ()):
                    if not future.done():
                        future.set_result(None)
            await asyncio.sleep(LOOK_S)


def _finished_of(ids: list[str]) -> list[str]:
    try:
        unfinished = Product.objects.filter(pk__in=ids, state__in=Product.UNFINISHED)
        return list(set(ids) - set(unfinished.values_list("pk", flat=True)))
    finally:
        connections.close_all()


_watches: WeakKeyDictionary[Loop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    return _watches.setdefault(asyncio.get_running_loop(), Watch())


def waits(view: Any, seconds: float, seconds_wsgi: float = 0.0) -> Any:
    """A view that answers when the product that `view` ordered is finished, or after `seconds`.

    `view` is an ApiView whose answer may carry `product_id` and `when_finished()`, the answer to give after
    the waiting.
    """
    plain: Any = view.as_view()

    async def waiting_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = await sync_to_async(plain)(request, *args, **kwargs)
        product_id = getattr(response, "product_id", None)
        when_finished = getattr(response, "when_finished", None)
        patience = seconds if isinstance(request, ASGIRequest) else seconds_wsgi
        if product_id is None or when_finished is None or not patience:
            return response
        # A first look shows whether anybody works on it: where no worker is, nobody should wait long.
        for part in (min(patience, FIRST_LOOK_S), max(0, patience - FIRST_LOOK_S)):
            made = await watch().finished(product_id, part)
            response = await sync_to_async(when_finished)()
            if made or response.status_code >= 400:
                break
        return response

    # What tells the API's description, and Django, of a class behind a function.
    for name in ("cls", "initkwargs", "view_class", "csrf_exempt"):
        if hasattr(plain, name):
            setattr(waiting_view, name, getattr(plain, name))
    return waiting_view
