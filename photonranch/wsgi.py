"""REST over WSGI, for servers such as granian and gunicorn; sockets need `photonranch.asgi`."""

import os
import tempfile
from collections.abc import Iterable
from typing import IO, Any

import django
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
django.setup(set_prefix=False)

from photonranch.db.postgres.connection import limit_statements  # noqa: E402
from photonranch.observe.multiprocess import writer  # noqa: E402
from photonranch.servers.handlers import PlainHandler  # noqa: E402
from photonranch.servers.limits import BodyTooLarge, announces_too_large, max_body_bytes  # noqa: E402

handler = PlainHandler()
# A connection that failed is closed when the request that saw it ends; a look at its start finds nothing.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)

writer.start()
limit_statements()

IN_MEMORY = 1024 * 1024
PIECE = 64 * 1024


def copied(source: Any, target: IO[bytes], limit: int) -> bool:
    """Whether all of `source` is in `target` now; stops behind `most` bytes."""
    size = 0
    while piece := source.read(PIECE):
        size += len(piece)
        if size > limit:
            return False
        target.write(piece)
    return True


def too_much(start_response: Any) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Access-Control-Allow-Origin", "*")]
    start_response("413 Content Too Large", headers)
    return [BodyTooLarge.sentence.encode()]


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django, which under WSGI takes a body in chunks, that has no Content-Length, for none."""
    path, length = environ.get("PATH_INFO", ""), environ.get("CONTENT_LENGTH")
    if announces_too_large(path, length):
        return too_much(start_response)
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not chunked or length:
        return handler(environ, start_response)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
        if not copied(environ["wsgi.input"], body, max_body_bytes(path)):
            return too_much(start_response)
        environ["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
        return handler({**environ, "wsgi.input": body}, start_response)
