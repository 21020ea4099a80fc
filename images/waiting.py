"""Calls that wait for a product, without holding a thread or a database connection.

How, is told in photonranch.servers.handlers.

One look at the database ten times a second answers for all that wait in this process (photonranch.api.watch).
Under WSGI a request is a thread, so there is (almost) no waiting: the answer's link shows how far it is.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase

from images.models import Product
from photonranch.api.watch import Watch

FIRST_LOOK_S = 3.5


def finished(wanted: dict[str, int]) -> dict[str, int]:
    """The products that were made, or given up: whoever waits for one of them has its answer."""
    unfinished = Product.objects.filter(pk__in=list(wanted), state__in=Product.UNFINISHED)
    still = set(unfinished.values_list("pk", flat=True))
    return {pk: calls for pk, calls in wanted.items() if pk not in still}


watch = Watch(finished, every_s=0.1)


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
            made = await watch.wait(product_id, part)
            response = await sync_to_async(when_finished)()
            if made or response.status_code >= 400:
                break
        return response

    # What tells the API's description, and Django, of a class behind a function.
    for name in ("cls", "initkwargs", "view_class", "csrf_exempt"):
        if hasattr(plain, name):
            setattr(waiting_view, name, getattr(plain, name))
    return waiting_view
