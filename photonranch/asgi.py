"""HTTP to Django, websockets to the streams. For daphne (`manage.py serve`), uvicorn, or any ASGI server."""

import gc
import os
import sys
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "photonranch.settings")
django.setup(set_prefix=False)

from photonranch.db.postgres.connection import limit_statements  # noqa: E402
from photonranch.observe.multiprocess import writer  # noqa: E402
from photonranch.servers.handlers import PooledHandler  # noqa: E402
from streams.hub import hub  # noqa: E402
from streams.routing import websocket_urls  # noqa: E402

if "daphne.server" in sys.modules:
    from photonranch.servers import daphne

    daphne.use()

writer.start()


def quiet_garbage_collector() -> None:
    """Spare the long pauses: with 1000 sockets open, p99 of a frame's delay went from 43 to 14 ms (uvicorn).

    What was loaded by now stays for good: it is left out of every later collection, and the young generation
    grows larger before it is looked through.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def started() -> None:
    """What changes once this process serves."""
    quiet_garbage_collector()
    limit_statements()


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """The server's start and stop, as uvicorn reports them (daphne does not)."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            started()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await hub().close()
            await send({"type": "lifespan.shutdown.complete"})
            return


application = ProtocolTypeRouter(
    {"http": PooledHandler(), "websocket": URLRouter(websocket_urls), "lifespan": lifespan}
)

__all__ = ["application", "started"]
