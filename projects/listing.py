"""A JSON array that is longer than memory should hold, sent while it is read."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

CONTENT_TYPE = "application/json"


def array_response(request: Request, pages: Iterator[list[str]]) -> HttpResponseBase:
    """The items of `pages`, JSON texts, as one strict JSON array.

    The first two pages are read here: what fails there is an error with its status, and what ends there is
    an ordinary answer. What fails later ends the connection before the array does, so nobody takes half of
    it for the whole.
    """
    first, second = next(pages, []), next(pages, None)
    if second is None:
        return HttpResponse(f"[{','.join(first)}]", content_type=CONTENT_TYPE)
    chunks = _chunks(first, second, pages)
    # Under ASGI Django would collect an ordinary iterator whole, under WSGI an asynchronous one.
    if isinstance(request._request, ASGIRequest):
        return StreamingHttpResponse(_in_a_thread(chunks), content_type=CONTENT_TYPE)
    return StreamingHttpResponse(chunks, content_type=CONTENT_TYPE)


def _chunks(first: list[str], second: list[str], pages: Iterator[list[str]]) -> Iterator[bytes]:
    yield f"[{','.join(first)},{','.join(second)}".encode()
    for page in pages:
        # Between pages the connection goes back to the pool: a slow reader must not keep one.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        yield f",{','.join(page)}".encode()
    yield b"]"


async def _in_a_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    def following() -> bytes | None:
        return next(chunks, None)

    while (chunk := await sync_to_async(following)()) is not None:
        yield chunk
