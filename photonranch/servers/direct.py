"""The short way to the connection behind an ASGI `send`: write a frame made once, or cut the client off.

A server's `send` encodes, frames and checks every message anew, for each socket. What goes over the wire is
the same for all of them, as a server's frames are not masked (RFC 6455, section 5.1): it is made once per
frame, and written where a socket's server is one we know, the socket is open, and its client reads. In all
other cases the answer is "not sent", and the frame goes the ordinary way through `send`.

And `send` waits as long as the client does not read, that of a closing message included; when a server closes
a connection, it first wants to get rid of what is unsent. A client that stops reading and keeps its
connection open would hold its socket for good.

Gain: with 1000 sockets of one site 2.5 times the deliveries under uvicorn, 5 times under daphne.
Version: uvicorn 0.54.0, daphne 4.2.3
Upstream: https://github.com/python-websockets/websockets/issues/931 (one message for many clients; ASGI knows
    neither that nor a way to abort)
Guarded by: streams/tests/test_direct.py, streams/tests/test_slow_sockets.py
Way back: let `direct_way` return None; delete what it called, and `write_message` in
    photonranch/servers/daphne.py. `cut_off` stays.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any

# Whether the bytes of one whole websocket frame were taken. False: nothing was, and `send` has to do it.
Direct = Callable[[bytes], bool]

# What is used of uvicorn's protocol for websockets, by which it is known.
UVICORN_PARTS = ("conn", "writable", "close_sent", "disconnected", "transport")


def text_message(text: str) -> bytes:
    """An unfragmented, unmasked text message of one frame (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def direct_way(send: Any) -> Direct | None:
    """The direct way into the accepted socket behind an ASGI `send`; None where there is none.

    Our own DaphneSocket has `write_message`; uvicorn's protocol (sans-IO) is known by
    its parts. A connection that agreed on compression is left to its server.
    """
    protocol = protocol_behind(send)
    if hasattr(protocol, "write_message"):
        own: Direct = protocol.write_message
        return own
    if all(hasattr(protocol, name) for name in UVICORN_PARTS):
        return _uvicorn(protocol)
    return None


def protocol_behind(send: Any) -> Any:
    """uvicorn's `send` is a method of the protocol; daphne's is a partial whose first argument it is."""
    return getattr(send, "__self__", None) or next(iter(getattr(send, "args", ())), None)


def _uvicorn(protocol: Any) -> Direct | None:
    if getattr(protocol.conn, "extensions", None):
        return None
    write, is_closing, writable = (
        protocol.transport.write,
        protocol.transport.is_closing,
        protocol.writable.is_set,
    )

    def put(message: bytes) -> bool:
        # Not writable: more than 64 KiB wait for a client that does not read.
        if not writable() or protocol.close_sent or protocol.disconnected or is_closing():
            return False
        write(message)
        return True

    return put


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
