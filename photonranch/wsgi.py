"""REST over WSGI, for servers such as granian and gunicorn; sockets need `photonranch.asgi`."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from typing import Any

from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

from photonranch.postgres.connection import limit_statements

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
django = get_wsgi_application()
# A connection that failed is closed when the request that saw it ends; a look at its start finds nothing.
request_started.disconnect(close_old_connections)
request_started.disconnect(reset_queries)

from photonranch.observe.sharing import writer  # noqa: E402

writer.start()
limit_statements()

IN_MEMORY = 1024 * 1024


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django, which under WSGI takes a body in chunks, that has no Content-Length, for none."""
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if not chunked or environ.get("CONTENT_LENGTH"):
        return django(environ, start_response)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as body:
        shutil.copyfileobj(environ["wsgi.input"], body)
        environ["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
        return django({**environ, "wsgi.input": body}, start_response)
