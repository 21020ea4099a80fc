"""What ASGI lacks: a way to cut off a client that does not read.

`send` waits as long as the client does not read, that of a closing message included; when a server closes a
connection, it first wants to get rid of what is unsent. A client that stops reading and keeps its connection
open would hold its socket for good.
"""

import asyncio
from typing import Any

from photonranch.servers.direct import protocol_behind


def cut_off(send: Any) -> None:
    """Abort the connection behind an ASGI `send` of uvicorn or daphne; what is unsent is lost.

    With another server nothing happens.
    """
    transport = getattr(protocol_behind(send), "transport", None)
    abort = getattr(transport, "abort", None) or getattr(transport, "abortConnection", None)
    if abort is not None:
        abort()


def cut_off_later(send: Any, delay_s: float) -> None:
    """The same after a while, for a client that does not answer a close; harmless if it did."""
    asyncio.get_running_loop().call_later(delay_s, cut_off, send)
