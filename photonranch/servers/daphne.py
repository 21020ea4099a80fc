"""What daphne lacks for large bodies: uploads and downloads that do not fit into memory.

Daphne puts a request's whole body into its queue before the application reads any of it, hands every part
of an answer to Twisted without asking whether the client keeps up, and cuts an answer off when the request
is older than its timeout. Here the body is read from Twisted's file as the application asks for it, `send`
waits while the client's buffer is full, and the timeout ends with the first byte of the answer.
"""

import asyncio
import sys
import time
from typing import Any

from daphne import http_protocol
from daphne.server import Server
from twisted.internet import reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from photonranch.servers.limits import HEAD_S, BodyTooLarge, body_deadline, max_body_bytes

CHUNK = 128 * 1024
_TOO_MUCH = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n%s"
)


class Spent:
    """Stands in for a request's body that is read elsewhere: daphne finds its end at once."""

    def __init__(self, body: Any) -> None:
        self.body = body

    @property
    def closed(self) -> bool:
        return bool(self.body.closed)

    def read(self, size: int = -1) -> bytes:
        return b""

    def close(self) -> None:
        self.body.close()


class BodyQueue(asyncio.Queue[Any]):
    """Daphne's queue of messages to the application, with the body still in its file."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body

    async def get(self) -> Any:
        message = await super().get()
        if message["type"] != "http.request":
            return message
        if self.body.closed:
            return {"type": "http.disconnect"}
        chunk = self.body.read(CHUNK)
        more = len(chunk) == CHUNK
        if more:
            # There is always a message in the queue while there is body in the file.
            self.put_nowait(message)
            await asyncio.sleep(0)
        return {"type": "http.request", "body": chunk, "more_body": more}


@implementer(IPushProducer)
class Flow:
    """Whether a client keeps up, as Twisted tells a producer: its buffer is full, or empty again."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()

    def pauseProducing(self) -> None:  # noqa: N802
        self.free.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.free.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.free.set()


class LargeBodies(http_protocol.WebRequest):
    """Daphne's request, whose answer may take as long as the client needs."""

    flow: Flow | None = None
    content_types: list[bytes] | None = None
    began = 0.0
    taken = 0
    refused = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Made when the first line has come; Twisted waits for that for a minute."""
        super().__init__(*args, **kwargs)
        loop: Any = reactor
        self.head_ends = loop.callLater(HEAD_S, self._let_go)

    def _let_go(self) -> None:
        if self.channel is not None:
            self.channel.forceAbortClient()

    def _has_head(self) -> None:
        if self.head_ends.active():
            self.head_ends.cancel()

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        """The head is complete; what comes now is the body."""
        super().gotLength(length)
        self._has_head()
        self.began = time.monotonic()
        if length is not None and length > max_body_bytes(self._path_said()):
            self._refuse_at_once()

    def _path_said(self) -> str:
        """Which path it is, Twisted knows from the first line, but tells with the last byte."""
        path: str = self.channel._path.decode("latin-1").partition("?")[0]
        return path

    def _refuse_at_once(self) -> None:
        """Say so instead of taking any of the body; who goes on sending it is cut off."""
        self.refused = True
        text = BodyTooLarge.sentence.encode()
        self.channel.transport.write(_TOO_MUCH % (len(text), text))
        self.channel.loseConnection()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Twisted lets go who says nothing for a minute, and nobody else: see photonranch.servers.limits."""
        if self.refused:
            self.channel.forceAbortClient()
            return
        super().handleContentChunk(data)
        self.taken += len(data)
        is_late = time.monotonic() > body_deadline(self.began, self.taken)
        if is_late or self.taken > max_body_bytes(self._path_said()):
            self.channel.forceAbortClient()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        """Twisted reads a form into memory, several times over, for arguments that nobody asks for: 400 MB
        took a minute and 5 GB. It does not know a form without its type."""
        if self.refused:
            return
        self.content_types = self.requestHeaders.getRawHeaders(b"content-type")
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)

    def process(self) -> Any:
        if self.content_types is not None:
            self.requestHeaders.setRawHeaders(b"content-type", self.content_types)
        return super().process()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and message.get("more_body") and self.flow is None:
            if self.finished or self.channel is None:
                return
            self.flow = Flow()
            self.registerProducer(self.flow, True)
        super().handle_reply(message)

    def finish(self) -> None:
        self._unregister()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._has_head()
        self._unregister()
        super().connectionLost(reason)

    def _unregister(self) -> None:
        if self.flow is not None:
            self.flow.free.set()
            self.flow = None
            if self.channel is not None:
                self.unregisterProducer()

    def check_timeouts(self) -> None:
        if not self._response_started:
            super().check_timeouts()


_create_application = Server.create_application
_handle_reply = Server.handle_reply


def create_application(self: Server, protocol: Any, scope: Any) -> Any:
    """As daphne's own, with a queue that has the body in its file."""
    if scope["type"] != "http":
        return _create_application(self, protocol, scope)
    queue = BodyQueue(protocol.content)
    protocol.content = Spent(protocol.content)
    scope.setdefault("asgi", {"version": "3.0"})
    if protocol not in self.connections:
        return None
    application = self.application(
        scope=scope, receive=queue.get, send=lambda message: self.handle_reply(protocol, message)
    )
    self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
    return queue


async def handle_reply(self: Server, protocol: Any, message: dict[str, Any]) -> None:
    """As daphne's own; returns when the client has room for more."""
    await _handle_reply(self, protocol, message)
    flow = getattr(protocol, "flow", None)
    if flow is not None:
        await flow.free.wait()


def large_bodies() -> None:
    """Use all this, if the server of this process is daphne."""
    if "daphne.server" in sys.modules:
        http_protocol.WebRequest = LargeBodies
        Server.create_application = create_application
        Server.handle_reply = handle_reply
