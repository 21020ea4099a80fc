"""Handing out a local file: ranges, conditional requests (RFC 9110, sections 13 and 14), a name to save it
as.

With X_ACCEL_REDIRECT nginx hands out the bytes, and does all this itself.
"""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, parse_http_date_safe

from images.kinds import kind_of
from images.store import attachment

from urllib.parse import quote  # isort: skip

CHUNK = 256 * 1024
# Two numbers of any size that a file may have.
LONGEST_RANGE = 50
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def deliver(request: HttpRequest, path: Path, key: str, *, save_as: str, name: str) -> HttpResponseBase:
    """The file at `path`. `name` tells its type; `save_as` makes it a download of that name."""
    response: HttpResponseBase
    try:
        about = path.stat()
    except FileNotFoundError:
        raise LookupError(key) from None
    etag = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
    if settings.X_ACCEL_REDIRECT:
        response = HttpResponse()
        response["X-Accel-Redirect"] = f"{settings.X_ACCEL_REDIRECT.rstrip('/')}/{quote(key)}"
        return _described(response, name, save_as)
    unchanged = get_conditional_response(request, etag=etag, last_modified=int(about.st_mtime))
    if unchanged is not None and unchanged.status_code in (304, 412):
        unchanged["ETag"] = etag
        return unchanged
    response = _body(request, path, about.st_size, _wanted(request, about.st_size, etag, about.st_mtime))
    response["ETag"] = etag
    response["Last-Modified"] = http_date(about.st_mtime)
    response["Accept-Ranges"] = "bytes"
    return _described(response, name, save_as)


def _described(response: HttpResponseBase, name: str, save_as: str) -> HttpResponseBase:
    content_type, shown = kind_of(name)
    response["Content-Type"] = content_type
    # Whatever a telescope sent, a browser must not take it for a page of this server.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox"
    response["Cache-Control"] = "private, max-age=86400"
    response["Content-Disposition"] = "inline" if shown and not save_as else attachment(save_as or name)
    return response


def _wanted(request: HttpRequest, size: int, etag: str, modified: float) -> tuple[int, int] | None:
    """First and last byte of the part that is asked for; None for the whole. A part that begins after the end
    comes back as (size, size - 1). Several parts at once are answered with the whole, as the RFC allows."""
    wanted = request.headers.get("Range", "").replace(" ", "")
    match = _RANGE.fullmatch(wanted) if len(wanted) <= LONGEST_RANGE else None
    if not match or match.groups() == ("", "") or not _still(request.headers.get("If-Range"), etag, modified):
        return None
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (size, size - 1)
    start, end = int(first), min(int(last) if last else size - 1, size - 1)
    if last and int(last) < start:
        return None
    return (start, end) if start < size else (size, size - 1)


def _still(condition: str | None, etag: str, modified: float) -> bool:
    """Whether the part that the caller has is of this very file (If-Range)."""
    if condition is None:
        return True
    return condition == etag or parse_http_date_safe(condition) == int(modified)


def _body(request: HttpRequest, path: Path, size: int, part: tuple[int, int] | None) -> HttpResponseBase:
    start, end = part or (0, size - 1)
    if part and start >= size:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        read = _read_async if isinstance(request, ASGIRequest) else _read
        response = StreamingHttpResponse(read(path, start, end - start + 1))
    response["Content-Length"] = str(end - start + 1)
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response


def _read(path: Path, start: int, left: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


async def _read_async(path: Path, start: int, left: int) -> AsyncIterator[bytes]:
    """Under ASGI Django would collect a plain iterator in memory before it sends the first byte."""
    with path.open("rb") as file:
        file.seek(start)
        read = sync_to_async(file.read, thread_sensitive=False)
        while left > 0 and (chunk := await read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
