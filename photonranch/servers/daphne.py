"""Daphne, with what a public server needs of it: large bodies, slow clients, and a graceful end.

The body of a request is read from Twisted's file as the application asks for it, and `send` waits while the
client does not read: for a download as for a websocket. A request's timeout ends with the first byte of its
answer. Who sends too slowly or too much is let go (photonranch.servers.limits). Told to stop, the server
listens no more, tells the sockets to come back, and lets the requests that have begun be answered.

Daphne itself puts the whole body into its queue before the application reads any of it, hands every part of
an answer and every frame to Twisted without asking whether the client keeps up, cuts an answer off when the
request is older than its timeout, and cancels whatever is going on when it is told to stop.

Gain: 400 MB up and down, to a client that does not read, take less than 100 MB of memory; a form of that
    size took 5 GB, and a minute. 30 sockets that read nothing hold 0.4 GB, not 1.2.
Version: daphne 4.2.3, Twisted 26.10.0, autobahn 26.10.2
Upstream: https://github.com/django/daphne/issues/483 (bodies in memory),
    https://github.com/twisted/twisted/issues/4519 (forms in memory),
    https://github.com/django/daphne/issues/170 (slow sockets),
    https://github.com/django/daphne/issues/177 (the end),
    https://github.com/crossbario/autobahn-python/issues/1642 (codes of a close)
Guarded by: images/tests/test_live.py, streams/tests/test_slow_sockets.py,
    photonranch/tests/servers/test_limits.py, photonranch/tests/servers/test_serve.py
Way back: delete this file, and `daphne.use()` in photonranch/asgi.py; photonranch/servers/serving.py makes
    daphne's own `Server` then.
"""

import asyncio
import signal
import sys
import time
from functools import partial
from typing import Any

from daphne import http_protocol
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor, tcp
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.tcp import Connection
from zope.interface import implementer

from photonranch.servers.limits import HEAD_S, BodyTooLarge, body_deadline, max_body_bytes

CHUNK = 128 * 1024
# "Service restart" (RFC 6455's registry): the frontend's socket reconnects by itself.
RESTARTS = 1012
# The longest that a request waits is a minute (a zip).
STOP_GRACE_S = 65.0
LOOK_S = 0.05
_TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"
    b"Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n%s"
)


class EmptyBody:
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


class DaphneRequest(http_protocol.WebRequest):
    """A request that is let go when it comes too slowly; its answer may take as long as the client needs."""

    flow: Flow | None = None
    content_types: list[bytes] | None = None
    began = 0.0
    body_bytes = 0
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
        if length is not None and length > max_body_bytes(self._request_path()):
            self._refuse_at_once()

    def _request_path(self) -> str:
        """Which path it is, Twisted knows from the first line, but tells with the last byte."""
        path: str = self.channel._path.decode("latin-1").partition("?")[0]
        return path

    def _refuse_at_once(self) -> None:
        """Say so instead of taking any of the body; who goes on sending it is cut off."""
        self.refused = True
        text = BodyTooLarge.sentence.encode()
        self.channel.transport.write(_TOO_LARGE % (len(text), text))
        self.channel.loseConnection()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Twisted lets go who says nothing for a minute, and nobody else: see photonranch.servers.limits."""
        if self.refused:
            self.channel.forceAbortClient()
            return
        super().handleContentChunk(data)
        self.body_bytes += len(data)
        is_late = time.monotonic() > body_deadline(self.began, self.body_bytes)
        if is_late or self.body_bytes > max_body_bytes(self._request_path()):
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


@implementer(IPushProducer)
class DaphneSocket(WebSocketProtocol):
    """A websocket that knows whether more may be written.

    A client whose message is too large is told so (1009); by itself autobahn drops the connection.
    """

    failByDrop = False  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        # Not before the handshake is over: a frame right behind the acceptance would break it.
        self.writable = asyncio.Event()

    def onOpen(self) -> None:  # noqa: N802
        # The HTTP channel that the socket was upgraded from is still registered; it has nothing to say now.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()
        self.writable.set()

    def write_message(self, message: bytes) -> bool:
        """Hand a whole frame to the operating system; False when nothing was (see servers.direct).

        Not by `transport.write`, which asks the event loop to say when the socket is writable, and then not
        to: two system calls more for every frame of every socket.
        """
        transport = self.transport
        if (
            self.state != self.STATE_OPEN
            or self._perMessageCompress is not None
            or self.send_queue
            or not self.writable.is_set()
            or not isinstance(transport, Connection)
            or transport.disconnecting
            or not transport.connected
            or transport.TLS
            or transport.dataBuffer
            or transport._tempDataBuffer
        ):
            return False
        written = transport.writeSomeData(message)
        if not isinstance(written, int):
            return False
        if written < len(message):
            transport.write(message[written:])  # type: ignore[no-untyped-call]
        return True

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        self.writable.set()
        super().onClose(wasClean, code, reason)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Daphne's way lets only codes of applications pass; 1012 and 1013 are a server's."""
        self.sendCloseFrame(code=code or 1000, isReply=False)

    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.writable.set()


class DaphneServer(Server):
    """The server, whose `receive` reads bodies from their files, whose `send` waits, and whose end does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.ports: list[Any] = []
        self.stops_at = 0.0

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> Any:
        """What the reactor waits for before it ends."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._hurry)
        self.stops_at = time.monotonic() + STOP_GRACE_S
        return Deferred.fromFuture(asyncio.ensure_future(self._finish()))

    def _hurry(self, *_: Any) -> None:
        """Told a second time: no more waiting."""
        self.stops_at = 0.0

    async def _finish(self) -> None:
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                protocol.serverClose(RESTARTS)
        while self._is_busy() and time.monotonic() < self.stops_at:  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(LOOK_S)
        applications = [each.get("application_instance") for each in self.connections.values()]
        unfinished = [application for application in applications if application and not application.done()]
        for application in unfinished:
            application.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _is_busy(self) -> bool:
        """Whether a request is coming in or being answered, a socket open, or an answer on its way out."""
        if any("disconnected" not in each for each in self.connections.values()):
            return True
        writing: Any = reactor
        return any(isinstance(each, tcp.Server) for each in writing.getWriters())

    def create_application(self, protocol: Any, scope: Any) -> Any:
        """As daphne's own; a request's queue has the body in its file."""
        if scope["type"] != "http":
            return super().create_application(protocol, scope)
        queue = BodyQueue(protocol.content)
        protocol.content = EmptyBody(protocol.content)
        scope.setdefault("asgi", {"version": "3.0"})
        if protocol not in self.connections:
            return None
        application = self.application(
            scope=scope, receive=queue.get, send=partial(self.handle_reply, protocol)
        )
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return queue

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        """As daphne's own, when the client has room: a socket's before it is sent, an answer's afterwards."""
        if message["type"] == "websocket.send":
            await protocol.writable.wait()
        await super().handle_reply(protocol, message)
        flow = getattr(protocol, "flow", None)
        if flow is not None:
            await flow.free.wait()


def use() -> None:
    """Have daphne make these in place of its own, however it was started."""
    http_protocol.WebRequest = DaphneRequest
    WebSocketFactory.protocol = DaphneSocket
    if "daphne.cli" in sys.modules:
        sys.modules["daphne.cli"].CommandLineInterface.server_class = DaphneServer
